/**
 * Groups the nodes of a graph into conflicts and sorts these into the order in which they are resolved: ancestors before
 * descendants, and within cycles the nearest first.
 *
 * A conflict consists of all nodes with the same group, artifact, extension and classifier, in any version. A relocated
 * artifact is also in conflict with the artifacts it was relocated from.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ConflictMarker`, `ConflictIdSorter`.
 */
import type { ChildList, GraphNode } from './graph.js';
import { HashOrderedSet } from './hash-ordered-set.js';

export interface ConflictOrder {
  /** Conflict numbers, in the order of resolution. */
  readonly sorted: readonly number[];
  /** For each conflict in a cycle: all conflicts in a cycle with it, including itself. */
  readonly cyclic: ReadonlyMap<number, ReadonlySet<number>>;
  readonly count: number;
}

/** Sets `conflict` of every node, including the root, and returns the order of the conflicts. */
export function orderConflicts(root: GraphNode): ConflictOrder {
  const count = markConflicts(root);
  const { sorted, ids, hasCycle } = new ConflictSorter(root).sort();
  return { sorted, cyclic: hasCycle ? findCycles(ids) : new Map(), count };
}

interface Group {
  readonly keys: ReadonlySet<string>;
  readonly index: number;
}

/** Sets `conflict` of every node. Returns the number of conflict numbers in use. */
function markConflicts(root: GraphNode): number {
  const groups = new ConflictGroups();
  const nodes: GraphNode[] = [];
  const seen = new Set<ChildList>();
  const visited = new Set<GraphNode>();
  const walk = (node: GraphNode): void => {
    if (visited.has(node)) return;
    visited.add(node);
    if (node.artifact !== null) {
      nodes.push(node);
      groups.add(node.artifact.id, node.relocations);
    }
    // A shared list was walked with its first node.
    if (seen.has(node.children)) return;
    seen.add(node.children);
    for (const child of node.children.kept) walk(child);
  };
  walk(root);
  for (const node of nodes) if (node.artifact !== null) node.conflict = groups.indexOf(node.artifact.id);
  return groups.count;
}

/** Groups the keys that are in conflict with each other. Relocations join groups. */
class ConflictGroups {
  readonly #groups = new Map<string, Group>();
  #count = 0;

  /** The number of groups created, including those that were merged into others. */
  get count(): number {
    return this.#count;
  }

  indexOf(key: string): number {
    return this.#groups.get(key)?.index ?? -1;
  }

  add(key: string, relocations: readonly { readonly id: string }[]): void {
    if (relocations.length === 0) {
      // The common case: one key, which either has a group or gets one.
      if (!this.#groups.has(key)) this.#groups.set(key, this.#create(new Set([key])));
      return;
    }
    const group = this.#join(new Set([key, ...relocations.map(({ id }) => id)]));
    if (group !== null) for (const member of group.keys) this.#groups.set(member, group);
  }

  #create(keys: ReadonlySet<string>): Group {
    return { keys, index: this.#count++ };
  }

  /** Returns the group that must replace those of the keys; null if one group already holds them all. */
  #join(keys: ReadonlySet<string>): Group | null {
    let group: Group | null = null;
    for (const key of keys) {
      const other: Group | null = this.#groups.get(key) ?? null;
      if (other === null || group === other) continue;
      const known: ReadonlySet<string> = group?.keys ?? keys;
      const merged = union(other.keys, known);
      if (merged === other.keys) return null;
      if (group !== null && merged === known) continue;
      group = this.#create(merged);
    }
    return group ?? this.#create(keys);
  }
}

/** Returns the union of two sets; the larger set itself if it contains the other. */
function union(first: ReadonlySet<string>, second: ReadonlySet<string>): ReadonlySet<string> {
  const [larger, smaller] = first.size < second.size ? [second, first] : [first, second];
  for (const key of smaller) if (!larger.has(key)) return new Set([...first, ...second]);
  return larger;
}

class ConflictId {
  readonly children = new HashOrderedSet();
  /** The same children, for uses where speed matters and order does not. */
  readonly below: ConflictId[] = [];
  inDegree = 0;
  constructor(
    readonly key: number,
    public minDepth: number,
  ) {}
}

/** Sorts conflicts topologically, as Maven does. */
class ConflictSorter {
  readonly #ids = new Map<number, ConflictId>();
  readonly #sorted: number[] = [];
  readonly #roots = new RootQueue();
  /** Visits go by node: a list may be reached under several conflicts (a relocated twin). */
  readonly #visited = new Set<GraphNode>();

  constructor(root: GraphNode) {
    let rootId: ConflictId | null = null;
    if (root.conflict >= 0) this.#ids.set(root.conflict, (rootId = new ConflictId(root.conflict, 0)));
    this.#build(root, rootId, 0);
  }

  sort(): { readonly sorted: readonly number[]; readonly ids: ReadonlyMap<number, ConflictId>; readonly hasCycle: boolean } {
    for (const id of this.#ids.values()) if (id.inDegree <= 0) this.#roots.add(id);
    this.#drainRoots();
    const hasCycle = this.#sorted.length < this.#ids.size;
    while (this.#sorted.length < this.#ids.size) {
      const nearest = this.#nearestInCycle();
      if (nearest === null) break;
      nearest.inDegree = 0;
      this.#roots.add(nearest);
      this.#drainRoots();
    }
    return { sorted: this.#sorted, ids: this.#ids, hasCycle };
  }

  #build(node: GraphNode, id: ConflictId | null, parentDepth: number): void {
    if (this.#visited.has(node)) return;
    this.#visited.add(node);
    const depth = parentDepth + 1;
    for (const child of node.children.kept) {
      let childId = this.#ids.get(child.conflict);
      if (childId === undefined) this.#ids.set(child.conflict, (childId = new ConflictId(child.conflict, depth)));
      else pullUp(childId, depth);
      if (id !== null && id.children.add(childId.key)) {
        id.below.push(childId);
        childId.inDegree++;
      }
      this.#build(child, childId, depth);
    }
  }

  #drainRoots(): void {
    for (let id = this.#roots.remove(); id !== undefined; id = this.#roots.remove()) {
      this.#sorted.push(id.key);
      for (const key of id.children.list()) {
        const child = this.#ids.get(key);
        if (child !== undefined && --child.inDegree === 0) this.#roots.add(child);
      }
    }
  }

  /** Returns the conflict at which to break a cycle: the nearest, then the one with the fewest parents left. */
  #nearestInCycle(): ConflictId | null {
    let nearest: ConflictId | null = null;
    for (const id of this.#ids.values()) {
      if (id.inDegree <= 0) continue;
      if (nearest === null || id.minDepth < nearest.minDepth || (id.minDepth === nearest.minDepth && id.inDegree < nearest.inDegree))
        nearest = id;
    }
    return nearest;
  }
}

/** Lowers the depth of a conflict and of everything below it. */
function pullUp(id: ConflictId, depth: number): void {
  if (depth >= id.minDepth) return;
  id.minDepth = depth;
  for (const child of id.below) if (depth + 1 < child.minDepth) pullUp(child, depth + 1);
}

/** A queue of conflicts without unresolved parents: the nearest first, then first in, first out. */
class RootQueue {
  private readonly queue: ConflictId[] = [];
  private out = 0;

  add(id: ConflictId): void {
    let index = this.queue.length;
    for (; index > this.out; index--) {
      const before = this.queue[index - 1];
      if (before === undefined || id.minDepth >= before.minDepth) break;
    }
    this.queue.splice(index, 0, id);
  }

  remove(): ConflictId | undefined {
    return this.out < this.queue.length ? this.queue[this.out++] : undefined;
  }
}

function findCycles(ids: ReadonlyMap<number, ConflictId>): ReadonlyMap<number, ReadonlySet<number>> {
  const cyclic = new Map<number, Set<number>>();
  const visited = new Set<number>();
  const depths = new Map<number, number>();
  const path: number[] = [];
  const find = (id: ConflictId): void => {
    const depth = depths.get(id.key);
    if (depth !== undefined) {
      const cycle = path.slice(depth);
      for (const key of cycle) {
        const together = cyclic.get(key) ?? new Set<number>();
        for (const other of cycle) together.add(other);
        cyclic.set(key, together);
      }
      return;
    }
    if (visited.has(id.key)) return;
    visited.add(id.key);
    depths.set(id.key, path.length);
    path.push(id.key);
    for (const child of id.below) find(child);
    path.pop();
    depths.delete(id.key);
  };
  for (const id of ids.values()) find(id);
  return cyclic;
}
