/** The repositories in effect, with all their mirrors and the bindings of groups. */
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { builtInRepositories } from '../../network/mirrors/built-in.js';
import { createDefaultRepositories, createMirror, createRepository, type RepositoryContext } from '../../network/mirrors/mirror-list.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import type { MirrorOptions, RepositoryOptions } from '../../network/mirrors/repository-options.js';
import { settingOf } from '../../network/mirrors/repository-url.js';
import type { Given } from './settings-table.js';
import { applyMirrors } from './settings-xml/apply-mirrors.js';
import type { SourceRecord } from './sources.js';

export interface RepositorySources extends Pick<
  Given,
  'options' | 'file' | 'settings' | 'env' | 'fromOptions' | 'fromFile' | 'fromSettings'
> {
  readonly allowHttp: readonly string[];
  readonly record: SourceRecord;
}

/** A repository that a source describes. */
interface Declared {
  readonly options: RepositoryOptions;
  /** Its position in the source, for errors. */
  readonly where: string;
  readonly repository: Repository;
}

/**
 * Replaces the built-in repositories with those of the file, and these with those of the options; then adds mirrors, and applies the
 * mirrors of settings.xml to all.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: a bad URL or id, or mirrors and bindings for an unknown repository.
 */
export function createRepositories(sources: RepositorySources): {
  readonly repositories: readonly Repository[];
  readonly repoFor: ReadonlyMap<string, string>;
} {
  const { options, file, settings, env, allowHttp, fromOptions, fromSettings } = sources;
  const context: RepositoryContext = { allowHttp, env };
  const { from, replacing, added } = declaredRepositories(sources, context);
  const base = replacing === null ? createDefaultRepositories() : replacing.map(({ repository }) => repository);
  const repositories = withAdded(
    base,
    added.map(({ repository }) => repository),
  );
  const known: KnownIds = {
    inEffect: repositories.map(({ id }) => id),
    // The options may replace the repositories that other entries of the file refer to: such entries are unused, not wrong.
    inFile: [...repositories, ...(file.repositories ?? builtInRepositories)].map(({ id }) => id),
  };
  const own = ownMirrors(sources, [...(replacing ?? []), ...added], known, context);
  const repoFor = groupBindings(sources, known);
  const trackingIds = new Map(Object.entries(options.trackingIds ?? {}));
  const result = applyMirrors(repositories, settings?.mirrors ?? [], {
    ...context,
    where: fromSettings,
    servers: settings?.servers ?? [],
    own,
  }).map((repository) => ({ ...repository, trackingId: trackingIds.get(repository.id) ?? repository.trackingId }));
  noteRepositories(sources, [from, ...(added.length > 0 ? [fromOptions] : [])], repositories, result);
  return { repositories: result, repoFor };
}

interface KnownIds {
  readonly inEffect: readonly string[];
  readonly inFile: readonly string[];
}

/** Returns the repositories that replace the built-in ones (null if none do), and the extra ones of the options. */
function declaredRepositories(
  { options, file, fromOptions, fromFile }: RepositorySources,
  context: RepositoryContext,
): { readonly from: string; readonly replacing: readonly Declared[] | null; readonly added: readonly Declared[] } {
  const declare = (list: readonly RepositoryOptions[], place: string): readonly Declared[] =>
    list.map((given, index) => {
      const where = `${place}[${index}]`;
      return { options: given, where, repository: createRepository(given, { ...context, where }) };
    });
  const [from, given] =
    options.repositories !== undefined
      ? [fromOptions, options.repositories]
      : file.repositories !== undefined
        ? [fromFile, file.repositories]
        : ['built-in', null];
  const replacing = given === null ? null : declare(given, `${from}: repositories`);
  const more = declare(options.moreRepositories ?? [], `${fromOptions}: moreRepositories`);
  return { from, replacing, added: more.filter(({ options: { id } }) => !given?.some((repository) => repository.id === id)) };
}

/** Extra repositories come last; one with the id of a built-in repository replaces it. */
function withAdded(base: readonly Repository[], added: readonly Repository[]): readonly Repository[] {
  return [
    ...base.map((repository) => added.find(({ id }) => id === repository.id) ?? repository),
    ...added.filter(({ id }) => !base.some((repository) => repository.id === id)),
  ];
}

/** Returns the mirrors of our own configuration, by repository id: those named by id first, then those of the repositories' own entries. */
function ownMirrors(
  { options, file, fromOptions, fromFile }: RepositorySources,
  declared: readonly Declared[],
  { inEffect, inFile }: KnownIds,
  context: RepositoryContext,
): ReadonlyMap<string, readonly Mirror[]> {
  const own = new Map<string, readonly Mirror[]>();
  const add = (id: string, mirrors: readonly (string | MirrorOptions)[], place: string): void => {
    const created = mirrors.map((mirror, index) => createMirror(mirror, { ...context, where: `${place}[${index}]` }));
    own.set(id, [...(own.get(id) ?? []), ...created]);
  };
  for (const [source, mirrors, known] of [
    [fromOptions, options.mirrors, inEffect],
    [fromFile, file.mirrors, inFile],
  ] as const) {
    for (const [id, list] of Object.entries(mirrors ?? {})) {
      verifyKnown(id, known, `${source}: mirrors.${id}`);
      add(id, list, `${source}: mirrors.${id}`);
    }
  }
  for (const { options: repository, where } of declared) add(repository.id, repository.mirrors ?? [], `${where}.mirrors`);
  return own;
}

/** Maps group patterns to the only repository to ask for them. Bindings of the options replace those of the file. */
function groupBindings(
  { options, file, fromOptions, fromFile }: RepositorySources,
  { inEffect, inFile }: KnownIds,
): ReadonlyMap<string, string> {
  const repoFor = new Map<string, string>();
  for (const [source, bindings, known] of [
    [fromFile, file.repoFor, inFile],
    [fromOptions, options.repoFor, inEffect],
  ] as const) {
    for (const [pattern, id] of Object.entries(bindings ?? {})) {
      verifyKnown(id, known, `${source}: repoFor.${pattern}`);
      repoFor.set(pattern, id);
    }
  }
  return repoFor;
}

/** Records the repositories, and every source that contributed to them. */
function noteRepositories(
  { options, file, fromOptions, fromFile, fromSettings, record }: RepositorySources,
  from: readonly string[],
  before: readonly Repository[],
  after: readonly Repository[],
): void {
  const origins = new Set(from);
  for (const [index, { id, url, blocked }] of after.entries()) {
    if (before[index]?.url.href !== url.href || blocked !== undefined) origins.add(fromSettings);
    if (options.mirrors?.[id] !== undefined) origins.add(fromOptions);
    if (file.mirrors?.[id] !== undefined) origins.add(fromFile);
  }
  const show = ({ id, url, blocked }: Repository): string => (blocked === undefined ? `${id}=${url.href}` : `${id} (blocked)`);
  record.note('repositories', after.map(show).join(', '), [...origins].join(', '));
}

function verifyKnown(id: string, known: readonly string[], where: string): void {
  if (known.includes(id)) return;
  const meant = nearestWord(id, known);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    setting: settingOf(where),
    message: `${where}: unknown repository ${JSON.stringify(id.slice(0, 60))}${meant === undefined ? '' : ` (did you mean ${meant}?)`}`,
    hint: `The repositories in effect are ${[...new Set(known)].join(', ')}.`,
  });
}
