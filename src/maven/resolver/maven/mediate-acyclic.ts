/**
 * Mediation of a graph without cycles, in time proportional to its size.
 *
 * Ancestors are resolved before descendants. When a conflict is resolved, everything above its occurrences is therefore
 * decided: their parents are winners, and winners form a tree. Each winner passes its children to their conflicts, and no
 * walk is needed. The result equals that of `mediateCyclic`; this is the fast path.
 */
import type { Pace } from '../../../base/async/pace.js';
import type { GraphNode } from '../graph/graph.js';
import { applyWinner, type Item, optionalNo, optionalYes, type VersionSelector } from './conflict-item.js';
import type { ConflictOrder } from './conflict-order.js';
import { deriveScope } from './scope.js';

/** The place of a winner in the tree, or of an occurrence below a winner. */
interface Place {
  readonly above: Place | null;
  /** Position among its siblings. */
  readonly index: number;
  /** Edges from the root. */
  readonly depth: number;
}

interface PlacedItem extends Item {
  readonly place: Place;
}

/** Resolves all conflicts of a graph without cycles. @throws ClojarsFetchError `ERR_RANGE`, reason `conflict` */
export async function mediateAcyclic(
  root: GraphNode,
  { sorted, count }: ConflictOrder,
  select: VersionSelector,
  pace: Pace,
): Promise<void> {
  const pending = new Array<PlacedItem[] | undefined>(count);
  const expand = (node: GraphNode, place: Place): void => {
    node.children.kept.forEach((child, index) => {
      const optional = child.optional || (child.premanaged.optional === undefined && node.optional);
      const item: PlacedItem = {
        node: child,
        list: node.children,
        depth: place.depth + 1,
        scopes: new Set([child.premanaged.scope === undefined ? deriveScope(node.scope, child.scope) : child.scope]),
        optionalities: optional ? optionalYes : optionalNo,
        place: { above: place, index, depth: place.depth + 1 },
      };
      (pending[child.conflict] ??= []).push(item);
    });
  };
  const rootPlace: Place = { above: null, index: 0, depth: 0 };
  if (root.conflict >= 0) {
    pending[root.conflict] = [
      {
        node: root,
        list: null,
        depth: 0,
        scopes: new Set([root.scope]),
        optionalities: root.optional ? optionalYes : optionalNo,
        place: rootPlace,
      },
    ];
  } else {
    expand(root, rootPlace);
  }
  for (const conflict of sorted) {
    const items = pending[conflict];
    // All its occurrences were below losers.
    if (items === undefined) continue;
    const pause = pace.step(items.length);
    if (pause !== null) await pause;
    pending[conflict] = undefined;
    if (items.length > 1) items.sort((a, b) => compareInWalkOrder(a.place, b.place));
    const winner = select(items, root);
    applyWinner(items, winner);
    const place = items.find((item) => item === winner)?.place;
    if (place !== undefined) expand(winner.node, place);
  }
}

/** Compares two places, neither an ancestor of the other, by the order in which a depth-first walk visits them. */
function compareInWalkOrder(a: Place, b: Place): number {
  let [first, second] = [a, b];
  while (first.depth > second.depth && first.above !== null) first = first.above;
  while (second.depth > first.depth && second.above !== null) second = second.above;
  while (first.above !== second.above && first.above !== null && second.above !== null) {
    first = first.above;
    second = second.above;
  }
  return first.index - second.index;
}
