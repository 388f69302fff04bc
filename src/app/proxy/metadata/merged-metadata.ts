/**
 * The metadata of all repositories as one file. Every repository that may have the group is asked. One that cannot be reached is skipped
 * only if another answer may replace its own: by order, by a binding, or between Central and Clojars.
 */
import { type ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import type { Context } from '../../../fetch/context.js';
import { absent } from '../../../fetch/repositories/failure.js';
import { mayReplace } from '../../../fetch/versions/list-versions.js';
import { type MetadataPath, parseMetadataPath } from '../../../maven/coordinate/metadata-path.js';
import { coordinateError } from '../../../maven/coordinate/validate.js';
import { formatMetadata, type WrittenMetadata } from '../../../maven/metadata/format.js';
import { parseMetadata } from '../../../maven/metadata/metadata.js';
import { repositoriesFor, type RepositoryCandidate } from '../../../network/mirrors/order.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import { mergeRepositories } from './merge-served.js';
import { newest } from './served-dates.js';
import { isWithoutAnswer, type ServedMetadata } from './served-metadata.js';

/** One of the repositories, and the context in which it is asked. */
export interface MetadataMember {
  readonly context: Context;
  readonly repository: Repository;
}

/** Gets the metadata of one member. `isNeeded`: whether no other answer may replace it. */
type GetMetadata<Member extends MetadataMember> = (member: Member, isNeeded: () => boolean) => Promise<ServedMetadata>;

interface Found {
  readonly kind: 'found';
  readonly repository: Repository;
  readonly served: ServedMetadata;
  readonly metadata: WrittenMetadata;
}

interface Missing {
  readonly kind: 'absent' | 'silent';
  readonly repository: Repository;
  readonly error: ClojarsFetchError;
}

type Answer = Found | Missing;

/**
 * Returns the metadata of several repositories as one file: the union of versions and plugins, or the builds of the first repository that
 * has the snapshot.
 * @param members in the order of the repositories
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_OFFLINE; ERR_UNREACHABLE of a repository whose answer no other one may replace; and whatever
 * else one member fails with
 */
export async function mergedMetadata<Member extends MetadataMember>(
  members: readonly Member[],
  path: string,
  get: GetMetadata<Member>,
): Promise<ServedMetadata> {
  const place = parseMetadataPath(path);
  if (place === null) throw coordinateError('unsafe-path', path, 'it is not the path of metadata');
  const candidates = candidatesFor(members, place);
  const asked = members.filter(({ repository }) => candidates.some((candidate) => candidate.repository.id === repository.id));
  const answers = await askAll(asked, candidates, get);
  const found = answers.filter((answer) => answer.kind === 'found');
  const missing = answers.filter((answer) => answer.kind !== 'found');
  if (found.length === 0) throw nothingFound(missing, path);
  const used = place.snapshot === null ? found : found.slice(0, 1);
  for (const { kind, repository, error } of missing) {
    if (kind === 'absent') continue;
    if (!used.every((other) => replaces(candidates, repository, other.repository))) throw error;
    const message = `${repository.id} could not be reached; versions that only it has are missing from ${path}`;
    asked[0]?.context.run.emit({ type: 'warning', warning: 'repository-passed-over', message, path });
  }
  return combined(used);
}

/** Asks all at once. A slow one is awaited until another has an answer that may replace it. */
function askAll<Member extends MetadataMember>(
  members: readonly Member[],
  candidates: readonly RepositoryCandidate[],
  get: GetMetadata<Member>,
): Promise<readonly Answer[]> {
  const found: Repository[] = [];
  return Promise.all(
    members.map(async (member): Promise<Answer> => {
      const { repository } = member;
      try {
        const served = await get(member, () => !found.some((other) => replaces(candidates, repository, other)));
        found.push(repository);
        return { kind: 'found', repository, served, metadata: parseMetadata(served.bytes) };
      } catch (error) {
        const kind = isClojarsFetchError(error) ? kindOf(error) : null;
        if (kind === null || !isClojarsFetchError(error)) throw error;
        return { kind, repository, error };
      }
    }),
  );
}

function kindOf(error: ClojarsFetchError): 'absent' | 'silent' | null {
  // Offline, a repository without a copy is one that was never asked.
  if (error.code === 'ERR_NOT_FOUND' || error.code === 'ERR_OFFLINE') return 'absent';
  return isWithoutAnswer(error) ? 'silent' : null;
}

/** The repositories that may have the artifact, or plugins of the group, in their order. */
function candidatesFor(members: readonly MetadataMember[], { artifact, snapshot, pluginGroup }: MetadataPath): RepositoryCandidate[] {
  const [first] = members;
  if (first === undefined) return [];
  const repositories = members.map(({ repository }) => repository);
  const groups = [artifact?.group, pluginGroup].filter((group) => group != null);
  const all = groups.flatMap((group) =>
    (snapshot === null ? [false, true] : [true]).flatMap((isSnapshot) =>
      repositoriesFor(group, isSnapshot, repositories, first.context.route.repoFor),
    ),
  );
  return repositories.flatMap((repository) => {
    const own = all.filter((candidate) => candidate.repository === repository);
    return own.length === 0 ? [] : [{ repository, bound: own.some(({ bound }) => bound) }];
  });
}

function replaces(candidates: readonly RepositoryCandidate[], silent: Repository, other: Repository): boolean {
  const of = (repository: Repository) => candidates.find((candidate) => candidate.repository === repository);
  const [candidate, replacement] = [of(silent), of(other)];
  return candidate !== undefined && replacement !== undefined && mayReplace(candidates, candidate, replacement);
}

function nothingFound(missing: readonly Missing[], path: string): ClojarsFetchError {
  const telling = missing.find(({ kind }) => kind === 'silent') ?? missing.find(({ error }) => error.code === 'ERR_OFFLINE');
  if (telling !== undefined) return telling.error;
  const repositories = missing.map(({ repository }) => repository);
  const attempts = missing.flatMap(({ error }) => error.attempts);
  // Nothing was asked: the absences are remembered, and one of them says since when.
  const [remembered] = attempts.length === 0 ? missing : [];
  return remembered?.error ?? absent(repositories, path, path, attempts);
}

function combined(found: readonly Found[]): ServedMetadata {
  const [first, ...others] = found;
  if (first === undefined) throw new RangeError('nothing to merge');
  if (others.length === 0) return first.served;
  const all = found.map(({ served }) => served);
  const status = (['stale', 'miss', 'confirmed'] as const).find((one) => all.some((served) => served.status === one)) ?? 'hit';
  return {
    bytes: formatMetadata(mergeRepositories([first.metadata, ...others.map(({ metadata }) => metadata)])),
    lastModifiedMs: newest(all.map(({ lastModifiedMs }) => lastModifiedMs)),
    ageMs: Math.max(...all.map(({ ageMs }) => ageMs)),
    status,
    mirror: all.find((served) => served.status === status)?.mirror ?? null,
  };
}
