/**
 * Which versions of an artifact there are, over all repositories that may serve it, by the rules of metadata
 * (design section 5): authority, quorum for what only untrusted mirrors list, and a high-water mark against rollback.
 */
import { type Attempt, ClojarsFetchError } from '../../base/error.js';
import { metadataPath } from '../../maven/coordinate/path.js';
import { checkHighWater, type HighWaterMark, type MergedMetadata, mergeMetadata, type MetadataSource } from '../../maven/metadata/merge.js';
import { type Metadata, MetadataError, parseMetadata } from '../../maven/metadata/metadata.js';
import { compareVersions } from '../../maven/version/order.js';
import { mayPassOver, repositoriesFor, type RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Context, Parts } from '../context.js';
import { absent, unreachable } from '../repositories/failure.js';
import { fetchMetadata } from './fetch-metadata.js';

/** The newest versions that are not believed are named, so many of them: a mirror can invent a hundred thousand. */
const mostIgnored = 5;

/** What is known of an artifact's versions. */
export interface VersionList {
  readonly group: string;
  readonly artifact: string;
  /** In Maven's order, oldest first. */
  readonly versions: readonly string[];
  readonly release: string | null;
  readonly latest: string | null;
  /** `yyyyMMddHHmmss` in UTC of the newest metadata; null when unknown. */
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
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_OFFLINE, ERR_LOCKFILE
 */
export async function listVersions(context: Context, group: string, artifact: string): Promise<VersionList> {
  const subject = `${group}:${artifact}`;
  if (context.run.lock?.frozen)
    throw context.run.lock.refusal(
      `what versions ${subject} has`,
      null,
      'No metadata is asked under --frozen: leave it out to see what there is.',
    );
  const candidates = distinct([
    ...repositoriesFor(group, false, context.route.repositories, context.route.repoFor),
    ...repositoriesFor(group, true, context.route.repositories, context.route.repoFor),
  ]);
  const answers = context.run.offline
    ? await fromLocal(context, group, artifact, candidates)
    : await Promise.all(candidates.map((candidate) => fromMirrors(context, group, artifact, candidate)));
  const found = answers.filter(({ sources }) => sources.length > 0);
  const installed = context.run.offline ? null : await readInstalled(context, group, artifact);
  const silent = answers.filter(({ unreachable: failed }) => failed);
  const attempts = answers.flatMap((answer) => answer.attempts);
  const warnings: string[] = [];
  if (found.length === 0 && installed === null) {
    if (context.run.offline) throw offline(subject);
    const first = silent[0];
    if (first)
      throw unreachable(
        silent.map((one) => one.candidate.repository),
        subject,
        attempts,
        attempts.find(({ outcome }) => outcome !== 'not-found')?.outcome ?? 'timeout',
      );
    throw absent(
      candidates.map(({ repository }) => repository),
      metadataPath(group, artifact),
      subject,
      attempts,
    );
  }
  for (const { candidate } of silent) {
    // A repository that cannot be reached may hold newer versions; where it may not be passed over, that is an error.
    const blocked = found.find(
      (later) =>
        candidates.indexOf(later.candidate) > candidates.indexOf(candidate) &&
        !mayPassOver(candidate.repository, later.candidate.repository, {
          bound: later.candidate.bound,
          lockfile: null,
          recorded: [],
          firstSeen: null,
        }),
    );
    if (blocked)
      throw unreachable(
        [candidate.repository],
        subject,
        attempts,
        attempts.find(({ outcome }) => outcome !== 'not-found' && outcome !== 'ok')?.outcome ?? 'timeout',
      );
    warnings.push(`${candidate.repository.id} could not be reached; versions that only it has are missing`);
  }
  const merged = mergeMetadata(
    found.flatMap(({ sources }) => sources),
    { compareVersions, quorum: context.trust.policy.quorum },
  );
  for (const { version, mirrors } of merged.ignored.slice(-mostIgnored))
    warnings.push(`version ${version} is listed by ${mirrors.join(', ')} alone, which is not enough to believe it`);
  if (merged.ignored.length > mostIgnored)
    warnings.push(`${merged.ignored.length - mostIgnored} more versions are listed by too few to believe them`);
  if (!context.run.offline) warnings.push(...(await checkRollback(context, subject, merged)));
  for (const message of warnings) context.run.emit({ type: 'warning', warning: 'metadata', message: `${subject}: ${message}` });
  return {
    group,
    artifact,
    ...withInstalled(merged, installed),
    lastUpdated: merged.lastUpdated,
    repositories: found.map(({ candidate, sources }) => ({
      repository: candidate.repository.id,
      sources: sources.map(({ mirror, metadata }) => ({ mirror, lastUpdated: metadata.lastUpdated })),
    })),
    warnings,
  };
}

async function fromMirrors(context: Context, group: string, artifact: string, candidate: RepositoryCandidate): Promise<FromRepository> {
  const { repository } = candidate;
  const result = await fetchMetadata(await context.network.open(), {
    repository,
    path: metadataPath(group, artifact),
    subject: { group, artifact },
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

/** What earlier runs and other tools left; every word of it was somebody's authority once. */
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

/** The metadata that an install on this machine wrote; null if nothing was installed. */
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
 * Adds what was installed on this machine. It takes no part in the mark against rollbacks: it may be deleted again.
 *
 * Source of the rule: Maven 3.8.7 `DefaultVersionRangeResolver` and `DefaultVersionResolver`, which read the local
 * repository's metadata besides that of the repositories; of two marks, the one in the newer file counts.
 */
function withInstalled(merged: MergedMetadata, installed: Metadata | null): Pick<VersionList, 'versions' | 'release' | 'latest'> {
  const { versions, release, latest } = merged;
  if (installed === null) return { versions, release, latest };
  const isNewer = (installed.lastUpdated ?? '') > (merged.lastUpdated ?? '');
  const mark = (remote: string | null, own: string | null): string | null => (isNewer ? (own ?? remote) : (remote ?? own));
  return {
    versions: [...new Set([...versions, ...installed.versions])].sort((a, b) => compareVersions(a, b) || (a < b ? -1 : 1)),
    release: mark(release, installed.release),
    latest: mark(latest, installed.latest),
  };
}

async function checkRollback(
  context: Context,
  subject: string,
  merged: HighWaterMark & { readonly authoritative: boolean },
): Promise<string[]> {
  const before = await context.store.highWaterMarks.check(subject);
  const rollback = checkHighWater(before, merged);
  if (merged.authoritative)
    await context.store.highWaterMarks.raise(subject, { versions: merged.versions, lastUpdated: merged.lastUpdated }, context.run.signal);
  if (!rollback) return [];
  const vanished = rollback.vanished.length > 0 ? `versions vanished: ${rollback.vanished.slice(0, 10).join(', ')}` : '';
  const older = rollback.older ? 'its date is older than what was seen before' : '';
  const message = `metadata went back in time: ${[vanished, older].filter(Boolean).join('; ')}`;
  const [group = '', artifact = ''] = subject.split(':');
  if (context.run.lock?.refusesRollback(group, artifact)) {
    throw new ClojarsFetchError('ERR_LOCKFILE', {
      reason: 'metadata-rollback',
      coordinate: subject,
      message: `${subject}: ${message}; nothing is locked by that`,
      hint: `Somebody may be holding newer versions back. If they were withdrawn, say so: \`clojars-fetch lock --update ${group}/${artifact}\`.`,
    });
  }
  context.run.emit({ type: 'warning', warning: 'metadata-rollback', message: `${subject}: ${message}` });
  return [message];
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
