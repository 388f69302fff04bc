/**
 * Coordinates of libraries in deps.edn.
 *
 * Source of the rule: tools.deps.edn 0.9 `specs` for `:deps`; tools.deps 0.31 `extensions/coord-type` and
 * `util.maven/coord->artifact` for every coordinate that is used. Both ignore keys that they do not know.
 */
import { escapeForDisplay } from '../../../base/escape.js';
import type { Exclusion } from '../../coordinate/coordinate.js';
import { type Collection, type Form, isCollection, isSymbol, pairsOf, valueOf } from '../clojure/form.js';
import { splitLibrary } from '../model/dependency-vector.js';
import type { Findings } from '../model/findings.js';

/** A coordinate, by the program that fetches it. */
export type LibraryCoordinate =
  | { readonly kind: 'maven'; readonly version: string; readonly extension: string | undefined; readonly exclusions: readonly Exclusion[] }
  | { readonly kind: 'local'; readonly root: string; readonly manifest: string | undefined; readonly exclusions: readonly Exclusion[] }
  | { readonly kind: 'git' };

const typeKeys = {
  maven: ['mvn/version'],
  local: ['local/root'],
  git: ['git/url', 'git/sha', 'git/tag', 'sha'],
} as const;

/** The type that each key must have wherever it appears, even with the value nil. */
const textKeys = ['mvn/version', 'local/root', 'git/url', 'git/sha', 'git/tag', 'deps/root'] as const;

/** Reads a coordinate. @throws ClojarsFetchError `ERR_CONFIG`, reason `malformed`, if tools.deps refuses it */
export function readCoordinate(library: string, form: Collection, findings: Findings): LibraryCoordinate {
  const shown = escapeForDisplay(library, 120);
  const kinds = (['maven', 'local', 'git'] as const).filter((kind) => typeKeys[kind].some((key) => entryOf(form, key) !== undefined));
  const [kind, second] = kinds;
  if (kind === undefined) findings.refuse(form, `the coordinate of ${shown} has no :mvn/version, :local/root or :git/sha${keysOf(form)}`);
  if (second !== undefined) findings.refuse(form, `the coordinate of ${shown} is ambiguous: it has keys of two kinds${keysOf(form)}`);
  for (const key of textKeys) {
    const value = entryOf(form, key);
    if (value !== undefined && value.kind !== 'string') findings.refuse(value, `:${key} of ${shown} must be a string`);
  }
  if (kind === 'git') return { kind };
  const exclusions = readExclusions(form, shown, findings);
  if (kind === 'local') return { kind, root: textOf(form, 'local/root'), manifest: manifestOf(form, shown, findings), exclusions };
  const classifier = valueOf(form, 'classifier');
  if (classifier !== undefined && !isSymbol(classifier, 'false')) {
    findings.refuse(classifier, `:classifier of ${shown} is not supported: the classifier belongs to the name, as in ${shown}$classifier`);
  }
  const extension = valueOf(form, 'extension');
  return { kind, version: textOf(form, 'mvn/version'), extension: extension?.kind === 'string' ? extension.text : undefined, exclusions };
}

/** Refuses what only `:deps` of a file may not have: tools.deps checks no alias. @throws ClojarsFetchError `ERR_CONFIG` */
export function checkExclusions(library: string, form: Collection, findings: Findings): void {
  const exclusions = entryOf(form, 'exclusions');
  if (exclusions === undefined) return;
  const isList = isCollection(exclusions, 'vector', 'list', 'set');
  if (!isList || exclusions.items.some(({ kind }) => kind !== 'symbol'))
    findings.refuse(exclusions, `:exclusions of ${escapeForDisplay(library, 120)} must be symbols in a vector: [group/artifact]`);
}

function readExclusions(form: Collection, shown: string, findings: Findings): readonly Exclusion[] {
  const exclusions = valueOf(form, 'exclusions');
  if (!isCollection(exclusions, 'vector', 'list', 'set')) return [];
  return exclusions.items.flatMap((item): readonly Exclusion[] => {
    if (item.kind === 'symbol') return [libraryOf(item.text)];
    findings.noteProblem(`an exclusion of ${shown} is not a symbol, and excludes nothing`, item);
    return [];
  });
}

function manifestOf(form: Collection, shown: string, findings: Findings): string | undefined {
  const manifest = entryOf(form, 'deps/manifest');
  if (manifest === undefined) return undefined;
  if (manifest.kind !== 'keyword') findings.refuse(manifest, `:deps/manifest of ${shown} must be a keyword`);
  return manifest.text;
}

/** Splits `group/artifact$classifier`; a simple symbol names both. */
export function libraryOf(name: string): { readonly group: string; readonly artifact: string; readonly classifier: string | undefined } {
  const { group, artifact: full } = splitLibrary(name);
  const [artifact = '', classifier] = full.split('$');
  return { group, artifact, classifier };
}

/** The value of a key, even if it is nil; undefined only if the key is missing. */
export function entryOf(map: Collection, keyword: string): Form | undefined {
  return pairsOf(map).find(({ key }) => key.kind === 'keyword' && key.text === keyword)?.value;
}

function textOf(form: Collection, key: string): string {
  const value = valueOf(form, key);
  return value?.kind === 'string' ? value.text : '';
}

function keysOf(form: Collection): string {
  const keys = pairsOf(form).flatMap(({ key }) => (key.kind === 'keyword' ? [`:${escapeForDisplay(key.text, 60)}`] : []));
  return keys.length === 0 ? '' : `; its keys: ${keys.slice(0, 10).join(', ')}`;
}
