/**
 * Selects the winning occurrence of an artifact.
 *
 * Source of the rule: Maven Resolver 1.6.3 `NearestVersionSelector`; for `highest` tools.deps and coursier.
 */
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import { compareVersions } from '../../version/order.js';
import type { VersionRange } from '../../version/range.js';
import type { ChildList, GraphNode } from '../graph/graph.js';

/** An occurrence of an artifact. Items come in the order of a depth-first walk. */
export interface ConflictItem {
  readonly node: GraphNode;
  /** The list that contains it; null for the root. Items in the same list are siblings: the versions of a range. */
  readonly list: ChildList | null;
  /** Length of the shortest path to it. */
  readonly depth: number;
}

/**
 * Selects the nearest occurrence that all hard requirements allow; at the same depth the first; among the versions of one
 * range the highest.
 * @throws ClojarsFetchError `ERR_RANGE`, reason `conflict`
 */
export function selectNearest<T extends ConflictItem>(items: readonly T[], root: GraphNode): T {
  return select(items, root, (item, than) =>
    item.list === than.list ? compareVersions(item.node.version, than.node.version) > 0 : item.depth < than.depth,
  );
}

/**
 * Selects the highest version that all hard requirements allow; for equal versions the nearest occurrence.
 * @throws ClojarsFetchError `ERR_RANGE`, reason `conflict`
 */
export function selectHighest<T extends ConflictItem>(items: readonly T[], root: GraphNode): T {
  return select(items, root, (item, than) => {
    const order = compareVersions(item.node.version, than.node.version);
    return order !== 0 ? order > 0 : item.depth < than.depth;
  });
}

function select<T extends ConflictItem>(items: readonly T[], root: GraphNode, isBetter: (item: T, than: T) => boolean): T {
  const requirements = new Map<string, VersionRange>();
  let candidates: T[] = [];
  let winner: T | null = null;
  const allowed = (version: string): boolean => {
    for (const range of requirements.values()) if (!range.contains(version)) return false;
    return true;
  };
  for (const item of items) {
    const { range, version } = item.node;
    let again = false;
    if (range !== null && !requirements.has(range.toString())) {
      requirements.set(range.toString(), range);
      again = winner !== null && !range.contains(winner.node.version);
    }
    const fits = allowed(version);
    if (fits) candidates.push(item);
    if (again) {
      candidates = candidates.filter((candidate) => allowed(candidate.node.version));
      winner = best(candidates, isBetter);
      if (winner === null) throw conflict(items, requirements.values(), root);
    } else if (fits && (winner === null || isBetter(item, winner))) {
      winner = item;
    }
  }
  if (winner === null) throw conflict(items, requirements.values(), root);
  return winner;
}

function best<T>(candidates: readonly T[], isBetter: (item: T, than: T) => boolean): T | null {
  let winner: T | null = null;
  for (const candidate of candidates) if (winner === null || isBetter(candidate, winner)) winner = candidate;
  return winner;
}

function conflict(items: readonly ConflictItem[], ranges: Iterable<VersionRange>, root: GraphNode): ClojarsFetchError {
  const artifact = items[0]?.node.artifact ?? root.artifact;
  const name = artifact === null ? 'the root' : `${artifact.group}:${artifact.artifact}`;
  const asked = [...ranges]
    .slice(0, 10)
    .map((range) => escapeForDisplay(range.toString(), 80))
    .join(' and ');
  const versions = [...new Set(items.map((item) => item.node.version))]
    .slice(0, 10)
    .map((version) => escapeForDisplay(version, 60))
    .join(', ');
  return new ClojarsFetchError('ERR_RANGE', {
    reason: 'conflict',
    coordinate: artifact === null ? undefined : artifact.toString(),
    message: `no version of ${escapeForDisplay(name, 300)} satisfies ${asked}; the graph has ${versions}`,
    hint: 'Exclude one of the dependencies that require it, or manage its version.',
  });
}
