/** The repositories in effect, with all their mirrors and the bindings of groups. */
import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { builtInRepositories } from '../../network/mirrors/built-in.js';
import { createDefaultRepositories, createMirror, createRepository, type RepositoryContext } from '../../network/mirrors/mirror-list.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { settingOf } from '../../network/mirrors/repository-url.js';
import type { ClientOptions } from './client-options.js';
import type { Configuration } from './configuration-file.js';
import { applyMirrors } from './settings-xml/apply-mirrors.js';
import type { Settings } from './settings-xml/settings-xml.js';
import type { SourceRecord } from './sources.js';

export interface RepositorySources {
  readonly options: ClientOptions;
  readonly file: Configuration;
  readonly settings: Settings | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly allowHttp: readonly string[];
  readonly fromOptions: string;
  readonly fromFile: string;
  readonly fromSettings: string;
  readonly record: SourceRecord;
}

/**
 * Options replace the file's repositories, these replace the built-in ones; then mirrors are added, and settings.xml's
 * mirrors laid over all.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: a bad URL or id, or mirrors and bindings for a repository that is not there.
 */
export function createRepositories(sources: RepositorySources): {
  readonly repositories: readonly Repository[];
  readonly repoFor: ReadonlyMap<string, string>;
} {
  const { options, file, settings, env, allowHttp, fromOptions, fromFile, fromSettings, record } = sources;
  const context: RepositoryContext = { allowHttp, env };
  const [from, given] =
    options.repositories !== undefined
      ? [fromOptions, options.repositories]
      : file.repositories !== undefined
        ? [fromFile, file.repositories]
        : ['built-in', null];
  const base =
    given === null
      ? createDefaultRepositories()
      : given.map((repository, index) => createRepository(repository, { ...context, where: `${from}: repositories[${index}]` }));
  const more = (options.moreRepositories ?? []).map((repository, index) =>
    createRepository(repository, { ...context, where: `${fromOptions}: moreRepositories[${index}]` }),
  );
  const isAdded = ({ id }: { readonly id: string }): boolean => given === null || !base.some((repository) => repository.id === id);
  const added = more.filter(isAdded);
  const repositories = [
    ...base.map((repository) => added.find(({ id }) => id === repository.id) ?? repository),
    ...added.filter(({ id }) => !base.some((repository) => repository.id === id)),
  ];
  const inEffect = repositories.map((repository) => repository.id);
  // Options may replace the repositories that the file's other entries are about: those are then not needed, not wrong.
  const inFile = [...inEffect, ...(file.repositories ?? builtInRepositories).map((repository) => repository.id)];

  const own = new Map<string, Mirror[]>();
  const add = (id: string, mirrors: readonly Mirror[]): void => {
    own.set(id, [...(own.get(id) ?? []), ...mirrors]);
  };
  for (const [source, mirrors, known] of [
    [fromOptions, options.mirrors, inEffect],
    [fromFile, file.mirrors, inFile],
  ] as const) {
    for (const [id, list] of Object.entries(mirrors ?? {})) {
      verifyKnown(id, known, `${source}: mirrors.${id}`);
      add(
        id,
        list.map((mirror, index) => createMirror(mirror, { ...context, where: `${source}: mirrors.${id}[${index}]` })),
      );
    }
  }
  for (const [index, repository] of (given ?? []).entries()) {
    const where = `${from}: repositories[${index}].mirrors`;
    add(
      repository.id,
      (repository.mirrors ?? []).map((mirror, position) => createMirror(mirror, { ...context, where: `${where}[${position}]` })),
    );
  }

  for (const [index, repository] of (options.moreRepositories ?? []).entries()) {
    if (!isAdded(repository)) continue;
    const where = `${fromOptions}: moreRepositories[${index}].mirrors`;
    add(
      repository.id,
      (repository.mirrors ?? []).map((mirror, position) => createMirror(mirror, { ...context, where: `${where}[${position}]` })),
    );
  }

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
  record.gather<string>('repoFor', [
    [fromOptions, Object.entries(options.repoFor ?? {}).map(([pattern, id]) => `${pattern}=${id}`)],
    [fromFile, Object.entries(file.repoFor ?? {}).map(([pattern, id]) => `${pattern}=${id}`)],
  ]);

  const trackingIds = new Map(Object.entries(options.trackingIds ?? {}));
  const laid = applyMirrors(repositories, settings?.mirrors ?? [], {
    ...context,
    where: fromSettings,
    servers: settings?.servers ?? [],
    own,
  }).map((repository) => ({ ...repository, trackingId: trackingIds.get(repository.id) ?? repository.trackingId }));
  const origins = new Set([from, ...(added.length > 0 ? [fromOptions] : [])]);
  for (const [index, repository] of laid.entries()) {
    const before = repositories[index];
    const mirrored = before !== undefined && before.url.href !== repository.url.href;
    if (mirrored || repository.blocked !== undefined) origins.add(fromSettings);
    if (options.mirrors?.[repository.id] !== undefined) origins.add(fromOptions);
    if (file.mirrors?.[repository.id] !== undefined) origins.add(fromFile);
  }
  const show = ({ id, url, blocked }: Repository): string => (blocked === undefined ? `${id}=${url.href}` : `${id} (blocked)`);
  record.note('repositories', laid.map(show).join(', '), [...origins].join(', '));
  return { repositories: laid, repoFor };
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
