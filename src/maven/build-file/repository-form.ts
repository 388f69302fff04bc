/** `:repositories`, `:mvn/repos` and `:mirrors`: vectors of pairs or maps, from ids to URLs or maps with a `:url`. */
import { escapeForDisplay } from '../../base/escape.js';
import type { Findings } from './findings.js';
import { type Form, hasFlag, isCollection, isSymbol, literalOf, pairsOf, valueOf } from './form.js';
import type { ProjectMirror, ProjectRepository } from './model.js';

/** A list of repositories, and whether it stands instead of what was there before. */
export interface RepositoryForms {
  readonly repositories: readonly ProjectRepository[];
  readonly replace: boolean;
}

/** Reads a `:repositories` value. What only a running program knows is noted. @throws ClojarsFetchError `ERR_CONFIG` */
export function readRepositories(form: Form | undefined, key: string, findings: Findings): RepositoryForms {
  const entries = readEntries(form, key, findings);
  const replace = form !== undefined && hasFlag(form, 'replace');
  const repositories = entries.flatMap(({ id, value }): readonly ProjectRepository[] => {
    const name = literalOf(id);
    if (name?.kind !== 'string' && name?.kind !== 'symbol' && name?.kind !== 'keyword') {
      findings.noteNotOurs(`a repository of ${key}`, 'opaque', id);
      return [];
    }
    const settings = literalOf(value);
    if (isSymbol(settings, 'nil')) return [];
    const map = isCollection(settings, 'map') ? settings : null;
    const urlForm = map === null ? value : valueOf(map, 'url');
    const url = urlForm === undefined ? null : literalOf(urlForm);
    if (url?.kind !== 'string') {
      findings.noteNotOurs(`the repository ${escapeForDisplay(name.text, 60)}`, 'opaque', urlForm ?? id);
      return [];
    }
    const options = map ?? { items: [] };
    return [
      {
        id: name.text,
        url: url.text,
        ...flagOf(valueIn(options, 'releases'), 'releases'),
        ...flagOf(valueIn(options, 'snapshots'), 'snapshots'),
        ...secretOf(options, 'username', 'LEIN_USERNAME'),
        ...secretOf(options, 'password', 'LEIN_PASSWORD'),
      },
    ];
  });
  return { repositories, replace };
}

/** Unlike {@link valueOf}, tells `nil` from what is not there. */
function valueIn(map: { readonly items: readonly Form[] }, keyword: string): Form | undefined {
  return pairsOf(map).find(({ key }) => key.kind === 'keyword' && key.text === keyword)?.value;
}

/** `:snapshots false`, or a map of a policy, which enables (tools.deps: unless `:enabled false`). */
function flagOf(form: Form | undefined, name: 'releases' | 'snapshots'): Partial<Record<'releases' | 'snapshots', boolean>> {
  if (form === undefined) return {};
  const enabled = isCollection(form, 'map') ? valueOf(form, 'enabled') : form;
  return { [name]: !isSymbol(enabled, 'false') && !isSymbol(enabled, 'nil') };
}

/** A text, `:env` or `:env/some_name`. What lies in an encrypted file (`:gpg`) stays there. */
function secretOf(
  map: { readonly items: readonly Form[] },
  name: 'username' | 'password',
  variable: string,
): Pick<ProjectRepository, 'username' | 'password'> {
  const form = valueOf(map, name);
  const value = form === undefined ? null : literalOf(form);
  if (value?.kind === 'string') return { [name]: value.text };
  if (value?.kind !== 'keyword') return {};
  if (value.text === 'env') return { [name]: { env: variable } };
  return value.text.startsWith('env/') ? { [name]: { env: value.text.slice(4).toUpperCase() } } : {};
}

/** Reads `:mirrors`: keys are ids, URLs or regexes. @throws ClojarsFetchError `ERR_CONFIG` */
export function readMirrors(form: Form | undefined, findings: Findings): readonly ProjectMirror[] {
  return readEntries(form, ':mirrors', findings).flatMap(({ id, value }): readonly ProjectMirror[] => {
    const key = literalOf(id);
    const settings = literalOf(value);
    const map = isCollection(settings, 'map') ? settings : null;
    const urlForm = map === null ? value : valueOf(map, 'url');
    const url = urlForm === undefined ? null : literalOf(urlForm);
    if (url?.kind !== 'string' || (key?.kind !== 'string' && key?.kind !== 'regex')) {
      findings.noteNotOurs('a mirror', 'opaque', urlForm ?? id);
      return [];
    }
    const given = map === null ? undefined : valueOf(map, 'name');
    const name = given === undefined ? null : literalOf(given);
    const place = {
      url: url.text,
      name: name?.kind === 'string' || name?.kind === 'symbol' || name?.kind === 'keyword' ? name.text : undefined,
    };
    if (map !== null && isSymbol(valueOf(map, 'repo-manager'), 'true')) {
      findings.noteProblem(
        'a mirror is a :repo-manager: its files are recorded under an id that the tool computes, so it may ask for them again',
        key,
      );
    }
    if (key.kind === 'string') return [{ match: { kind: 'text', text: key.text }, ...place }];
    if (isPlainPattern(key.text)) return [{ match: { kind: 'pattern', text: key.text }, ...place }];
    findings.noteProblem('the pattern of a mirror is more than letters and at most three wild cards (.*), and passed over', key);
    return [];
  });
}

/** Patterns are Java's and of the file's author: only those that mean the same here, and cannot run for long, count. */
function isPlainPattern(pattern: string): boolean {
  const wild = pattern.match(/\.[*+]/g)?.length ?? 0;
  return pattern.length <= 100 && wild <= 3 && /^\^?(?:[\w\s:/-]|\\[.\-/]|\.[*+]?|\|)*\$?$/.test(pattern);
}

function readEntries(form: Form | undefined, key: string, findings: Findings): readonly { readonly id: Form; readonly value: Form }[] {
  if (form === undefined) return [];
  const list = literalOf(form);
  if (list === null || list.kind === 'list' || list.kind === 'symbol') {
    if (!isSymbol(list, 'nil')) findings.noteNotOurs(key, 'opaque', form);
    return [];
  }
  if (isCollection(list, 'map')) return pairsOf(list).map(({ key: id, value }) => ({ id, value }));
  if (!isCollection(list, 'vector', 'set')) findings.refuse(form, `${key} must be a map or a vector of pairs`);
  return list.items.flatMap((item) => {
    const pair = literalOf(item);
    const [id, value] = isCollection(pair, 'vector') ? pair.items : [];
    if (id !== undefined && value !== undefined) return [{ id, value }];
    findings.noteNotOurs(`an entry of ${key}`, 'opaque', item);
    return [];
  });
}

/** Repositories upon repositories: one id stands once, where it stood first; later words count. */
export function mergeRepositories(earlier: readonly ProjectRepository[], later: RepositoryForms): readonly ProjectRepository[] {
  if (later.replace) return later.repositories;
  const merged = new Map(earlier.map((repository) => [repository.id, repository]));
  for (const repository of later.repositories) merged.set(repository.id, { ...merged.get(repository.id), ...repository });
  return [...merged.values()];
}
