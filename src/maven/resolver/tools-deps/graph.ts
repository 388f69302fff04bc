/** Turns the trace of an expansion into a graph, for lists, trees and explanations. */
import type { GraphDependency } from '../../pom/descriptor.js';
import type { FlatNode } from '../graph/flatten.js';
import { ChildList, GraphNode, type OmissionReason } from '../graph/graph.js';
import { type Expansion, keyOf, type TraceEntry } from './expand.js';
import { comparePaths, LibraryPath } from './path.js';
import type { SelectedLibrary } from './version-map.js';

export interface LibraryGraph {
  readonly root: GraphNode;
  /** In class path order. */
  readonly nodes: readonly FlatNode[];
}

/** Builds the graph: every library that is left is one node, below each of its parents. */
export function toGraph(expansion: Expansion): LibraryGraph {
  const builder = new GraphBuilder(expansion);
  for (const entry of expansion.trace) builder.add(entry);
  return { root: builder.root, nodes: classPathOrder(expansion.selected, builder.kept) };
}

class GraphBuilder {
  readonly root = new GraphNode(null, '', null, [], {});
  /** The nodes that are left, by name. */
  readonly kept = new Map<string, GraphNode>();
  readonly #lists = new Map<string, ChildList>();
  /** The entries of each list so far: the same occurrence may be judged at several paths. */
  readonly #known = new Map<ChildList, Set<string>>();
  readonly #selected: ReadonlyMap<string, SelectedLibrary>;

  constructor({ selected, read, trace }: Expansion) {
    this.#selected = new Map(selected.map((library) => [library.name, library]));
    this.root.children = this.#listOf('');
    const declared = new Map<string, GraphDependency>();
    for (const entry of trace) if (entry.declared !== entry.dependency) declared.set(keyOf(entry.name, entry.id), entry.declared);
    for (const { name, id, dependency } of selected) {
      const key = keyOf(name, id);
      const node = this.#node(dependency, declared.get(key) ?? dependency, key);
      const descriptor = read.get(key)?.descriptor;
      if (descriptor !== undefined && descriptor !== null && descriptor.relocations.length > 0) node.movedTo = descriptor.artifact;
      node.winner = node;
      this.kept.set(name, node);
    }
  }

  add(entry: TraceEntry): void {
    const { parents, parentId, name, id, dependency, declared } = entry;
    const list = this.#listOf(parents.length === 0 ? '' : keyOf(parents.name, parentId));
    const omission = this.#omissionOf(entry);
    if (!this.#isNew(list, `${keyOf(name, id)} ${omission ?? 'kept'}`)) return;
    const winner = this.kept.get(name) ?? null;
    if (omission === 'excluded') {
      list.excluded.push(dependency);
    } else if (omission === null) {
      if (winner !== null) list.all.push(winner);
      if (winner !== null) list.kept.push(winner);
    } else {
      const node = this.#node(dependency, declared, keyOf(name, id));
      node.omission = omission;
      node.winner = winner;
      list.all.push(node);
    }
  }

  #omissionOf({ parents, name, id, reason }: TraceEntry): OmissionReason | null {
    const selected = this.#selected.get(name);
    switch (reason) {
      case 'new-top-dep':
      case 'new-dep':
      case 'newer-version':
      case 'same-version':
        return selected?.id === id && selected.paths.has(parents) ? null : 'superseded';
      case 'use-top':
        return selected?.id === id ? 'duplicate' : 'use-top';
      default:
        return reason;
    }
  }

  #node(dependency: GraphDependency, declared: GraphDependency, key: string): GraphNode {
    const { artifact, exclusions } = dependency;
    const overridden = declared.artifact.version !== artifact.version;
    const premanaged = overridden ? { version: declared.artifact.version } : {};
    const node = new GraphNode({ artifact, exclusions, scope: 'compile', optional: false }, artifact.version, null, [], premanaged);
    node.children = this.#listOf(key);
    return node;
  }

  #listOf(key: string): ChildList {
    let list = this.#lists.get(key);
    if (list === undefined) {
      list = new ChildList();
      list.kept = [];
      this.#lists.set(key, list);
    }
    return list;
  }

  #isNew(list: ChildList, occurrence: string): boolean {
    let known = this.#known.get(list);
    if (known === undefined) this.#known.set(list, (known = new Set()));
    if (known.has(occurrence)) return false;
    known.add(occurrence);
    return true;
  }
}

/** Sorts the libraries by the first of their paths. Source of the rule: tools.deps `tree-paths`, `sort-paths`. */
function classPathOrder(selected: readonly SelectedLibrary[], kept: ReadonlyMap<string, GraphNode>): readonly FlatNode[] {
  const placed = selected.map((library) => ({ name: library.name, path: firstPath(library) })).sort((a, b) => comparePaths(a.path, b.path));
  const flat = new Map<string, FlatNode>();
  for (const { name, path } of placed) {
    const node = kept.get(name);
    if (node === undefined) continue;
    flat.set(name, { node, depth: path.length, parent: path.parent === null ? null : (flat.get(path.parent.name) ?? null) });
  }
  return [...flat.values()];
}

function firstPath({ name, paths }: SelectedLibrary): LibraryPath {
  let first: LibraryPath | null = null;
  for (const parents of paths) if (first === null || comparePaths(parents, first) < 0) first = parents;
  return (first ?? new LibraryPath()).to(name);
}
