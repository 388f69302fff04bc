/**
 * Groups the nodes of a graph into conflicts and puts these into the order in which they are resolved: ancestors
 * before descendants, and within cycles the nearest first.
 *
 * A conflict is all nodes of one group, artifact, extension and classifier, whatever the version; an artifact that was
 * relocated is in conflict with what it was relocated from.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ConflictMarker`, `ConflictIdSorter`.
 */
import type { ChildList, GraphNode } from './graph.js';
import { HashOrderedSet } from './hash-order.js';

export interface ConflictOrder {
  /** Conflicts by number, first to be resolved first. */
  readonly sorted: readonly number[];
  /** For each conflict in a cycle: all that share one with it, itself included. */
  readonly cyclic: ReadonlyMap<number, ReadonlySet<number>>;
  readonly count: number;
}

/** Sets `conflict` of every node below and including the root. */
export function orderConflicts(root: GraphNode): ConflictOrder {
  const count = mark(root);
  return sort(root, count);
}

interface Group {
  readonly keys: ReadonlySet<string>;
  readonly index: number;
}

function mark(root: GraphNode): number {
  const groups = new Map<string, Group>();
  const nodes: GraphNode[] = [];
  const seen = new Set<ChildList>();
  const visited = new Set<GraphNode>();
  let count = 0;
  const create = (keys: ReadonlySet<string>): Group => ({ keys, index: count++ });

  const analyze = (node: GraphNode): void => {
    const { artifact } = node;
    if (artifact === null) return;
    nodes.push(node);
    if (node.relocations.length === 0) {
      // The common case: one key, which either has a group or gets one.
      if (!groups.has(artifact.id)) groups.set(artifact.id, create(new Set([artifact.id])));
      return;
    }
    const keys = new Set([artifact.id, ...node.relocations.map((relocation) => relocation.id)]);
    let group: Group | null = null;
    let changed = false;
    for (const key of keys) {
      const other: Group | null = groups.get(key) ?? null;
      if (group === other) continue;
      if (group === null) {
        if (other === null) continue;
        const merged = union(other.keys, keys);
        if (merged === other.keys) {
          group = other;
          break;
        }
        group = create(merged);
        changed = true;
      } else if (other === null) {
        changed = true;
      } else {
        const merged: ReadonlySet<string> = union(other.keys, group.keys);
        if (merged === other.keys) {
          group = other;
          changed = false;
          break;
        }
        if (merged !== group.keys) {
          group = create(merged);
          changed = true;
        }
      }
    }
    if (group === null) {
      group = create(keys);
      changed = true;
    }
    if (changed) for (const key of group.keys) groups.set(key, group);
  };

  const walk = (node: GraphNode): void => {
    if (visited.has(node)) return;
    visited.add(node);
    analyze(node);
    // A shared list was walked with its first node.
    if (seen.has(node.children)) return;
    seen.add(node.children);
    for (const child of node.children.kept) walk(child);
  };
  walk(root);
  for (const node of nodes) if (node.artifact !== null) node.conflict = groups.get(node.artifact.id)?.index ?? -1;
  return count;
}

/** The larger of the two sets, itself, where it holds the other. */
function union(first: ReadonlySet<string>, second: ReadonlySet<string>): ReadonlySet<string> {
  const [larger, smaller] = first.size < second.size ? [second, first] : [first, second];
  for (const key of smaller) if (!larger.has(key)) return new Set([...first, ...second]);
  return larger;
}

class ConflictId {
  readonly children = new HashOrderedSet();
  /** The same, for where order does not matter and speed does. */
  readonly below: ConflictId[] = [];
  inDegree = 0;
  constructor(
    readonly key: number,
    public minDepth: number,
  ) {}
}

function sort(root: GraphNode, count: number): ConflictOrder {
  const ids = new Map<number, ConflictId>();
  const get = (key: number): ConflictId => {
    const id = ids.get(key);
    if (id === undefined) throw new Error(`no conflict ${key}`);
    return id;
  };
  const pullUp = (id: ConflictId, depth: number): void => {
    if (depth >= id.minDepth) return;
    id.minDepth = depth;
    for (const child of id.below) if (depth + 1 < child.minDepth) pullUp(child, depth + 1);
  };
  // A node's children list may be walked under several conflicts (a relocated twin), so the pair is what is visited.
  const visited = new Set<GraphNode>();
  const build = (node: GraphNode, id: ConflictId | null, parentDepth: number): void => {
    if (visited.has(node)) return;
    visited.add(node);
    const depth = parentDepth + 1;
    for (const child of node.children.kept) {
      let childId = ids.get(child.conflict);
      if (childId === undefined) ids.set(child.conflict, (childId = new ConflictId(child.conflict, depth)));
      else pullUp(childId, depth);
      if (id !== null && id.children.add(childId.key)) {
        id.below.push(childId);
        childId.inDegree++;
      }
      build(child, childId, depth);
    }
  };
  let rootId: ConflictId | null = null;
  if (root.conflict >= 0) ids.set(root.conflict, (rootId = new ConflictId(root.conflict, 0)));
  build(root, rootId, 0);

  const sorted: number[] = [];
  const roots = new RootQueue();
  for (const id of ids.values()) if (id.inDegree <= 0) roots.add(id);
  const process = (): void => {
    for (let id = roots.remove(); id !== undefined; id = roots.remove()) {
      sorted.push(id.key);
      for (const key of id.children.list()) {
        const child = get(key);
        if (--child.inDegree === 0) roots.add(child);
      }
    }
  };
  process();
  const hasCycle = sorted.length < ids.size;
  while (sorted.length < ids.size) {
    let nearest: ConflictId | null = null;
    for (const id of ids.values()) {
      if (id.inDegree <= 0) continue;
      if (nearest === null || id.minDepth < nearest.minDepth || (id.minDepth === nearest.minDepth && id.inDegree < nearest.inDegree))
        nearest = id;
    }
    if (nearest === null) break;
    nearest.inDegree = 0;
    roots.add(nearest);
    process();
  }
  return { sorted, cyclic: hasCycle ? findCycles(ids) : new Map(), count };
}

/** First in, first out among those of the same depth; the nearest first. */
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
