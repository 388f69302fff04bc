/** Turns an expansion into a graph, for lists, trees and explanations. */
import type { GraphDependency } from '../../pom/descriptor.js';
import type { FlatNode } from '../graph/flatten.js';
import { ChildList, GraphNode, type OmissionReason } from '../graph/graph.js';
import type { Expansion, TraceEntry } from './expand.js';
import type { Library, LibraryPath, LibraryVersion } from './library.js';
import { fileOf } from './library-name.js';

/** Every library that is left is one node, below each of its parents. */
export class LibraryGraph {
  /** The libraries that are left, in class path order. */
  readonly nodes: readonly FlatNode[];
  readonly #expansion: Expansion;
  readonly #kept: ReadonlyMap<Library, FlatNode>;
  #root: GraphNode | null = null;

  constructor(expansion: Expansion) {
    this.#expansion = expansion;
    this.#kept = place(expansion.project, overriddenOf(expansion.trace));
    this.nodes = withoutCopies([...this.#kept.values()]);
  }

  /** Built when it is first asked for: most callers need only the list. */
  get root(): GraphNode {
    return (this.#root ??= new TreeBuilder(this.#kept).build(this.#expansion.trace));
  }
}

/**
 * Places each library at the first of its paths: shorter before longer, then by name from the top.
 * Source of the rule: tools.deps `tree-paths`, `sort-paths`, `clojure.lang.Symbol.compareTo`.
 */
function place(project: LibraryPath, overridden: ReadonlyMap<string, GraphDependency>): ReadonlyMap<Library, FlatNode> {
  const placed = new Map<Library, FlatNode>();
  let level: readonly LibraryPath[] = [project];
  while (level.length > 0) {
    const longer: LibraryPath[] = [];
    for (const parents of level) {
      for (const path of inOrder(parents.below())) {
        const { library } = path;
        if (library === null) continue;
        const { selected } = library;
        if (selected?.paths.has(parents) === true && !placed.has(library)) {
          const node = keptNode(selected, overridden.get(keyOf(library.name, selected.id)));
          placed.set(library, {
            node,
            depth: path.length,
            parent: parents.library === null ? null : (placed.get(parents.library) ?? null),
          });
        }
        if (path.hasBelow) longer.push(path);
      }
    }
    level = longer;
  }
  return placed;
}

/** Leaves out libraries whose file is that of an earlier one: it has one place on the class path. */
function withoutCopies(nodes: readonly FlatNode[]): readonly FlatNode[] {
  const seen = new Set<string>();
  return nodes.filter(({ node: { artifact } }) => {
    const file = artifact === null || artifact.localPath !== undefined ? null : artifact.toString();
    if (file === null) return true;
    if (seen.has(file)) return false;
    seen.add(file);
    return true;
  });
}

function inOrder(paths: LibraryPath[]): readonly LibraryPath[] {
  return paths.length < 2 ? paths : paths.sort(compareNames);
}

function compareNames({ library: a }: LibraryPath, { library: b }: LibraryPath): number {
  return a !== null && b !== null && a.order < b.order ? -1 : 1;
}

function keptNode({ dependency, children }: LibraryVersion, declared: GraphDependency = dependency): GraphNode {
  const node = newNode(dependency, declared);
  const descriptor = children?.descriptor ?? null;
  if (descriptor !== null && descriptor.relocations.length > 0) node.movedTo = descriptor.artifact;
  node.winner = node;
  return node;
}

function newNode({ artifact, exclusions }: GraphDependency, declared: GraphDependency): GraphNode {
  const premanaged = declared.artifact.version === artifact.version ? {} : { version: declared.artifact.version };
  return new GraphNode(
    { artifact: fileOf(artifact), exclusions, scope: 'compile', optional: false },
    artifact.version,
    null,
    [],
    premanaged,
  );
}

/** The dependencies that overrides have replaced, as declared, by {@link keyOf}. */
function overriddenOf(trace: readonly TraceEntry[]): ReadonlyMap<string, GraphDependency> {
  const overridden = new Map<string, GraphDependency>();
  for (const { library, id, dependency, declared } of trace) {
    if (declared !== dependency) overridden.set(keyOf(library.name, id), declared);
  }
  return overridden;
}

/** Builds the tree with the occurrences that were left out. */
class TreeBuilder {
  readonly #kept: ReadonlyMap<Library, FlatNode>;
  readonly #lists = new Map<string, ChildList>();
  /** The entries of each list so far: the same occurrence may be judged at several paths. */
  readonly #known = new Map<ChildList, Set<string>>();

  constructor(kept: ReadonlyMap<Library, FlatNode>) {
    this.#kept = kept;
  }

  build(trace: readonly TraceEntry[]): GraphNode {
    const root = new GraphNode(null, '', null, [], {});
    root.children = this.#listOf('');
    for (const [{ name, selected }, { node }] of this.#kept) if (selected !== null) node.children = this.#listOf(keyOf(name, selected.id));
    for (const entry of trace) this.#add(entry);
    return root;
  }

  #add(entry: TraceEntry): void {
    const { parents, parentId, library, id, dependency, declared } = entry;
    const list = this.#listOf(parents.library === null ? '' : keyOf(parents.library.name, parentId));
    const omission = omissionOf(entry);
    const key = keyOf(library.name, id);
    if (!this.#isNew(list, `${key} ${omission ?? 'kept'}`)) return;
    const winner = this.#kept.get(library)?.node ?? null;
    if (omission === 'excluded') {
      list.excluded.push(dependency);
    } else if (omission === null) {
      if (winner !== null) list.all.push(winner);
      if (winner !== null) list.kept.push(winner);
    } else {
      const node = newNode(dependency, declared);
      node.children = this.#listOf(key);
      node.omission = omission;
      node.winner = winner;
      list.all.push(node);
    }
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

function omissionOf({ parents, library: { selected }, id, reason }: TraceEntry): OmissionReason | null {
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

/** Identifies a library in one version. */
function keyOf(name: string, id: string): string {
  return `${name} ${id}`;
}
