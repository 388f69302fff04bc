/**
 * Dependency management of one model: its own entries, then those of the BOMs it imports, in order.
 *
 * The layers are not merged into one list, so that a BOM of thousands of entries is indexed once, no matter how many
 * models import it.
 *
 * Source of the rule: Maven 3.8.7 `DefaultDependencyManagementImporter`, `DefaultDependencyManagementInjector`.
 */
import type { PomDependency } from './model.js';

export class ManagedDependencies {
  readonly #own: readonly PomDependency[];
  readonly #imports: readonly ManagedDependencies[];
  readonly #interpolate: (dependency: PomDependency) => PomDependency;
  static readonly none = new ManagedDependencies([], [], (dependency) => dependency);

  /** By list, so that a list inherited by many models is indexed once. */
  static readonly #indexes = new WeakMap<readonly PomDependency[], ReadonlyMap<string, readonly PomDependency[]>>();
  #merged: readonly PomDependency[] | null = null;

  /**
   * @param own without equal keys if there are imports
   * @param interpolate applied to own entries when they are looked up
   */
  constructor(
    own: readonly PomDependency[],
    imports: readonly ManagedDependencies[],
    interpolate: (dependency: PomDependency) => PomDependency,
  ) {
    this.#own = own;
    this.#imports = imports;
    this.#interpolate = interpolate;
  }

  /** Returns the management entry for the dependency with that key. */
  get(key: string): PomDependency | undefined {
    const entries = this.#ownEntries(key);
    if (entries.length > 0) return entries.map((entry) => this.#interpolate(entry)).reduce(fillDependency);
    return this.#getImported(key);
  }

  /** Returns all entries in Maven's order: own entries first, then the new ones of each import. */
  list(): readonly PomDependency[] {
    if (this.#merged !== null) return this.#merged;
    const own = this.#own.map((dependency) => this.#interpolate(dependency));
    if (this.#imports.length === 0) return (this.#merged = own);
    const merged = new Map(own.map((dependency) => [dependency.key, dependency]));
    for (const imported of this.#imports) {
      for (const dependency of imported.list()) if (!merged.has(dependency.key)) merged.set(dependency.key, dependency);
    }
    return (this.#merged = [...merged.values()]);
  }

  #getImported(key: string): PomDependency | undefined {
    for (const imported of this.#imports) {
      const found = imported.#getAsImport(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The entry that a model gets which imports this one. Of several with that key, the first that {@link list} has. */
  #getAsImport(key: string): PomDependency | undefined {
    const [entry] = this.#ownEntries(key);
    return entry === undefined ? this.#getImported(key) : this.#interpolate(entry);
  }

  #ownEntries(key: string): readonly PomDependency[] {
    if (this.#own.length === 0) return this.#own;
    let index = ManagedDependencies.#indexes.get(this.#own);
    if (index === undefined) ManagedDependencies.#indexes.set(this.#own, (index = indexOf(this.#own)));
    return index.get(key) ?? [];
  }
}

function indexOf(dependencies: readonly PomDependency[]): ReadonlyMap<string, readonly PomDependency[]> {
  const index = new Map<string, PomDependency[]>();
  for (const dependency of dependencies) {
    const same = index.get(dependency.key);
    if (same === undefined) index.set(dependency.key, [dependency]);
    else same.push(dependency);
  }
  return index;
}

/**
 * Fills the gaps of a dependency from its management: version, scope, system path, and exclusions if it has none at all.
 * The optional flag is not managed here.
 */
export function fillDependency(dependency: PomDependency, managed: PomDependency): PomDependency {
  const version = dependency.version ?? managed.version;
  const scope = dependency.scope ?? managed.scope;
  const systemPath = dependency.systemPath ?? managed.systemPath;
  const exclusions = dependency.exclusions.length > 0 ? dependency.exclusions : managed.exclusions;
  if (
    version === dependency.version &&
    scope === dependency.scope &&
    systemPath === dependency.systemPath &&
    exclusions === dependency.exclusions
  )
    return dependency;
  return { ...dependency, version, scope, systemPath, exclusions };
}
