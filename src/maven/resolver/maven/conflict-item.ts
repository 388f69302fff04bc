/** Occurrences of one artifact, and their effect on the one that is kept. */
import type { ChildList, GraphNode } from '../graph/graph.js';
import { widestScope } from './scope.js';
import type { ConflictItem } from './version-selector.js';

export const optionalNo = 1;
export const optionalYes = 2;

/** An occurrence with everything derived from the paths to it. */
export interface Item extends ConflictItem {
  readonly list: ChildList | null;
  /** The scopes derived along the paths. */
  readonly scopes: Set<string>;
  /** Bits {@link optionalNo} and {@link optionalYes}. */
  optionalities: number;
  depth: number;
}

/** @throws ClojarsFetchError `ERR_RANGE`, reason `conflict` */
export type VersionSelector = (items: readonly Item[], root: GraphNode) => Item;

/**
 * Gives the winner its scope and optional flag, and removes the losers from their lists. A direct declaration decides;
 * otherwise the widest scope applies, and the winner is optional only if it is optional on every path.
 *
 * Source of the rule: Maven Resolver 1.6.3 `JavaScopeSelector`, `SimpleOptionalitySelector`.
 */
export function applyWinner(items: readonly Item[], winner: Item): void {
  const direct = items.find((item) => item.depth <= 1);
  let { scope, optional } = winner.node;
  if (direct !== undefined) {
    if (scope !== 'system') scope = direct.node.scope;
    optional = direct.node.optional;
  } else {
    const scopes = new Set<string>();
    optional = true;
    for (const item of items) {
      for (const each of item.scopes) scopes.add(each);
      if ((item.optionalities & optionalNo) !== 0) optional = false;
    }
    if (scope !== 'system') scope = widestScope(scopes);
  }
  winner.node.scope = scope;
  winner.node.optional = optional;
  winner.node.winner = winner.node;
  if (items.length === 1) return;
  const losers = new Map<ChildList, Set<GraphNode>>();
  for (const item of items) {
    item.node.winner = winner.node;
    if (item === winner || item.list === null) continue;
    const ofList = losers.get(item.list);
    if (ofList === undefined) losers.set(item.list, new Set([item.node]));
    else ofList.add(item.node);
  }
  for (const [list, nodes] of losers) list.kept = list.kept.filter((node) => !nodes.has(node));
}
