/** Separates the imported BOMs of a dependency management from its own entries. */
import type { Interpolator } from './interpolate.js';
import type { PomDependency } from './model.js';

export interface Partition {
  readonly own: readonly PomDependency[];
  readonly imported: readonly PomDependency[];
}

/** Results for lists that need no interpolation here, shared by all models that inherit such a list. */
const partitions = new WeakMap<readonly PomDependency[], Partition>();

/** Separates imports from other entries. Interpolates only entries that may turn out to be imports or may change their key. */
export function partition(declared: readonly PomDependency[], interpolator: Interpolator): Partition {
  const known = partitions.get(declared);
  if (known !== undefined) return known;
  const own: PomDependency[] = [];
  const imported: PomDependency[] = [];
  let shared = true;
  for (const entry of declared) {
    let dependency = entry;
    // An import stays as written, so that each model that inherits it interpolates it for itself.
    if (entry.movable && !isImport(entry)) {
      dependency = interpolator.dependency(entry);
      shared = false;
    }
    (isImport(dependency) ? imported : own).push(dependency);
  }
  const result = imported.length === 0 && shared ? { own: declared, imported } : { own, imported };
  if (shared) partitions.set(declared, result);
  return result;
}

function isImport(dependency: PomDependency): boolean {
  return dependency.type === 'pom' && dependency.scope === 'import';
}
