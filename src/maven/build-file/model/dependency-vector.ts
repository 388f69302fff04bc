/**
 * `[group/artifact "version" :scope "test" :exclusions [other/lib]]`, as Leiningen, Boot and shadow-cljs write it.
 *
 * Source of the rule: Leiningen 2.10 `leiningen.core.project/dependency-map`, `classpath/normalize-dep-vector`.
 */
import { escapeForDisplay } from '../../../base/escape.js';
import type { Dependency, Exclusion } from '../../coordinate/coordinate.js';
import { type Form, hasFlag, isCollection, isSymbol, literalOf, pairsOf, type Position, valueOf } from '../clojure/form.js';
import { type Marks, mergeByKey, pickMarked } from '../clojure/marked.js';
import type { Findings } from './findings.js';

/** A dependency that may still be merged with another one that has the same key. */
export interface VectorDependency extends Position, Marks {
  readonly group: string;
  readonly artifact: string;
  /** Null if omitted, so that the managed dependencies supply it. Undefined if written but known only to a running build. */
  readonly version: string | null | undefined;
  readonly extension: string;
  readonly classifier: string;
  readonly scope: string | undefined;
  readonly optional: boolean | undefined;
  readonly exclusions: readonly Exclusion[];
  /** The key by which Leiningen merges: `:extension "jar"` or `:classifier nil` is not the same as neither, whatever both stand for. */
  readonly mergeKey: string;
}

/** The key by which two dependencies count as the same one. */
export function keyOf({
  group,
  artifact,
  extension,
  classifier,
}: Pick<VectorDependency, 'group' | 'artifact' | 'extension' | 'classifier'>): string {
  return `${group}:${artifact}:${extension}:${classifier}`;
}

/** Splits `group/artifact`, or `lib` for `lib/lib`. */
export function splitLibrary(name: string): { readonly group: string; readonly artifact: string } {
  const slash = name.indexOf('/');
  return slash < 0 ? { group: name, artifact: name } : { group: name.slice(0, slash), artifact: name.slice(slash + 1) };
}

/** Reads every dependency of a `:dependencies` value, and notes unknown values. @throws ClojarsFetchError `ERR_CONFIG` */
export function readDependencyVectors(form: Form | undefined, key: string, findings: Findings): readonly VectorDependency[] {
  if (form === undefined) return [];
  const list = literalOf(form);
  if (list === null || list.kind === 'symbol' || (list.kind === 'list' && !list.items.every((item) => isCollection(item, 'vector')))) {
    if (!isSymbol(list, 'nil')) findings.noteNotOurs(key, 'opaque', form);
    return [];
  }
  // Leiningen does not evaluate a list of vectors.
  if (!isCollection(list, 'vector', 'set', 'list')) findings.refuse(form, `${key} must be a vector of dependencies`);
  return list.items.flatMap((item) => {
    const dependency = readDependencyVector(item, key, findings);
    return dependency === null ? [] : [dependency];
  });
}

function readDependencyVector(form: Form, key: string, findings: Findings): VectorDependency | null {
  const vector = literalOf(form);
  // A map or list here is code, or a `~@` that splices in dependencies.
  if (vector === null || vector.kind === 'list' || vector.kind === 'symbol') {
    if (!isSymbol(vector, 'nil')) findings.noteNotOurs(`a dependency of ${key}`, 'opaque', form);
    return null;
  }
  if (!isCollection(vector, 'vector')) findings.refuse(form, `${key} must hold vectors: [group/artifact "version"]`);
  const [first, ...others] = vector.items;
  const name = first === undefined ? null : literalOf(first);
  if (first !== undefined && name === null) {
    findings.noteNotOurs(`a dependency of ${key}`, 'opaque', first);
    return null;
  }
  if (name === null || (name.kind !== 'symbol' && name.kind !== 'string'))
    findings.refuse(form, 'a dependency starts with its name: [group/artifact "version"]');
  const { group, artifact } = splitLibrary(name.text);
  // Like Leiningen: an odd number of forms means that the version was left out.
  const hasVersion = vector.items.length % 2 === 0;
  const options = { items: hasVersion ? others.slice(1) : others };
  const shown = `${group}/${artifact}`;
  const text = (what: string): string | undefined => readText(options.items, what, shown, findings);
  const written = (what: string): string | null | undefined => (hasKey(options.items, what) ? (text(what) ?? null) : undefined);
  const [extension, classifier] = [written('extension'), written('classifier')];
  const optional = valueOf(options, 'optional');
  return {
    group,
    artifact,
    mergeKey: [group, artifact, extension, classifier].map((part) => JSON.stringify(part)).join(),
    version: hasVersion ? readVersion(others[0], shown, findings) : null,
    extension: extension ?? 'jar',
    classifier: classifier ?? '',
    scope: text('scope'),
    optional: optional === undefined ? undefined : isSymbol(optional, 'true'),
    exclusions: readExclusions(valueOf(options, 'exclusions'), findings),
    displace: hasFlag(form, 'displace') || hasFlag(vector, 'displace'),
    replace: hasFlag(form, 'replace') || hasFlag(vector, 'replace'),
    line: form.line,
    column: form.column,
  };
}

function readVersion(form: Form | undefined, name: string, findings: Findings): string | null | undefined {
  const version = form === undefined ? null : literalOf(form);
  if (version === null) return undefined;
  if (isSymbol(version, 'nil')) return null;
  // Plugins replace a keyword or a map with a version while the build runs.
  if (version.kind === 'symbol' || version.kind === 'keyword' || 'items' in version) return undefined;
  if (version.kind !== 'string') findings.refuse(version, `the version of ${escapeForDisplay(name, 120)} must be a string`);
  return version.text;
}

function hasKey(items: readonly Form[], keyword: string): boolean {
  return pairsOf({ items }).some(({ key }) => key.kind === 'keyword' && key.text === keyword);
}

function readText(items: readonly Form[], keyword: string, name: string, findings: Findings): string | undefined {
  const found = pairsOf({ items }).find(({ key }) => key.kind === 'keyword' && key.text === keyword);
  if (found === undefined || isSymbol(found.value, 'nil')) return undefined;
  const value = literalOf(found.value);
  if (value?.kind === 'string' || value?.kind === 'symbol' || value?.kind === 'keyword') return value.text;
  findings.noteProblem(
    `:${keyword} of ${escapeForDisplay(name, 120)} is not known without running the build, and passed over`,
    found.value,
  );
  return undefined;
}

/** Reads `:exclusions`: names, or vectors that start with one: `[org/lib :classifier "tests"]`. */
export function readExclusions(form: Form | undefined, findings: Findings): readonly Exclusion[] {
  if (form === undefined || isSymbol(form, 'nil')) return [];
  const list = literalOf(form);
  if (!isCollection(list, 'vector', 'set', 'list')) {
    findings.noteProblem(':exclusions are not known without running the build, and passed over', form);
    return [];
  }
  return list.items.flatMap((item) => {
    const entry = literalOf(item);
    const name = isCollection(entry, 'vector') ? entry.items[0] : entry;
    if (name?.kind === 'symbol' || name?.kind === 'string') {
      const options = entry !== null && isCollection(entry, 'vector') ? entry.items.slice(1) : [];
      const [classifier, extension] = (['classifier', 'extension'] as const).map((keyword) =>
        readText(options, keyword, name.text, findings),
      );
      return [
        {
          ...splitLibrary(name.text),
          classifier,
          extension,
        },
      ];
    }
    findings.noteProblem('an exclusion is not known without running the build, and passed over', item);
    return [];
  });
}

/** Merges a later dependency into an earlier one of the same key. Source: Leiningen's `reduce-dep-step`. */
export function mergeDependency(earlier: VectorDependency, later: VectorDependency): VectorDependency {
  return (
    pickMarked(earlier, later) ?? {
      ...later,
      version: later.version === null ? earlier.version : later.version,
      scope: later.scope ?? earlier.scope,
      optional: later.optional ?? earlier.optional,
      exclusions: uniqueExclusions([...earlier.exclusions, ...later.exclusions]),
    }
  );
}

function uniqueExclusions(exclusions: readonly Exclusion[]): readonly Exclusion[] {
  return exclusions.length < 2 ? exclusions : [...new Map(exclusions.map((exclusion) => [JSON.stringify(exclusion), exclusion])).values()];
}

/** Merges later dependencies into earlier ones. Each key appears once, in its first place. */
export function mergeDependencies(
  earlier: readonly VectorDependency[],
  later: readonly VectorDependency[],
  key: (dependency: VectorDependency) => string = keyOf,
): readonly VectorDependency[] {
  return mergeByKey(earlier, later, key, mergeDependency);
}

/**
 * Converts dependencies to those of the resolver. A dependency without a version takes the managed one; one whose
 * version is unknown is noted and left out.
 */
export function finishDependencies(
  dependencies: readonly VectorDependency[],
  managed: readonly VectorDependency[],
  globalExclusions: readonly Exclusion[],
  findings: Findings,
): readonly Dependency[] {
  // Of two managed dependencies with the same key, the tools use the first.
  const management = new Map([...managed].reverse().map((dependency) => [keyOf(dependency), dependency]));
  return dependencies.flatMap((dependency) => {
    const { group, artifact, extension, classifier, scope, optional } = dependency;
    const name = `${group}/${artifact}`;
    const version = dependency.version === null ? management.get(keyOf(dependency))?.version : dependency.version;
    if (version === undefined || version === null) {
      findings.noteNotOurs(name, 'opaque', dependency);
      if (dependency.version === null)
        findings.noteProblem(`${escapeForDisplay(name, 120)} has no version, and :managed-dependencies have none either`, dependency);
      return [];
    }
    const exclusions = [...dependency.exclusions, ...globalExclusions];
    return [
      findings.checked(
        {
          group,
          artifact,
          version,
          extension: extension === 'jar' ? undefined : extension,
          classifier: classifier === '' ? undefined : classifier,
          scope,
          optional: optional === true ? optional : undefined,
          exclusions: exclusions.length === 0 ? undefined : uniqueExclusions(exclusions),
        },
        dependency,
      ),
    ];
  });
}
