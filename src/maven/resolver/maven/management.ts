/**
 * Applies the dependency management of a graph's root to the dependencies below the direct ones. (A POM's management of
 * its own direct dependencies was applied when its effective model was built.)
 *
 * Source of the rule: Maven Resolver 1.6.3 `ClassicDependencyManager`.
 */
import type { GraphDependency, GraphExclusion } from '../../pom/descriptor.js';
import type { Premanaged } from '../graph/graph.js';

export interface ManagedResult {
  readonly dependency: GraphDependency;
  readonly premanaged: Premanaged;
}

const unchanged: Premanaged = {};

/** Managed values by versionless id. Among several entries for one artifact, the first with a value counts. */
export class GraphManagement {
  readonly #versions = new Map<string, string>();
  readonly #scopes = new Map<string, string>();
  readonly #optionals = new Map<string, boolean>();
  readonly #localPaths = new Map<string, string>();
  readonly #exclusions = new Map<string, GraphExclusion[]>();
  /** Equal inputs give the same array, because exclusion sets are remembered by array. */
  readonly #combined = new WeakMap<readonly GraphExclusion[], Map<string, readonly GraphExclusion[]>>();

  readonly #isEmpty: boolean;

  constructor(managed: readonly GraphDependency[]) {
    this.#isEmpty = managed.length === 0;
    for (const { artifact, scope, optional, exclusions } of managed) {
      const { id } = artifact;
      if (artifact.version !== '' && !this.#versions.has(id)) this.#versions.set(id, artifact.version);
      if (scope !== '' && !this.#scopes.has(id)) this.#scopes.set(id, scope);
      if (optional !== undefined && !this.#optionals.has(id)) this.#optionals.set(id, optional);
      if (artifact.localPath !== undefined && !this.#localPaths.has(id)) this.#localPaths.set(id, artifact.localPath);
      if (exclusions.length > 0) this.#exclusions.set(id, [...(this.#exclusions.get(id) ?? []), ...exclusions]);
    }
  }

  /**
   * Returns the dependency with managed values.
   * @param depth 1 for direct dependencies, where only exclusions are managed; 2 for all others
   * @param keepVersion after a relocation within the same group and artifact
   */
  apply(dependency: GraphDependency, depth: number, keepVersion: boolean): ManagedResult {
    if (this.#isEmpty) return { dependency, premanaged: unchanged };
    const { id } = dependency.artifact;
    let { artifact, scope, optional, exclusions } = dependency;
    let premanaged: Premanaged = unchanged;
    if (depth >= 2) {
      const version = this.#versions.get(id);
      if (version !== undefined && !keepVersion) {
        premanaged = { ...premanaged, version: artifact.version };
        artifact = artifact.withVersion(version);
      }
      const managedScope = this.#scopes.get(id);
      if (managedScope !== undefined && managedScope !== 'system') artifact = artifact.withLocalPath(undefined);
      if (managedScope === 'system' || (managedScope === undefined && scope === 'system')) {
        const localPath = this.#localPaths.get(id);
        if (localPath !== undefined) artifact = artifact.withLocalPath(localPath);
      }
      if (managedScope !== undefined) {
        premanaged = { ...premanaged, scope };
        scope = managedScope;
      }
      const managedOptional = this.#optionals.get(id);
      if (managedOptional !== undefined) {
        premanaged = { ...premanaged, optional: optional === true };
        optional = managedOptional;
      }
    }
    const added = this.#exclusions.get(id);
    if (added !== undefined) exclusions = this.#combine(exclusions, id, added);
    if (
      artifact === dependency.artifact &&
      scope === dependency.scope &&
      optional === dependency.optional &&
      exclusions === dependency.exclusions
    ) {
      return { dependency, premanaged };
    }
    return { dependency: { artifact, scope, optional, exclusions }, premanaged };
  }

  #combine(declared: readonly GraphExclusion[], id: string, added: readonly GraphExclusion[]): readonly GraphExclusion[] {
    let byId = this.#combined.get(declared);
    if (byId === undefined) {
      byId = new Map<string, readonly GraphExclusion[]>();
      this.#combined.set(declared, byId);
    }
    let result = byId.get(id);
    if (result === undefined) byId.set(id, (result = [...declared, ...added]));
    return result;
  }
}
