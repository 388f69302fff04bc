/**
 * Mediation of any graph, with one walk per conflict.
 *
 * Each walk finds the occurrences (items) of one conflict, with their depth and the scopes and flags derived along the
 * paths to them. It may still meet losers of earlier conflicts, below nodes that were not walked then, and removes them.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ConflictResolver`.
 */
import type { Pace } from '../../../base/async/pace.js';
import type { ChildList, GraphNode } from '../graph/graph.js';
import { applyWinner, type Item, optionalNo, optionalYes, type VersionSelector } from './conflict-item.js';
import type { ConflictOrder } from './conflict-order.js';
import { deriveScope } from './scope.js';

/** The facts that one walk gathers about the owners of a child list. */
interface ListInfo {
  minDepth: number;
  readonly scopes: Set<string>;
  optionalities: number;
  readonly items: Item[];
}

/** Resolves all conflicts of any graph. Takes time in proportion to conflicts × nodes. */
export function mediateCyclic(root: GraphNode, order: ConflictOrder, select: VersionSelector, pace: Pace): Promise<void> {
  return new Mediation(root, order, select).run(pace);
}

/** A child list that a walk is in. */
interface Visit {
  readonly list: ChildList;
  readonly before: readonly GraphNode[];
  readonly left: GraphNode[];
  next: number;
}

class Mediation {
  readonly #root: GraphNode;
  readonly #order: ConflictOrder;
  readonly #select: VersionSelector;
  #current = -1;
  #items: Item[] = [];
  readonly #infos = new Map<ChildList, ListInfo>();
  /** By conflict: undefined until resolved, null if no occurrence was left. */
  readonly #winners: (GraphNode | null | undefined)[];
  readonly #ancestors: Uint8Array;
  readonly #pathScopes: string[] = [];
  readonly #pathOptionals: boolean[] = [];
  readonly #pathInfos: (ListInfo | null)[] = [];
  readonly #pathLists: ChildList[] = [];

  constructor(root: GraphNode, order: ConflictOrder, select: VersionSelector) {
    this.#root = root;
    this.#order = order;
    this.#select = select;
    this.#winners = new Array<GraphNode | null | undefined>(order.count);
    this.#ancestors = new Uint8Array(order.count);
  }

  async run(pace: Pace): Promise<void> {
    const { sorted, cyclic } = this.#order;
    let winner: Item | null = null;
    for (const conflict of sorted) {
      this.#prepare(conflict);
      for (const ancestor of cyclic.get(conflict) ?? []) this.#ancestors[ancestor] = 1;
      await this.#gather(this.#root, pace);
      this.#finish();
      winner = null;
      if (this.#items.length > 0) {
        winner = this.#select(this.#items, this.#root);
        applyWinner(this.#items, winner);
      }
      this.#winners[conflict] = winner?.node ?? null;
      const pause = pace.step(1 + this.#infos.size);
      if (pause !== null) await pause;
    }
    // In a graph with cycles, losers may remain below the last winner.
    if (cyclic.size > 0 && winner !== null) {
      this.#prepare(-2);
      await this.#gather(winner.node, pace);
    }
  }

  #prepare(conflict: number): void {
    this.#current = conflict;
    this.#items = [];
    this.#infos.clear();
  }

  #finish(): void {
    for (const item of this.#items) if (item.list !== null) item.depth = this.#infoOf(item.list).minDepth + 1;
    if (this.#current >= 0) this.#ancestors[this.#current] = 1;
  }

  /** Walks with a stack of its own: a path of dependencies may be longer than the call stack. */
  async #gather(root: GraphNode, pace: Pace): Promise<void> {
    const stack: Visit[] = [];
    this.#visit(root, stack);
    for (let visit = stack.at(-1); visit !== undefined; visit = stack.at(-1)) {
      const child = visit.before[visit.next];
      if (child === undefined) {
        stack.pop();
        this.#leave(visit);
        continue;
      }
      visit.next += 1;
      if (this.#visit(child, stack)) visit.left.push(child);
      const pause = pace.step();
      if (pause !== null) await pause;
    }
  }

  /** Enters a node whose children are to be visited. Returns false if it lost a resolved conflict and must be removed. */
  #visit(node: GraphNode, stack: Visit[]): boolean {
    const { conflict } = node;
    if (conflict >= 0) {
      if (conflict === this.#current) {
        this.#addItem(node);
        return true;
      }
      const winner = this.#winners[conflict];
      if (winner !== null && winner !== undefined && winner !== node) {
        node.winner ??= winner;
        return false;
      }
    }
    const list = node.children;
    if (this.#push(node, list)) stack.push({ list, before: list.kept, left: [], next: 0 });
    return true;
  }

  #leave({ list, before, left }: Visit): void {
    if (left.length < before.length) list.kept = left;
    this.#pathScopes.pop();
    this.#pathOptionals.pop();
    this.#pathInfos.pop();
    this.#pathLists.pop();
    list.onPath = false;
  }

  /** Enters a node if it may be an ancestor, closes no cycle, and was not seen before with the same scope and flag. */
  #push(node: GraphNode, list: ChildList): boolean {
    const { conflict } = node;
    if (conflict >= 0 && this.#ancestors[conflict] !== 1) return false;
    if (list.onPath || list.kept.length === 0) return false;
    const depth = this.#pathScopes.length;
    const resolved = conflict >= 0 && this.#winners[conflict] !== undefined;
    const scope = this.#derivedScope(node, resolved);
    const optional = this.#derivedOptional(node, resolved);
    const bit = optional ? optionalYes : optionalNo;
    const info = this.#infos.get(list);
    if (info === undefined) {
      const created: ListInfo = { minDepth: depth, scopes: new Set([scope]), optionalities: bit, items: [] };
      this.#infos.set(list, created);
      this.#enter(list, scope, optional, created);
      return true;
    }
    if (depth < info.minDepth) info.minDepth = depth;
    const newScope = !info.scopes.has(scope);
    const newFlag = (info.optionalities & bit) === 0;
    if (!newScope && !newFlag) return false;
    info.scopes.add(scope);
    info.optionalities |= bit;
    // The items below are already known: they only gain a scope or flag.
    this.#enter(list, scope, optional, null);
    for (const item of info.items) {
      if (newScope) item.scopes.add(this.#derivedScope(item.node, false));
      if (newFlag) item.optionalities |= this.#derivedOptional(item.node, false) ? optionalYes : optionalNo;
    }
    return true;
  }

  #enter(list: ChildList, scope: string, optional: boolean, info: ListInfo | null): void {
    list.onPath = true;
    this.#pathScopes.push(scope);
    this.#pathOptionals.push(optional);
    this.#pathInfos.push(info);
    this.#pathLists.push(list);
  }

  #addItem(node: GraphNode): void {
    const above = this.#pathInfos.length;
    const info = above === 0 ? undefined : this.#pathInfos[above - 1];
    if (info === null) return;
    const item: Item = {
      node,
      list: this.#pathLists.at(-1) ?? null,
      depth: 0,
      scopes: new Set([this.#derivedScope(node, false)]),
      optionalities: this.#derivedOptional(node, false) ? optionalYes : optionalNo,
    };
    info?.items.push(item);
    this.#items.push(item);
  }

  #infoOf(list: ChildList): ListInfo {
    const info = this.#infos.get(list);
    if (info === undefined) throw new Error('the list has no recorded facts');
    return info;
  }

  #derivedScope(node: GraphNode, resolved: boolean): string {
    const parent = this.#pathScopes.at(-1);
    if (resolved || parent === undefined || node.premanaged.scope !== undefined) return node.scope;
    return deriveScope(parent, node.scope);
  }

  #derivedOptional(node: GraphNode, resolved: boolean): boolean {
    if (node.optional || resolved || node.premanaged.optional !== undefined) return node.optional;
    return this.#pathOptionals.at(-1) ?? false;
  }
}
