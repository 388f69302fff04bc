/**
 * The relevant settings of a project.clj, from the project itself or a profile, and how they merge.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.project`: `setup-map-defaults`, `meta-merge`.
 */
import type { Exclusion } from '../../coordinate/coordinate.js';
import { type Collection, type Form, literalOf, pairsOf, valueOf } from '../clojure/form.js';
import { type MarkedList, marksOf, mergeMarked, unmarked } from '../clojure/marked.js';
import { keyOf, mergeDependencies, readDependencyVectors, readExclusions, type VectorDependency } from '../model/dependency-vector.js';
import type { Findings } from '../model/findings.js';
import type { ProjectMirror } from '../model/model.js';
import { mergeRepositoryEntries, readMirrors, readRepositoryEntries, type RepositoryEntry } from '../model/repository-form.js';

/** A member is undefined if the map lacks its key. */
export interface Settings {
  readonly dependencies?: MarkedList<VectorDependency> | undefined;
  readonly managed?: MarkedList<VectorDependency> | undefined;
  readonly plugins?: MarkedList<VectorDependency> | undefined;
  readonly exclusions?: MarkedList<Exclusion> | undefined;
  readonly repositories?: MarkedList<RepositoryEntry> | undefined;
  readonly pluginRepositories?: MarkedList<RepositoryEntry> | undefined;
  readonly mirrors?: MarkedList<ProjectMirror> | undefined;
  readonly localRepository?: string | undefined;
}

/** Reads one map of settings. @throws ClojarsFetchError `ERR_CONFIG` */
export function readSettings(map: Pick<Collection, 'items'>, findings: Findings): Settings {
  const list = <T>(key: string, read: (form: Form) => readonly T[]): MarkedList<T> | undefined => {
    const form = pairsOf(map).find((pair) => pair.key.kind === 'keyword' && pair.key.text === key)?.value;
    if (form === undefined) return undefined;
    // A quote, or a value that replaced `~name`, may stand between the marks and the vector.
    const literal = literalOf(form);
    const marks = [form, ...(literal === null ? [] : [literal])].map(marksOf);
    return {
      items: read(form),
      displace: marks.some(({ displace }) => displace),
      replace: marks.some(({ replace }) => replace),
    };
  };
  const dependencies = (key: string): MarkedList<VectorDependency> | undefined =>
    list(key, (form) => readDependencyVectors(form, `:${key}`, findings));
  const repositories = (key: string): MarkedList<RepositoryEntry> | undefined =>
    list(key, (form) => readRepositoryEntries(form, `:${key}`, findings));
  const place = valueOf(map, 'local-repo');
  const folder = place === undefined ? null : literalOf(place);
  if (place !== undefined && folder?.kind !== 'string') findings.noteNotOurs(':local-repo', 'opaque', place);
  return {
    localRepository: folder?.kind === 'string' ? folder.text : undefined,
    dependencies: setUp(dependencies('dependencies'), mergeAsLeiningen),
    managed: dependencies('managed-dependencies'),
    plugins: setUp(dependencies('plugins'), mergeAsLeiningen),
    exclusions: list('exclusions', (form) => readExclusions(form, findings)),
    repositories: setUp(repositories('repositories'), mergeRepositoryEntries),
    pluginRepositories: setUp(repositories('plugin-repositories'), mergeRepositoryEntries),
    mirrors: list('mirrors', (form) => readMirrors(form, findings)),
  };
}

const mergeAsLeiningen: Combine<VectorDependency> = (earlier, later) => mergeDependencies(earlier, later, ({ mergeKey }) => mergeKey);

type Combine<T> = (earlier: readonly T[], later: readonly T[]) => readonly T[];

/**
 * Merges a list into the empty list that Leiningen starts with, which removes duplicates unless the list has a mark. A `^:displace` list
 * yields to the empty one too.
 */
function setUp<T>(list: MarkedList<T> | undefined, combine: Combine<T>): MarkedList<T> | undefined {
  if (list === undefined || list.replace) return list;
  return { ...list, items: list.displace ? [] : combine([], list.items) };
}

/** Merges later settings into earlier ones. */
export function mergeSettings(earlier: Settings, later: Settings): Settings {
  return {
    localRepository: later.localRepository ?? earlier.localRepository,
    dependencies: mergeMarked(earlier.dependencies, later.dependencies, mergeAsLeiningen),
    managed: mergeMarked(
      earlier.managed,
      later.managed,
      appended((dependency) => keyOf(dependency)),
    ),
    plugins: mergeMarked(earlier.plugins, later.plugins, mergeAsLeiningen),
    exclusions: mergeMarked(
      earlier.exclusions,
      later.exclusions,
      appended((exclusion) => JSON.stringify(exclusion)),
    ),
    repositories: mergeMarked(earlier.repositories, later.repositories, mergeRepositoryEntries),
    pluginRepositories: mergeMarked(earlier.pluginRepositories, later.pluginRepositories, mergeRepositoryEntries),
    mirrors: mergeMarked(
      earlier.mirrors,
      later.mirrors,
      appended((mirror) => JSON.stringify(mirror)),
    ),
  };
}

/** Appends later items. Of two items with the same key, Leiningen finds the first. */
function appended<T>(keyOfItem: (item: T) => string): Combine<T> {
  return (earlier, later) => {
    const all = new Map<string, T>();
    for (const item of [...earlier, ...later]) if (!all.has(keyOfItem(item))) all.set(keyOfItem(item), item);
    return [...all.values()];
  };
}

/** Counts the items, as a measure of a merge's work. */
export function sizeOf({ dependencies, managed, plugins, exclusions, repositories, pluginRepositories, mirrors }: Settings): number {
  const lists: readonly (MarkedList<unknown> | undefined)[] = [
    dependencies,
    managed,
    plugins,
    exclusions,
    repositories,
    pluginRepositories,
    mirrors,
  ];
  return lists.reduce((sum, list) => sum + (list?.items.length ?? 0), 1);
}

/** Gives dependencies without a scope the scope of their profile. Leiningen drops the marks of the list here. */
export function withScope(settings: Settings, scope: string): Settings {
  const items = (settings.dependencies?.items ?? []).map((dependency) => ({ ...dependency, scope: dependency.scope ?? scope }));
  return { ...settings, dependencies: { items, ...unmarked } };
}
