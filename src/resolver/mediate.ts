/**
 * Resolves the conflicts of a collected graph: of each artifact one node is kept, with the scope and optional flag that
 * all its occurrences together give it. What hangs on the others goes with them.
 *
 * For newcomers: conflicts are taken one after the other, ancestors first. For each, the graph is walked for its
 * occurrences (items), each with its depth and the scope that derives from the path to it. A selector picks the winner;
 * the others are taken out of their parents' lists, so that later walks do not see what was below them. In graphs with
 * cycles losers may be left, which later walks take out as they meet them.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ConflictResolver`, `JavaScopeSelector`, `SimpleOptionalitySelector`.
 */
import { orderConflicts } from './conflict-order.js';
import type { ConflictOrder } from './conflict-order.js';
import type { ChildList, GraphNode } from './graph.js';
import { deriveScope, widestScope } from './scope.js';
import { selectHighest, selectNearest } from './version-selector.js';
import type { ConflictItem } from './version-selector.js';

/** `nearest` as Maven; `highest` as tools.deps and coursier: the newest version among all occurrences. */
export type ConflictRule = 'nearest' | 'highest';

/**
 * Changes the graph in place: `kept` of the child lists, `scope` and `optional` of the winners, `winner` of all items.
 * @throws ClojarsFetchError `ERR_RANGE`, reason `conflict`: two hard requirements that cannot both hold
 */
export function mediate(root: GraphNode, rule: ConflictRule = 'nearest'): void {
  const order = orderConflicts(root);
  new Mediation(root, order, rule === 'nearest' ? selectNearest : selectHighest).run();
}

const optionalNo = 1;
const optionalYes = 2;

/** What one walk knows about the owners of a child list. */
interface ListInfo {
  minDepth: number;
  readonly scopes: Set<string>;
  optionalities: number;
  readonly items: Item[];
}

interface Item extends ConflictItem {
  readonly list: ChildList | null;
  readonly scopes: Set<string>;
  optionalities: number;
  depth: number;
}

class Mediation {
  private current = -1;
  private items: Item[] = [];
  private readonly infos = new Map<ChildList, ListInfo>();
  /** By conflict: undefined while not resolved, null when it had no occurrence left. */
  private readonly winners: (GraphNode | null | undefined)[];
  private readonly ancestors: Uint8Array;
  private readonly pathScopes: string[] = [];
  private readonly pathOptionals: boolean[] = [];
  private readonly pathInfos: (ListInfo | null)[] = [];
  private readonly pathLists: ChildList[] = [];

  constructor(
    private readonly root: GraphNode,
    private readonly order: ConflictOrder,
    private readonly select: (items: readonly Item[], root: GraphNode) => Item,
  ) {
    this.winners = new Array<GraphNode | null | undefined>(order.count);
    this.ancestors = new Uint8Array(order.count);
  }

  run(): void {
    const { sorted, cyclic } = this.order;
    let winner: Item | null = null;
    for (const conflict of sorted) {
      this.prepare(conflict);
      for (const ancestor of cyclic.get(conflict) ?? []) this.ancestors[ancestor] = 1;
      this.gather(this.root);
      this.finish();
      winner = null;
      if (this.items.length > 0) {
        winner = this.select(this.items, this.root);
        this.settle(winner);
      }
      this.winners[conflict] = winner?.node ?? null;
    }
    // With cycles, losers may be left below the last winner.
    if (cyclic.size > 0 && winner !== null) {
      this.prepare(-2);
      this.gather(winner.node);
    }
  }

  private prepare(conflict: number): void {
    this.current = conflict;
    this.items = [];
    this.infos.clear();
  }

  private finish(): void {
    for (const item of this.items) if (item.list !== null) item.depth = this.infoOf(item.list).minDepth + 1;
    if (this.current >= 0) this.ancestors[this.current] = 1;
  }

  /** Winner's scope and flag from all items; the others out of the graph. */
  private settle(winner: Item): void {
    const direct = this.items.find((item) => item.depth <= 1);
    if (winner.node.scope !== 'system') {
      winner.node.scope = direct !== undefined ? direct.node.scope : widestScope(new Set(this.items.flatMap((item) => [...item.scopes])));
    }
    winner.node.optional = direct !== undefined ? direct.node.optional : this.items.every((item) => (item.optionalities & optionalNo) === 0);
    const losers = new Map<ChildList, Set<GraphNode>>();
    for (const item of this.items) {
      item.node.winner = winner.node;
      if (item === winner || item.list === null) continue;
      const ofList = losers.get(item.list);
      if (ofList === undefined) losers.set(item.list, new Set([item.node]));
      else ofList.add(item.node);
    }
    for (const [list, nodes] of losers) list.kept = list.kept.filter((node) => !nodes.has(node));
  }

  /** False when the node is a loser of a resolved conflict, to be taken out. */
  private gather(node: GraphNode): boolean {
    const { conflict } = node;
    if (conflict >= 0) {
      if (conflict === this.current) {
        this.addItem(node);
        return true;
      }
      const winner = this.winners[conflict];
      if (winner !== null && winner !== undefined && winner !== node) {
        node.winner ??= winner;
        return false;
      }
    }
    const list = node.children;
    if (!this.push(node, list)) return true;
    let lost = false;
    const before = list.kept;
    const left: GraphNode[] = [];
    for (const child of before) {
      if (this.gather(child)) left.push(child);
      else lost = true;
    }
    if (lost) list.kept = left;
    this.pathScopes.pop();
    this.pathOptionals.pop();
    this.pathInfos.pop();
    this.pathLists.pop();
    list.onPath = false;
    return true;
  }

  /** Whether to go into a node: a possible ancestor, no cycle, and not seen before with the same scope and flag. */
  private push(node: GraphNode, list: ChildList): boolean {
    const { conflict } = node;
    if (conflict >= 0 && this.ancestors[conflict] !== 1) return false;
    if (list.onPath || list.kept.length === 0) return false;
    const depth = this.pathScopes.length;
    const resolved = conflict >= 0 && this.winners[conflict] !== undefined;
    const scope = this.derivedScope(node, resolved);
    const optional = this.derivedOptional(node, resolved);
    const bit = optional ? optionalYes : optionalNo;
    const info = this.infos.get(list);
    if (info === undefined) {
      const created: ListInfo = { minDepth: depth, scopes: new Set([scope]), optionalities: bit, items: [] };
      this.infos.set(list, created);
      this.enter(list, scope, optional, created);
      return true;
    }
    if (depth < info.minDepth) info.minDepth = depth;
    const newScope = !info.scopes.has(scope);
    const newFlag = (info.optionalities & bit) === 0;
    if (!newScope && !newFlag) return false;
    info.scopes.add(scope);
    info.optionalities |= bit;
    // The items below are known already: they only get another scope or flag.
    this.enter(list, scope, optional, null);
    for (const item of info.items) {
      if (newScope) item.scopes.add(this.derivedScope(item.node, false));
      if (newFlag) item.optionalities |= this.derivedOptional(item.node, false) ? optionalYes : optionalNo;
    }
    return true;
  }

  private enter(list: ChildList, scope: string, optional: boolean, info: ListInfo | null): void {
    list.onPath = true;
    this.pathScopes.push(scope);
    this.pathOptionals.push(optional);
    this.pathInfos.push(info);
    this.pathLists.push(list);
  }

  private addItem(node: GraphNode): void {
    const above = this.pathInfos.length;
    const info = above === 0 ? undefined : this.pathInfos[above - 1];
    if (info === null) return;
    const item: Item = {
      node,
      list: this.pathLists.at(-1) ?? null,
      depth: 0,
      scopes: new Set([this.derivedScope(node, false)]),
      optionalities: this.derivedOptional(node, false) ? optionalYes : optionalNo,
    };
    info?.items.push(item);
    this.items.push(item);
  }

  private infoOf(list: ChildList): ListInfo {
    const info = this.infos.get(list);
    if (info === undefined) throw new Error('a list without information');
    return info;
  }

  private derivedScope(node: GraphNode, resolved: boolean): string {
    const parent = this.pathScopes.at(-1);
    if (resolved || parent === undefined || node.premanaged.scope !== undefined) return node.scope;
    return deriveScope(parent, node.scope);
  }

  private derivedOptional(node: GraphNode, resolved: boolean): boolean {
    if (node.optional || resolved || node.premanaged.optional !== undefined) return node.optional;
    return this.pathOptionals.at(-1) ?? false;
  }
}
