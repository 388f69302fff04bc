/**
 * Resolves the conflicts of a collected graph: of each artifact one node is kept, with the scope and optional flag that
 * all its occurrences together give it. What hangs on the others goes with them.
 *
 * For newcomers: conflicts are taken one after the other, ancestors first. For each, a selector picks the winner among
 * its occurrences; the others are taken out of their parents' lists, so that what was below them is not seen any more.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ConflictResolver`, with the selectors of Maven's standard session.
 */
import { orderConflicts } from './conflict-order.js';
import type { GraphNode } from './graph.js';
import { mediateAcyclic } from './mediate-acyclic.js';
import { mediateCyclic } from './mediate-cyclic.js';
import { selectHighest, selectNearest } from './version-selector.js';

/** `nearest` as Maven; `highest` as tools.deps and coursier: the newest version among all occurrences. */
export type ConflictRule = 'nearest' | 'highest';

/**
 * Changes the graph in place: `kept` of the child lists, `scope` and `optional` of the winners, `winner` of all
 * occurrences. Once for a graph.
 * @throws ClojarsFetchError `ERR_RANGE`, reason `conflict`: hard requirements that cannot all hold
 */
export function mediate(root: GraphNode, rule: ConflictRule = 'nearest'): void {
  const order = orderConflicts(root);
  const select = rule === 'nearest' ? selectNearest : selectHighest;
  if (order.cyclic.size > 0) mediateCyclic(root, order, select);
  else mediateAcyclic(root, order, select);
}
