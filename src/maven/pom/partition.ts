/** Which entries of a dependency management are imports of BOMs. */
import type { Interpolator } from './interpolate.js';
import type { PomDependency } from './model.js';

export interface Partition {
  readonly own: readonly PomDependency[];
  readonly imported: readonly PomDependency[];
}

/** Of lists in which nothing that matters here is interpolated: shared by all who inherit them. */
const partitions = new WeakMap<readonly PomDependency[], Partition>();

/** Tells imports from entries. Of the latter only what may hide an import or change its key is interpolated now. */
export function partition(declared: readonly PomDependency[], interpolator: Interpolator): Partition {
  const known = partitions.get(declared);
  if (known !== undefined) return known;
  const own: PomDependency[] = [];
  const imported: PomDependency[] = [];
  let shared = true;
  for (const entry of declared) {
    let dependency = entry;
    // An import keeps what is written, so that the next one to inherit it interpolates it for itself.
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
