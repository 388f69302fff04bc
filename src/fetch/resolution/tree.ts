/** Turns a mediated graph into a tree with the reason for every omitted node. */
import type { GraphArtifact } from '../../maven/pom/descriptor.js';
import { explain, fateOf, type OccurrenceFate } from '../../maven/resolver/graph/explain.js';
import type { GraphNode, OmissionReason } from '../../maven/resolver/graph/graph.js';
import { formatArtifact } from './graph-dependency.js';
import type { DependencyExplanation, DependencyTreeNode } from './resolution.js';

/** Returns the root with every kept node once, and a leaf for every omitted one. */
export function treeOf(root: GraphNode): DependencyTreeNode {
  const visited = new Set<GraphNode>([root]);
  /** The current node and everything above it. */
  const ancestors = new Set<GraphNode>();
  const top = open(root);
  // An explicit stack, because a graph may be a thousand levels deep. An entry without children means leaving its node.
  const stack: { readonly node: GraphNode; readonly children: DependencyTreeNode[] | null }[] = [{ node: root, children: top.children }];
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    if (place.children === null) {
      ancestors.delete(place.node);
      continue;
    }
    ancestors.add(place.node);
    stack.push({ node: place.node, children: null });
    const { all, kept, excluded } = place.node.children;
    const isKept = new Set(kept);
    for (const child of all) {
      if (isKept.has(child) && !visited.has(child)) {
        visited.add(child);
        const opened = open(child);
        place.children.push(opened);
        stack.push({ node: child, children: opened.children });
      } else {
        const fate = isKept.has(child) ? 'duplicate' : reasonOf(fateOf(child, false));
        const omitted = fate === 'duplicate' && child.winner !== null && ancestors.has(child.winner) ? 'cycle' : fate;
        place.children.push({
          ...open(child),
          omitted,
          keptInstead: child.winner?.artifact ? formatArtifact(child.winner.artifact) : null,
        });
      }
    }
    for (const { artifact, scope, optional } of excluded) {
      place.children.push({
        coordinate: formatArtifact(artifact),
        scope,
        optional: optional === true,
        omitted: 'excluded',
        keptInstead: null,
        managedFrom: {},
        children: [],
      });
    }
  }
  return top;
}

interface OpenNode extends DependencyTreeNode {
  readonly children: DependencyTreeNode[];
}

function open({ artifact, scope, optional, premanaged }: GraphNode): OpenNode {
  return {
    coordinate: artifact === null ? '' : formatArtifact(artifact),
    scope,
    optional,
    omitted: null,
    keptInstead: null,
    managedFrom: premanaged,
    children: [],
  };
}

export function explainDependency(root: GraphNode, group: string, artifact: string): DependencyExplanation {
  const { occurrences, truncated } = explain(root, group, artifact);
  const format = (one: GraphArtifact): string => formatArtifact(one);
  return {
    group,
    artifact,
    truncated,
    paths: occurrences.map(({ path, fate, scope, optional, range, premanaged, winner }) => ({
      path: path.map(format),
      omitted: fate === 'kept' ? null : reasonOf(fate),
      scope,
      optional,
      range,
      managedFrom: premanaged,
      keptInstead: winner === null || fate === 'kept' ? null : format(winner),
    })),
  };
}

function reasonOf(fate: OccurrenceFate): OmissionReason {
  return fate === 'kept' ? 'duplicate' : fate;
}
