/**
 * Merges the lists and values of two models.
 *
 * Source of the rule: Maven 3.8.7 `ModelMerger`, `MavenModelMerger`, `DefaultInheritanceAssembler`,
 * `DefaultProfileInjector`, `DefaultModelNormalizer`.
 */
import type { PomDependency } from './model.js';

/** Merges the dependencies of child and parent, or model and profile, by Maven's key, in the order of first mention. */
export function mergeDependencies(
  target: readonly PomDependency[],
  source: readonly PomDependency[],
  sourceDominant: boolean,
): readonly PomDependency[] {
  if (source.length === 0) return target;
  const merged = new Map<string, PomDependency>();
  for (const dependency of target) merged.set(dependency.key, dependency);
  for (const dependency of source) {
    if (sourceDominant || !merged.has(dependency.key)) merged.set(dependency.key, dependency);
  }
  return [...merged.values()];
}

/** Keeps the last of several equal dependencies of one POM, in the place of the first. */
export function withoutDuplicates(dependencies: readonly PomDependency[]): readonly PomDependency[] {
  if (dependencies.length < 2) return dependencies;
  const unique = new Map<string, PomDependency>();
  for (const dependency of dependencies) unique.set(dependency.key, dependency);
  return unique.size === dependencies.length ? dependencies : [...unique.values()];
}

/** Like {@link mergeDependencies}, for `<dependencyManagement>`, which may be missing. */
export function mergeManaged(
  target: readonly PomDependency[] | null,
  source: readonly PomDependency[] | null,
  sourceDominant: boolean,
): readonly PomDependency[] | null {
  if (source === null) return target;
  if (target !== null && target.length > 0) return mergeDependencies(target, source, sourceDominant);
  if (sourceDominant) return mergeDependencies([], source, true);
  // The common case: a child that manages nothing shares its parent's list.
  let unique = inheritedAlone.get(source);
  if (unique === undefined) inheritedAlone.set(source, (unique = keepFirst(source)));
  return unique;
}

const inheritedAlone = new WeakMap<readonly PomDependency[], readonly PomDependency[]>();

function keepFirst(source: readonly PomDependency[]): readonly PomDependency[] {
  const unique = mergeDependencies([], source, false);
  return unique.length === source.length ? source : unique;
}

/** Merges properties; the dominant side wins. `project.directory` is never inherited. */
export function mergeProperties(
  dominant: ReadonlyMap<string, string>,
  recessive: ReadonlyMap<string, string>,
  inherited: boolean,
): ReadonlyMap<string, string> {
  if (recessive.size === 0) return dominant;
  const merged = new Map(recessive);
  if (inherited) merged.delete('project.directory');
  for (const [name, value] of dominant) merged.set(name, value);
  return merged;
}

/** Sections that are inherited as a whole or not at all. */
const wholeSections = ['organization.', 'issueManagement.', 'ciManagement.', 'distributionManagement.'];

/** Inherits single values, except name and prerequisites. The child's artifact name is appended to inherited URLs. */
export function inheritFields(
  child: ReadonlyMap<string, string>,
  parent: ReadonlyMap<string, string>,
  childArtifact: string | undefined,
): ReadonlyMap<string, string> {
  if (parent.size === 0) return child;
  const merged = new Map(child);
  const closed = wholeSections.filter((section) => [...child.keys()].some((path) => path.startsWith(section)));
  for (const [path, value] of parent) {
    if (merged.has(path) || path === 'name' || path.startsWith('prerequisites.')) continue;
    if (closed.some((section) => path.startsWith(section))) continue;
    const isUrl = path === 'url' || path === 'scm.url' || path === 'scm.connection' || path === 'scm.developerConnection';
    merged.set(path, isUrl && childArtifact !== undefined && value !== '' ? appendPath(value, childArtifact) : value);
  }
  return merged;
}

function appendPath(url: string, name: string): string {
  return url.endsWith('/') ? `${url}${name}/` : `${url}/${name}`;
}
