/**
 * Groups the nodes of a graph into conflicts and sorts these into the order in which they are resolved: ancestors before
 * descendants, and within cycles the nearest first.
 *
 * A conflict consists of all nodes with the same group, artifact, extension and classifier, in any version. A relocated
 * artifact is also in conflict with the artifacts it was relocated from.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ConflictMarker`, `ConflictIdSorter`.
 */
import type { Pace } from '../../../base/async/pace.js';
import type { GraphNode } from '../graph/graph.js';
import { HashOrderedSet } from '../graph/hash-ordered-set.js';

export interface ConflictOrder {
  /** Conflict numbers, in the order of resolution. */
  readonly sorted: readonly number[];
  /** For each conflict in a cycle: all conflicts in a cycle with it, including itself. */
  readonly cyclic: ReadonlyMap<number, ReadonlySet<number>>;
  readonly count: number;
}

/** Sets `conflict` of every node, including the root, and returns the order of the conflicts. */
export async function orderConflicts(root: GraphNode, pace: Pace): Promise<ConflictOrder> {
  const count = markConflicts(root);
  const { sorted, ids, hasCycle } = await new ConflictSorter(root).sort(pace);
  return { sorted, cyclic: hasCycle ? await findCycles(ids, pace) : new Map(), count };
}

interface Group {
  readonly keys: ReadonlySet<string>;
  readonly index: number;
}

/** Sets `conflict` of every node. Returns the number of conflict numbers in use. */
function markConflicts(root: GraphNode): number {
  const groups = new ConflictGroups();
  const nodes: GraphNode[] = [];
  // By node, not by list: in a cycle, a list may be reached again before its walk is over, and the rest of it is numbered then.
  const visited = new Set<GraphNode>();
  // Explicit stacks here and below: with cycles, a walk may be as deep as the graph is large.
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (visited.has(node)) continue;
    visited.add(node);
    if (node.artifact !== null) {
      nodes.push(node);
      groups.add(node.artifact.id, node.relocations);
    }
    for (let index = node.children.kept.length - 1; index >= 0; index--) {
      const child = node.children.kept[index];
      if (child !== undefined) stack.push(child);
    }
  }
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

/** A child list that is being walked. */
interface Place {
  readonly children: readonly GraphNode[];
  next: number;
  readonly id: ConflictId | null;
  /** Of the children. */
  readonly depth: number;
}

interface Sorted {
  readonly sorted: readonly number[];
  readonly ids: ReadonlyMap<number, ConflictId>;
  readonly hasCycle: boolean;
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
    this.#build(root, rootId);
  }

  async sort(pace: Pace): Promise<Sorted> {
    for (const id of this.#ids.values()) if (id.inDegree <= 0) this.#roots.add(id);
    this.#drainRoots();
    const hasCycle = this.#sorted.length < this.#ids.size;
    while (this.#sorted.length < this.#ids.size) {
      const pause = pace.step(this.#ids.size);
      if (pause !== null) await pause;
      const nearest = this.#nearestInCycle();
      if (nearest === null) break;
      nearest.inDegree = 0;
      this.#roots.add(nearest);
      this.#drainRoots();
    }
    return { sorted: this.#sorted, ids: this.#ids, hasCycle };
  }

  #build(root: GraphNode, rootId: ConflictId | null): void {
    this.#visited.add(root);
    const stack: Place[] = [{ children: root.children.kept, next: 0, id: rootId, depth: 1 }];
    for (let place = stack.at(-1); place !== undefined; place = stack.at(-1)) {
      const child = place.children[place.next++];
      if (child === undefined) {
        stack.pop();
        continue;
      }
      const { id, depth } = place;
      const childId = this.#reach(child, depth);
      if (id !== null && id.children.add(childId.key)) {
        id.below.push(childId);
        childId.inDegree++;
      }
      if (this.#visited.has(child)) continue;
      this.#visited.add(child);
      stack.push({ children: child.children.kept, next: 0, id: childId, depth: depth + 1 });
    }
  }

  #reach({ conflict }: GraphNode, depth: number): ConflictId {
    const known = this.#ids.get(conflict);
    if (known !== undefined) {
      if (depth < known.minDepth) pullUp(known, depth);
      return known;
    }
    const id = new ConflictId(conflict, depth);
    this.#ids.set(conflict, id);
    return id;
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
function pullUp(first: ConflictId, depth: number): void {
  first.minDepth = depth;
  const stack = [first];
  for (let id = stack.pop(); id !== undefined; id = stack.pop()) {
    for (const child of id.below) {
      if (id.minDepth + 1 >= child.minDepth) continue;
      child.minDepth = id.minDepth + 1;
      stack.push(child);
    }
  }
}

/** A queue of conflicts without unresolved parents: the nearest first, then first in, first out. */
class RootQueue {
  readonly #queue: ConflictId[] = [];
  #out = 0;

  add(id: ConflictId): void {
    let index = this.#queue.length;
    for (; index > this.#out; index--) {
      const before = this.#queue[index - 1];
      if (before === undefined || id.minDepth >= before.minDepth) break;
    }
    if (index === this.#queue.length) this.#queue.push(id);
    else this.#queue.splice(index, 0, id);
  }

  remove(): ConflictId | undefined {
    return this.#out < this.#queue.length ? this.#queue[this.#out++] : undefined;
  }
}

async function findCycles(ids: ReadonlyMap<number, ConflictId>, pace: Pace): Promise<ReadonlyMap<number, ReadonlySet<number>>> {
  const cyclic = new Map<number, Set<number>>();
  const visited = new Set<number>();
  const depths = new Map<number, number>();
  const path: { readonly id: ConflictId; readonly children: readonly number[]; next: number }[] = [];
  const enter = (id: ConflictId): void => {
    if (visited.has(id.key)) return;
    visited.add(id.key);
    depths.set(id.key, path.length);
    // Each conflict is entered once, so the order decides which cycles are found: it is that of Maven's `HashSet`.
    path.push({ id, children: id.children.list(), next: 0 });
  };
  for (const first of ids.values()) {
    enter(first);
    for (let place = path.at(-1); place !== undefined; place = path.at(-1)) {
      const key = place.children[place.next++];
      const child = key === undefined ? undefined : ids.get(key);
      const depth = key === undefined ? undefined : depths.get(key);
      if (child === undefined) {
        path.pop();
        depths.delete(place.id.key);
      } else if (depth === undefined) enter(child);
      else {
        const cycle = path.slice(depth).map(({ id }) => id.key);
        markTogether(cyclic, cycle);
        const pause = pace.step(cycle.length ** 2);
        if (pause !== null) await pause;
      }
    }
  }
  return cyclic;
}

function markTogether(cyclic: Map<number, Set<number>>, cycle: readonly number[]): void {
  for (const key of cycle) {
    const together = cyclic.get(key) ?? new Set<number>();
    for (const other of cycle) together.add(other);
    cyclic.set(key, together);
  }
}
