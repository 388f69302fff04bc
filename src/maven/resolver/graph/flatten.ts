/**
 * Flattens a mediated graph into a list with every node before its dependencies: Maven's class path order.
 *
 * Source of the rule: Maven Resolver 1.6.3 `PreorderNodeListGenerator`.
 */
import type { CollectedGraph, GraphNode } from './graph.js';

export interface FlatNode {
  readonly node: GraphNode;
  /** Edges from the root; 0 is the root itself, if it is an artifact. */
  readonly depth: number;
  /** Null for a root, and for the children of an anonymous root. */
  readonly parent: FlatNode | null;
}

export interface ResolvedGraph extends CollectedGraph {
  /** The nodes that are left, in class path order, with every scope. */
  readonly nodes: readonly FlatNode[];
}

/** Returns every node once, without an anonymous root. */
export function flatten(root: GraphNode): readonly FlatNode[] {
  const flat: FlatNode[] = [];
  const visited = new Set<GraphNode>();
  const stack: { node: GraphNode; depth: number; parent: FlatNode | null }[] = [{ node: root, depth: 0, parent: null }];
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (visited.has(place.node)) continue;
    visited.add(place.node);
    let parent = place.parent;
    if (place.node.artifact !== null) flat.push((parent = { node: place.node, depth: place.depth, parent }));
    const { kept } = place.node.children;
    for (let index = kept.length - 1; index >= 0; index--) {
      const node = kept[index];
      if (node !== undefined) stack.push({ node, depth: place.depth + 1, parent });
    }
  }
  return flat;
}
