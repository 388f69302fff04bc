/**
 * Mediation of a graph without cycles, in time proportional to its size.
 *
 * Ancestors are resolved before descendants, so when a conflict's turn comes, all that is above its occurrences has
 * been decided: they hang on winners, and winners form a tree. Each winner hands its children to their conflicts, and
 * no walk is needed. The result is that of `mediateCyclic`, of which this is the simple case.
 */
import { type Item, optionalNo, optionalYes, settle, type VersionSelector } from './conflict-item.js';
import type { ConflictOrder } from './conflict-order.js';
import type { GraphNode } from './graph.js';
import { deriveScope } from './scope.js';

/** A winner in its tree, or an occurrence below one. */
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

/** @throws ClojarsFetchError `ERR_RANGE`, reason `conflict` */
export function mediateAcyclic(root: GraphNode, { sorted, count }: ConflictOrder, select: VersionSelector): void {
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
    // All its occurrences went with losers.
    if (items === undefined) continue;
    pending[conflict] = undefined;
    if (items.length > 1) items.sort((a, b) => compareInWalkOrder(a.place, b.place));
    const winner = select(items, root);
    settle(items, winner);
    const place = items.find((item) => item === winner)?.place;
    if (place !== undefined) expand(winner.node, place);
  }
}

/** The order in which a depth-first walk meets two places, neither of which is above the other. */
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
