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
  static readonly none = new ManagedDependencies([], []);

  private index: Map<string, PomDependency> | null = null;
  private merged: readonly PomDependency[] | null = null;

  constructor(
    private readonly own: readonly PomDependency[],
    private readonly imports: readonly ManagedDependencies[],
  ) {}

  /** What is managed about the dependency of that key. */
  get(key: string): PomDependency | undefined {
    const own = this.ownIndex().get(key);
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
    if (this.imports.length === 0) return (this.merged = this.own);
    const merged = new Map(this.own.map((dependency) => [dependency.key, dependency]));
    for (const imported of this.imports) {
      for (const dependency of imported.list()) if (!merged.has(dependency.key)) merged.set(dependency.key, dependency);
    }
    return (this.merged = [...merged.values()]);
  }

  private ownIndex(): Map<string, PomDependency> {
    if (this.index !== null) return this.index;
    const index = new Map<string, PomDependency>();
    for (const dependency of this.own) {
      const earlier = index.get(dependency.key);
      // Beside an import the list was made unique, the last entry winning; else each fills what those before left open.
      index.set(dependency.key, earlier === undefined || this.imports.length > 0 ? dependency : fillDependency(earlier, dependency));
    }
    return (this.index = index);
  }
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
  if (version === dependency.version && scope === dependency.scope && systemPath === dependency.systemPath && exclusions === dependency.exclusions) return dependency;
  return { ...dependency, version, scope, systemPath, exclusions };
}
