/**
 * Explains why an artifact is in a graph, and why in this version: lists every path to it with the fate of its end. Works
 * on a mediated graph and changes nothing.
 */
import type { GraphArtifact } from '../../pom/descriptor.js';
import type { GraphNode, OmissionReason, Premanaged } from './graph.js';

/** The fate of an occurrence: kept, or why not. */
export type OccurrenceFate = 'kept' | OmissionReason;

export interface Occurrence {
  /** From the root (or below it, if it is anonymous) to the artifact itself. */
  readonly path: readonly GraphArtifact[];
  readonly fate: OccurrenceFate;
  /** As declared, before scopes were combined. */
  readonly scope: string;
  readonly optional: boolean;
  /** The hard requirement, such as `[1,2)`; null for a plain version. */
  readonly range: string | null;
  /** The values before dependency management changed them. */
  readonly premanaged: Premanaged;
  /** The occurrence that was kept instead, or itself; null if none was. */
  readonly winner: GraphArtifact | null;
}

export interface Explanation {
  /** In the order of a depth-first walk, kept or not. */
  readonly occurrences: readonly Occurrence[];
  /** Whether the search stopped before it had followed every path. */
  readonly truncated: boolean;
}

/** Returns the fate of a node: why it is missing from a displayed tree, or `kept`. */
export function fateOf(node: GraphNode, isKept: boolean): OccurrenceFate {
  if (isKept) return 'kept';
  if (node.omission !== null) return node.omission;
  if (node.winner === null || node.winner === node) return 'cut-off';
  return node.winner.artifact?.version === node.artifact?.version ? 'duplicate' : 'conflict';
}

/**
 * Returns every path to `group:artifact`. Also searches the subtrees of nodes that were not kept, each once, because they
 * explain what is missing. Paths through kept nodes are complete.
 * @param maxSteps limit on visited nodes, default 200,000: a dense graph has more paths than anyone can read
 */
export function explain(root: GraphNode, group: string, artifact: string, maxSteps = 200_000): Explanation {
  const occurrences: Occurrence[] = [];
  const path: GraphArtifact[] = [];
  const onPath = new Set<GraphNode['children']>();
  const seenBelowLosers = new Set<GraphNode['children']>();
  let steps = 0;

  const note = (fate: OccurrenceFate, node: GraphNode): void => {
    const { declaredScope: scope, declaredOptional: optional, range, premanaged, winner } = node;
    occurrences.push({
      path: [...path],
      fate,
      scope,
      optional,
      range: range?.toString() ?? null,
      premanaged,
      winner: winner?.artifact ?? null,
    });
  };
  const visit = (node: GraphNode, isKept: boolean, aboveIsKept: boolean): void => {
    if (++steps > maxSteps) return;
    if (node.artifact !== null) {
      path.push(node.artifact);
      if (node.artifact.group === group && node.artifact.artifact === artifact) {
        const fate = aboveIsKept || node.omission !== null ? fateOf(node, isKept) : 'cut-off';
        note(fate === 'duplicate' && node.winner !== null && onPath.has(node.winner.children) ? 'cycle' : fate, node);
      }
    }
    const { children } = node;
    if (!onPath.has(children) && (isKept || !seenBelowLosers.has(children))) {
      onPath.add(children);
      if (!isKept) seenBelowLosers.add(children);
      const kept = new Set(children.kept);
      for (const child of children.all) visit(child, isKept && kept.has(child), isKept);
      for (const excluded of children.excluded) {
        if (excluded.artifact.group !== group || excluded.artifact.artifact !== artifact) continue;
        occurrences.push({
          path: [...path, excluded.artifact],
          fate: 'excluded',
          scope: excluded.scope,
          optional: excluded.optional === true,
          range: null,
          premanaged: {},
          winner: null,
        });
      }
      onPath.delete(children);
    }
    if (node.artifact !== null) path.pop();
  };
  visit(root, true, true);
  return { occurrences, truncated: steps > maxSteps };
}
