/**
 * Dependency management of one model: its own entries, then those of the BOMs it imports, in order.
 *
 * Kept in layers instead of one merged list: a BOM of thousands of entries is indexed once, however many models
 * import it.
 *
 * Source of the rule: Maven 3.8.7 `DefaultDependencyManagementImporter`, `DefaultDependencyManagementInjector`.
 */
import type { PomDependency } from './model.js';

export class ManagedDependencies {
  static readonly none = new ManagedDependencies([], [], (dependency) => dependency);

  /** By list: a list inherited by many is indexed once. */
  private static readonly indexes = new WeakMap<readonly PomDependency[], ReadonlyMap<string, readonly PomDependency[]>>();
  private merged: readonly PomDependency[] | null = null;

  /** @param interpolate applied to own entries as they are asked for */
  constructor(
    private readonly own: readonly PomDependency[],
    private readonly imports: readonly ManagedDependencies[],
    private readonly interpolate: (dependency: PomDependency) => PomDependency,
  ) {}

  /** What is managed about the dependency of that key. */
  get(key: string): PomDependency | undefined {
    const own = this.getOwn(key);
    if (own !== undefined) return own;
    for (const imported of this.imports) {
      const found = imported.get(key);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** All entries in Maven's order: own ones first, then each import's that are new. */
  list(): readonly PomDependency[] {
    if (this.merged !== null) return this.merged;
    const own = this.own.map((dependency) => this.interpolate(dependency));
    if (this.imports.length === 0) return (this.merged = own);
    const merged = new Map(own.map((dependency) => [dependency.key, dependency]));
    for (const imported of this.imports) {
      for (const dependency of imported.list()) if (!merged.has(dependency.key)) merged.set(dependency.key, dependency);
    }
    return (this.merged = [...merged.values()]);
  }

  private getOwn(key: string): PomDependency | undefined {
    if (this.own.length === 0) return undefined;
    let index = ManagedDependencies.indexes.get(this.own);
    if (index === undefined) ManagedDependencies.indexes.set(this.own, (index = indexOf(this.own)));
    const entries = index.get(key);
    if (entries === undefined) return undefined;
    // Beside an import the list was made unique, the last entry winning; else each fills what those before left open.
    const counted = this.imports.length > 0 ? entries.slice(-1) : entries;
    return counted.map((entry) => this.interpolate(entry)).reduce(fillDependency);
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
 * A dependency with what its management adds: version, scope and system path where it has none, and exclusions where it
 * has none at all. The optional flag is not managed here.
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
