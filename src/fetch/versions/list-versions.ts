/**
 * Lists the versions of an artifact over all repositories that may serve it, by the rules of metadata: authority, a quorum for versions
 * that only untrusted mirrors list, and a high-water mark against rollback.
 */
import { type Attempt, ClojarsFetchError } from '../../base/error.js';
import { metadataPath } from '../../maven/coordinate/path.js';
import { type MergedMetadata, mergeMetadata, type MetadataSource } from '../../maven/metadata/merge.js';
import { type Metadata, parseMetadata } from '../../maven/metadata/metadata.js';
import { MetadataError } from '../../maven/metadata/metadata-error.js';
import { compareVersions } from '../../maven/version/order.js';
import { mayPassOver, repositoriesFor, type RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Context, Parts } from '../context.js';
import { absent, unreachable } from '../repositories/failure.js';
import { fetchMetadata } from './fetch-metadata.js';
import { checkRollback } from './rollback.js';

/** Limits how many versions without a quorum are named, newest first: a mirror can invent a hundred thousand. */
const maxIgnoredShown = 5;

/** The known versions of an artifact. */
export interface VersionList {
  readonly group: string;
  readonly artifact: string;
  /** In Maven's order, oldest first. */
  readonly versions: readonly string[];
  readonly release: string | null;
  readonly latest: string | null;
  /** `yyyyMMddHHmmss` in UTC of the newest metadata; null if unknown. */
  readonly lastUpdated: string | null;
  readonly repositories: readonly {
    readonly repository: string;
    readonly sources: readonly { readonly mirror: string; readonly lastUpdated: string | null }[];
  }[];
  readonly warnings: readonly string[];
}

interface FromRepository {
  readonly candidate: RepositoryCandidate;
  readonly sources: readonly MetadataSource[];
  readonly attempts: readonly Attempt[];
  readonly unreachable: boolean;
}

/**
 * Merges the metadata of every repository that may serve the group.
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_OFFLINE, ERR_LOCKFILE
 */
export async function listVersions(context: Context, group: string, artifact: string): Promise<VersionList> {
  const subject = `${group}:${artifact}`;
  const { run, route, trust } = context;
  if (run.lock?.frozen)
    throw run.lock.refusal(
      `what versions ${subject} has`,
      null,
      'Under --frozen no metadata is requested: leave it out to list the versions.',
    );
  const candidates = distinct([
    ...repositoriesFor(group, false, route.repositories, route.repoFor),
    ...repositoriesFor(group, true, route.repositories, route.repoFor),
  ]);
  const answers = run.offline ? await fromLocal(context, group, artifact, candidates) : await fromAll(context, group, artifact, candidates);
  const found = answers.filter(({ sources }) => sources.length > 0);
  const installed = run.offline ? null : await readInstalled(context, group, artifact);
  if (found.length === 0 && installed === null) throw run.offline ? offline(subject) : nothingFound(answers, group, artifact);
  const sources = found.flatMap((answer) => answer.sources);
  const merged = mergeMetadata(sources, { compareVersions, quorum: trust.policy.quorum });
  const warnings = [...unreachableWarnings(answers, subject), ...ignoredWarnings(merged)];
  const rollback = run.offline ? null : await checkRollback(context, { key: subject, subject, group, artifact, path: null }, merged);
  if (rollback !== null) warnings.push(rollback.message);
  for (const message of warnings) run.emit({ type: 'warning', warning: 'metadata', message: `${subject}: ${message}` });
  return {
    group,
    artifact,
    ...withInstalled(merged, installed),
    lastUpdated: merged.lastUpdated,
    repositories: found.map(({ candidate, sources: served }) => ({
      repository: candidate.repository.id,
      sources: served.map(({ mirror, metadata }) => ({ mirror, lastUpdated: metadata.lastUpdated })),
    })),
    warnings,
  };
}

/** Returns the error if no repository gave metadata: unreachable if any of them was, otherwise absent. */
function nothingFound(answers: readonly FromRepository[], group: string, artifact: string): ClojarsFetchError {
  const subject = `${group}:${artifact}`;
  const attempts = answers.flatMap((answer) => answer.attempts);
  const silent = answers.filter((answer) => answer.unreachable).map(({ candidate }) => candidate.repository);
  if (silent.length > 0) {
    const outcome = attempts.find((attempt) => attempt.outcome !== 'not-found')?.outcome ?? 'timeout';
    return unreachable(silent, subject, attempts, outcome);
  }
  const repositories = answers.map(({ candidate }) => candidate.repository);
  return absent(repositories, metadataPath(group, artifact), subject, attempts);
}

/**
 * Warns of each repository that could not be reached.
 * @throws ClojarsFetchError ERR_UNREACHABLE if a later repository answered but may not be used in place of that one
 */
function unreachableWarnings(answers: readonly FromRepository[], subject: string): string[] {
  const candidates = answers.map(({ candidate }) => candidate);
  const attempts = answers.flatMap((answer) => answer.attempts);
  return answers.flatMap(({ candidate, unreachable: isUnreachable }) => {
    if (!isUnreachable) return [];
    const { repository } = candidate;
    if (answers.some((other) => other.sources.length > 0 && !mayReplace(candidates, candidate, other.candidate))) {
      const outcome = attempts.find((attempt) => attempt.outcome !== 'not-found' && attempt.outcome !== 'ok')?.outcome ?? 'timeout';
      throw unreachable([repository], subject, attempts, outcome);
    }
    return [`${repository.id} could not be reached; versions that only it has are missing`];
  });
}

/** Warns of the newest versions that too few operators list, with the number of further ones. */
function ignoredWarnings({ ignored }: MergedMetadata): string[] {
  const warnings = ignored
    .slice(-maxIgnoredShown)
    .map(({ version, mirrors }) => `version ${version} is listed by ${mirrors.join(', ')} alone, which is not enough to believe it`);
  const more = ignored.length - maxIgnoredShown;
  return more > 0 ? [...warnings, `${more} more versions are listed by too few to believe them`] : warnings;
}

/** Asks all repositories at once. A slow one is awaited until another has an answer that may replace it. */
function fromAll(
  context: Context,
  group: string,
  artifact: string,
  candidates: readonly RepositoryCandidate[],
): Promise<readonly FromRepository[]> {
  const found: RepositoryCandidate[] = [];
  return Promise.all(
    candidates.map(async (candidate) => {
      const isNeeded = (): boolean => !found.some((other) => mayReplace(candidates, candidate, other));
      const answer = await fromMirrors(context, group, artifact, candidate, isNeeded);
      if (answer.sources.length > 0) found.push(candidate);
      return answer;
    }),
  );
}

/** Whether the answer of `other` counts even if `candidate` does not answer. */
export function mayReplace(
  candidates: readonly RepositoryCandidate[],
  candidate: RepositoryCandidate,
  { repository, bound }: RepositoryCandidate,
): boolean {
  const isEarlier = candidates.findIndex((one) => one.repository === repository) < candidates.indexOf(candidate);
  return isEarlier || mayPassOver(candidate.repository, repository, { lockfile: null, recorded: [], firstSeen: null, bound });
}

async function fromMirrors(
  context: Context,
  group: string,
  artifact: string,
  candidate: RepositoryCandidate,
  isNeeded: () => boolean,
): Promise<FromRepository> {
  const { repository } = candidate;
  const result = await fetchMetadata(await context.network.open(), {
    repository,
    path: metadataPath(group, artifact),
    subject: { group, artifact },
    quorum: context.trust.policy.quorum,
    isNeeded,
    signal: context.run.signal,
    emit: context.run.emit,
  });
  if (result.kind !== 'found') return { candidate, sources: [], attempts: result.attempts, unreachable: result.kind === 'unreachable' };
  const authority = result.sources.find(({ canonical, trusted }) => canonical || trusted);
  if (authority)
    await context.store.local.writeMetadata(
      `${group.replaceAll('.', '/')}/${artifact}`,
      repository.trackingId,
      authority.bytes,
      context.run.signal,
    );
  return { candidate, sources: result.sources, attempts: result.attempts, unreachable: false };
}

/** Reads the metadata left by earlier runs and other tools. All of it came from an authority, so it is trusted. */
async function fromLocal(
  context: Context,
  group: string,
  artifact: string,
  candidates: readonly RepositoryCandidate[],
): Promise<FromRepository[]> {
  const kept = await context.store.local.readMetadata(`${group.replaceAll('.', '/')}/${artifact}`);
  return candidates.map((candidate) => {
    const sources: MetadataSource[] = [];
    for (const { repositoryId, bytes, file } of kept) {
      if (repositoryId !== candidate.repository.trackingId && repositoryId !== 'local') continue;
      try {
        sources.push({
          metadata: parseMetadata(bytes, { group, artifact }),
          mirror: file,
          operator: null,
          canonical: false,
          trusted: true,
        });
      } catch (error) {
        if (!(error instanceof MetadataError)) throw error;
        context.run.emit({ type: 'warning', warning: 'metadata', message: `${file}: ${error.message}` });
      }
    }
    return { candidate, sources, attempts: [], unreachable: false };
  });
}

/** Returns the metadata that an install on this machine wrote, or null if nothing was installed. */
async function readInstalled({ store }: Parts<'store'>, group: string, artifact: string): Promise<Metadata | null> {
  const kept = await store.local.readMetadata(`${group.replaceAll('.', '/')}/${artifact}`);
  const own = kept.find(({ repositoryId }) => repositoryId === 'local');
  if (own === undefined) return null;
  try {
    return parseMetadata(own.bytes, { group, artifact });
  } catch (error) {
    if (error instanceof MetadataError) return null;
    throw error;
  }
}

/**
 * Adds the versions installed on this machine. They do not count for the high-water mark: they may be deleted again.
 *
 * Source of the rule: Maven 3.8.7 `DefaultVersionRangeResolver` and `DefaultVersionResolver`, which read the local
 * repository's metadata along with that of the repositories; of two marks, the one in the newer file counts, and
 * of equally new ones that of this machine.
 */
function withInstalled(merged: MergedMetadata, installed: Metadata | null): Pick<VersionList, 'versions' | 'release' | 'latest'> {
  const { versions, release, latest } = merged;
  if (installed === null) return { versions, release, latest };
  const isNewer = (installed.lastUpdated ?? '') >= (merged.lastUpdated ?? '');
  const mark = (remote: string | null, own: string | null): string | null => (isNewer ? (own ?? remote) : (remote ?? own));
  return {
    versions: [...new Set([...versions, ...installed.versions])].sort((a, b) => compareVersions(a, b) || (a < b ? -1 : 1)),
    release: mark(release, installed.release),
    latest: mark(latest, installed.latest),
  };
}

function distinct(candidates: readonly RepositoryCandidate[]): readonly RepositoryCandidate[] {
  return candidates.filter(({ repository }, index) => candidates.findIndex((other) => other.repository === repository) === index);
}

function offline(subject: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_OFFLINE', {
    reason: 'absent',
    coordinate: subject,
    message: `no metadata of ${subject} is in the local repository, and --offline forbids all requests`,
    hint: 'Name an exact version, or run once without --offline.',
  });
}
