/**
 * Resolves the conflicts of a collected graph: keeps one node per artifact, with the scope and optional flag that result
 * from all its occurrences. The subtrees of the other nodes disappear with them.
 *
 * For newcomers: conflicts are resolved one after another, ancestors first. For each, a selector picks the winner among
 * its occurrences. The others are removed from their parents' lists, so that their subtrees are no longer reached.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ConflictResolver`, with the selectors of Maven's standard session.
 */
import type { Pace } from '../../../base/async/pace.js';
import type { GraphNode } from '../graph/graph.js';
import { orderConflicts } from './conflict-order.js';
import { mediateAcyclic } from './mediate-acyclic.js';
import { mediateCyclic } from './mediate-cyclic.js';
import { selectHighest, selectNearest } from './version-selector.js';

/** `nearest`, as in Maven, or `highest`, as in tools.deps and coursier: the newest version among all occurrences. */
export type VersionRule = 'nearest' | 'highest';

/**
 * Changes the graph in place: `kept` of the child lists, `scope` and `optional` of the winners, `winner` of all
 * occurrences. Call it only once per graph.
 * @throws ClojarsFetchError `ERR_RANGE`, reason `conflict`: hard requirements that cannot all hold
 */
export async function mediate(root: GraphNode, rule: VersionRule, pace: Pace): Promise<void> {
  const order = await orderConflicts(root, pace);
  const select = rule === 'nearest' ? selectNearest : selectHighest;
  if (order.cyclic.size > 0) await mediateCyclic(root, order, select, pace);
  else await mediateAcyclic(root, order, select, pace);
}
