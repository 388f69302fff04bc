/**
 * Selects the dependencies of a node that are followed.
 *
 * Source of the rule: Maven Resolver 1.6.3 `ScopeDependencySelector("test", "provided")`, `OptionalDependencySelector`,
 * `ExclusionDependencySelector` under an `AndDependencySelector`, as in Maven's standard session.
 */
import type { GraphDependency, GraphExclusion } from '../../pom/descriptor.js';
import type { ChildList } from '../graph/graph.js';
import { type ExclusionSet, ExclusionSets } from './exclusion.js';

/** The selection state at one place in the graph. Equal states are the same object. */
export class Selector {
  /** Whether the place is below a real dependency, where the scopes test and provided are not followed. */
  readonly #transitive: boolean;
  /** Optional dependencies are followed only at depths below 2. */
  readonly #depth: number;
  readonly #exclusions: ExclusionSet;
  readonly #pool: SelectorPool;
  readonly #children: (Map<ExclusionSet, Selector> | undefined)[] = [undefined, undefined];
  /** Child lists built in this state, by the key of their parent artifact. */
  readonly lists = new Map<string, ChildList>();
  /** Artifacts whose dependencies were prefetched in this state. */
  readonly lookedAhead = new Set<string>();

  /** @internal use {@link createSelector} */
  constructor(transitive: boolean, depth: number, exclusions: ExclusionSet, pool: SelectorPool) {
    this.#transitive = transitive;
    this.#depth = depth;
    this.#exclusions = exclusions;
    this.#pool = pool;
  }

  /** The number of different states in this resolution. */
  get stateCount(): number {
    return this.#pool.size;
  }

  accepts(dependency: GraphDependency): boolean {
    return this.#wants(dependency) && !this.#exclusions.excludes(dependency.artifact);
  }

  /** Whether an exclusion is the only reason not to follow the dependency. */
  excludes(dependency: GraphDependency): boolean {
    return this.#wants(dependency) && this.#exclusions.excludes(dependency.artifact);
  }

  #wants({ scope, optional }: GraphDependency): boolean {
    if (this.#transitive && (scope === 'test' || scope === 'provided')) return false;
    return this.#depth < 2 || optional !== true;
  }

  /** Returns the state one level down. `dependency` is null below the anonymous root. */
  below(dependency: { readonly exclusions: readonly GraphExclusion[] } | null): Selector {
    const exclusions = dependency === null ? this.#exclusions : this.#exclusions.with(dependency.exclusions);
    const slot = dependency === null ? 0 : 1;
    const known = (this.#children[slot] ??= new Map<ExclusionSet, Selector>());
    let child = known.get(exclusions);
    if (child === undefined) {
      child = this.#pool.of(this.#transitive || dependency !== null, Math.min(2, this.#depth + 1), exclusions);
      known.set(exclusions, child);
    }
    return child;
  }
}

class SelectorPool {
  readonly #selectors = new Map<string, Selector>();

  get size(): number {
    return this.#selectors.size;
  }

  of(transitive: boolean, depth: number, exclusions: ExclusionSet): Selector {
    const key = `${transitive}:${depth}:${exclusions.id}`;
    let selector = this.#selectors.get(key);
    if (selector === undefined) {
      selector = new Selector(transitive, depth, exclusions, this);
      this.#selectors.set(key, selector);
    }
    return selector;
  }
}

/** Creates the state at the root of a graph, for one resolution. */
export function createSelector(): Selector {
  return new SelectorPool().of(false, 0, new ExclusionSets().empty);
}
