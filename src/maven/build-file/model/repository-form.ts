/** `:repositories`, `:mvn/repos` and `:mirrors`: vectors of pairs or maps, from ids to URLs or maps with a `:url`. */
import { escapeForDisplay } from '../../../base/escape.js';
import { type Form, hasFlag, isCollection, isSymbol, literalOf, pairsOf, type Position, valueOf } from '../clojure/form.js';
import { type Marks, marksOf, mergeByKey, pickMarked, unmarked } from '../clojure/marked.js';
import type { Findings } from './findings.js';
import type { ProjectMirror, ProjectRepository } from './model.js';

/** The key, unknown to the build tools, of the entries that lead to the proxy. */
export const proxyMarker = 'clojars-fetch/proxy';

/** A list of repositories, and whether it replaces the earlier ones. */
export interface RepositoryForms {
  readonly repositories: readonly ProjectRepository[];
  readonly replace: boolean;
}

/** One entry as written. It may only change settings of an earlier entry with the same id. */
export interface RepositoryEntry extends Marks, Position, Omit<ProjectRepository, 'url'> {
  /** Undefined if not written; null if written but known only to a running build. */
  readonly url: string | null | undefined;
  /** The id of an earlier entry whose settings this entry copies (`["id" :other]`). */
  readonly copyOf?: string | undefined;
}

/** Reads a `:repositories` value. Notes values that are known only to a running build. @throws ClojarsFetchError `ERR_CONFIG` */
export function readRepositories(form: Form | undefined, key: string, findings: Findings): RepositoryForms {
  return {
    repositories: finishRepositories(readRepositoryEntries(form, key, findings), findings),
    replace: form !== undefined && hasFlag(form, 'replace'),
  };
}

/** Reads the entries of a `:repositories` value, to be merged and then finished. @throws ClojarsFetchError `ERR_CONFIG` */
export function readRepositoryEntries(form: Form | undefined, key: string, findings: Findings): readonly RepositoryEntry[] {
  return readEntries(form, key, findings).flatMap(({ id, value, marks }): readonly RepositoryEntry[] => {
    const name = literalOf(id);
    if (name?.kind !== 'string' && name?.kind !== 'symbol' && name?.kind !== 'keyword') {
      findings.noteNotOurs(`a repository of ${key}`, 'opaque', id);
      return [];
    }
    const settings = literalOf(value);
    if (isSymbol(settings, 'nil')) return [];
    const map = isCollection(settings, 'map') ? settings : null;
    const urlForm = map === null ? value : valueOf(map, 'url');
    const url = urlForm === undefined ? undefined : literalOf(urlForm);
    const { line, column } = urlForm ?? id;
    const entry = { id: name.text, line, column, ...marks };
    if (settings?.kind === 'keyword') return [{ ...entry, url: undefined, copyOf: settings.text }];
    const options = map ?? { items: [] };
    return [
      {
        ...entry,
        url: url === undefined ? undefined : url?.kind === 'string' ? url.text : null,
        ...flagOf(valueIn(options, 'releases'), 'releases'),
        ...flagOf(valueIn(options, 'snapshots'), 'snapshots'),
        ...secretOf(options, 'username', 'LEIN_USERNAME'),
        ...secretOf(options, 'password', 'LEIN_PASSWORD'),
      },
    ];
  });
}

/** Returns the repositories of merged entries. An entry without a known URL is noted and left out. */
export function finishRepositories(entries: readonly RepositoryEntry[], findings: Findings): readonly ProjectRepository[] {
  return entries.flatMap(({ url, copyOf: _copyOf, displace: _displace, replace: _replace, line, column, ...settings }) => {
    if (typeof url === 'string') return [{ ...settings, url }];
    findings.noteNotOurs(`the repository ${escapeForDisplay(settings.id, 60)}`, 'opaque', { line, column });
    return [];
  });
}

/** Unlike {@link valueOf}, distinguishes `nil` from a missing key. */
function valueIn(map: { readonly items: readonly Form[] }, keyword: string): Form | undefined {
  return pairsOf(map).find(({ key }) => key.kind === 'keyword' && key.text === keyword)?.value;
}

/** Reads `:snapshots false`, or a policy map, which enables (in tools.deps: unless `:enabled false`). */
function flagOf(form: Form | undefined, name: 'releases' | 'snapshots'): Partial<Record<'releases' | 'snapshots', boolean>> {
  if (form === undefined) return {};
  const enabled = isCollection(form, 'map') ? valueOf(form, 'enabled') : form;
  return { [name]: !isSymbol(enabled, 'false') && !isSymbol(enabled, 'nil') };
}

/**
 * Reads a text, `:env`, `:env/some_name`, or a vector of these, of which the first readable one counts. Secrets in an encrypted file
 * (`:gpg`) are not read.
 */
function secretOf(
  map: { readonly items: readonly Form[] },
  name: 'username' | 'password',
  variable: string,
): Pick<ProjectRepository, 'username' | 'password'> {
  const form = valueOf(map, name);
  const value = form === undefined ? null : literalOf(form);
  const places = isCollection(value, 'vector') ? value.items.map(literalOf) : [value];
  const secret = places.reduceRight<ProjectRepository['username']>((otherwise, place) => {
    if (place?.kind === 'string') return place.text;
    if (place?.kind !== 'keyword') return otherwise;
    const env = place.text === 'env' ? variable : place.text.startsWith('env/') ? place.text.slice(4).toUpperCase() : undefined;
    if (env === undefined) return otherwise;
    return otherwise === undefined ? { env } : { env, otherwise };
  }, undefined);
  return secret === undefined ? {} : { [name]: secret };
}

/** Reads `:mirrors`: keys are ids, URLs or regexes. @throws ClojarsFetchError `ERR_CONFIG` */
export function readMirrors(form: Form | undefined, findings: Findings): readonly ProjectMirror[] {
  return readEntries(form, ':mirrors', findings).flatMap(({ id, value }): readonly ProjectMirror[] => {
    const key = literalOf(id);
    const settings = literalOf(value);
    const map = isCollection(settings, 'map') ? settings : null;
    const urlForm = map === null ? value : valueOf(map, 'url');
    const url = urlForm === undefined ? null : literalOf(urlForm);
    if (isSymbol(settings, 'nil') && (key?.kind === 'string' || key?.kind === 'regex'))
      return [{ match: { kind: key.kind === 'string' ? 'text' : 'pattern', text: key.text }, url: '' }];
    if (url?.kind !== 'string' || (key?.kind !== 'string' && key?.kind !== 'regex')) {
      findings.noteNotOurs('a mirror', 'opaque', urlForm ?? id);
      return [];
    }
    const given = map === null ? undefined : valueOf(map, 'name');
    const name = given === undefined ? null : literalOf(given);
    const place = {
      url: url.text,
      name: name?.kind === 'string' || name?.kind === 'symbol' || name?.kind === 'keyword' ? name.text : undefined,
      ...secretOf(map ?? { items: [] }, 'username', 'LEIN_USERNAME'),
      ...secretOf(map ?? { items: [] }, 'password', 'LEIN_PASSWORD'),
    };
    if (map !== null && isSymbol(valueOf(map, 'repo-manager'), 'true')) {
      findings.noteProblem(
        'a mirror is a :repo-manager: its files are recorded under an id that the tool computes, so it may ask for them again',
        key,
      );
    }
    return [{ match: { kind: key.kind === 'string' ? 'text' : 'pattern', text: key.text }, ...place }];
  });
}

interface EntryForm {
  readonly id: Form;
  readonly value: Form;
  readonly marks: Marks;
}

/** Reads the entries, without those that `config` wrote: they lead to the proxy, which is this program. */
function readEntries(form: Form | undefined, key: string, findings: Findings): readonly EntryForm[] {
  return listEntries(form, key, findings).filter(({ value }) => !isCollection(value, 'map') || valueOf(value, proxyMarker) === undefined);
}

function listEntries(form: Form | undefined, key: string, findings: Findings): readonly EntryForm[] {
  if (form === undefined) return [];
  const list = literalOf(form);
  if (list === null || list.kind === 'list' || list.kind === 'symbol') {
    if (!isSymbol(list, 'nil')) findings.noteNotOurs(key, 'opaque', form);
    return [];
  }
  if (isCollection(list, 'map')) return pairsOf(list).map(({ key: id, value }) => ({ id, value, marks: unmarked }));
  if (!isCollection(list, 'vector', 'set')) findings.refuse(form, `${key} must be a map or a vector of pairs`);
  return list.items.flatMap((item) => {
    const pair = literalOf(item);
    const [id, value] = isCollection(pair, 'vector') ? pair.items : [];
    if (id !== undefined && value !== undefined) return [{ id, value, marks: marksOf(item) }];
    findings.noteNotOurs(`an entry of ${key}`, 'opaque', item);
    return [];
  });
}

/** Merges later repositories into earlier ones. Each id appears once, in its first place; later settings win. */
export function mergeRepositories(earlier: readonly ProjectRepository[], later: RepositoryForms): readonly ProjectRepository[] {
  if (later.replace) return later.repositories;
  const merged = new Map(earlier.map((repository) => [repository.id, repository]));
  for (const repository of later.repositories) merged.set(repository.id, { ...merged.get(repository.id), ...repository });
  return [...merged.values()];
}

/** Like {@link mergeRepositories}, for entries. Source: Leiningen's `reduce-repo-step`. */
export function mergeRepositoryEntries(earlier: readonly RepositoryEntry[], later: readonly RepositoryEntry[]): readonly RepositoryEntry[] {
  const known = new Map(earlier.map((entry) => [entry.id, entry]));
  const resolved = later.map(({ copyOf, ...written }) => {
    const copied = copyOf === undefined ? undefined : known.get(copyOf);
    const entry = copied === undefined ? written : { ...copied, id: written.id, displace: written.displace, replace: written.replace };
    const before = known.get(entry.id);
    known.set(entry.id, before === undefined ? entry : mergeEntry(before, entry));
    return entry;
  });
  return mergeByKey(earlier, resolved, ({ id }) => id, mergeEntry);
}

function mergeEntry(earlier: RepositoryEntry, later: RepositoryEntry): RepositoryEntry {
  return pickMarked(earlier, later) ?? { ...earlier, ...later, url: later.url === undefined ? earlier.url : later.url };
}
