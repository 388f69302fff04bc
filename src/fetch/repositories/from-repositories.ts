/**
 * Fetches a file that is not yet in the local repository: races its mirrors, verifies it, places it.
 *
 * Repositories are used in order, and the earliest that has the file wins. A later one's answer counts only after every earlier one said
 * 'not here', or if evidence besides the later repository places the file there. For repositories that are asked ahead of their turn, see
 * repository-turns.ts.
 */
import { type Attempt, ClojarsFetchError } from '../../base/error.js';
import { isCompared } from '../../network/mirrors/comparison.js';
import type { Health } from '../../network/mirrors/health.js';
import { mayPassOver, type RepositoryCandidate, verifyNotBlocked } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { Context, Store } from '../context.js';
import type { FetchedFile } from '../download/file-request.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { compareFile, type UsedFile, warnOfConfusion } from './compare-file.js';
import { absent, failureFor, unreachable } from './failure.js';
import { placeFile } from './place-file.js';
import { isDown, RepositoryTurns, type UnusedFile } from './repository-turns.js';

/** Fetches, verifies and places the file. Throws as resolveFile. The caller holds the lock of the path. */
export async function fromRepositories(
  context: Context,
  wanted: WantedFile,
  candidates: readonly RepositoryCandidate[],
): Promise<ResolvedFile> {
  const { path, coordinate } = wanted;
  const { network, store, route, run } = context;
  const [first] = candidates;
  if (first === undefined) throw absent([], path, coordinate, []);
  const leave = await network.gate(first.repository.id).enter(run.signal, run.foresight);
  let turns: RepositoryTurns | null = null;
  let used: (UsedFile & { readonly sha256: string | undefined; readonly later: readonly RepositoryCandidate[] }) | null = null;
  try {
    const firstSeen = await store.firstSeen.check(path);
    const opened = await network.open();
    const ordered = arrange(context, wanted, candidates, opened.health);
    const canPass = passingRule(candidates, {
      lockfile: run.lock?.file(path)?.repository ?? null,
      recorded: await recordedIds(store, path),
      firstSeen: firstSeen?.repository ?? null,
    });
    turns = new RepositoryTurns(context, wanted, { ordered, network: opened, firstSeen, canPass });
    const attempts: Attempt[] = [];
    const passed: PassedOver[] = [];
    for (const [position, candidate] of ordered.entries()) {
      const { repository } = candidate;
      verifyNotBlocked(repository);
      const blocking = passed.find((earlier) => !canPass(earlier.repository, candidate));
      if (blocking) throw passedOverError(blocking.repository, repository, wanted, blocking.error);
      const result = await turns.result(position);
      if (result === 'silent') {
        const message = `${repository.id} does not answer and was skipped for ${coordinate}`;
        run.emit({ type: 'warning', warning: 'repository-passed-over', message, path });
        passed.push({ repository, error: unreachable([repository], coordinate, [], 'timeout') });
      } else if (result.kind === 'fetched') {
        leave();
        route.groupHomes.set(wanted.group, repository.id);
        const { sha1 = '', sha256 } = result.file.digests;
        used = { repository, sha1, sha256, later: ordered.slice(position + 1) };
        await discardUnwanted(wanted, result.file);
        return await placeFile(context, wanted, repository, result.file);
      } else {
        attempts.push(...result.attempts);
        const error = failureFor(repository, path, coordinate, result);
        if (error.code === 'ERR_UNREACHABLE') passed.push({ repository, error });
        else if (error.code !== 'ERR_NOT_FOUND' || error.reason !== 'absent') throw error;
      }
    }
    throw noneHasIt(ordered, passed, wanted, attempts);
  } finally {
    leave();
    const unused = (await turns?.close()) ?? [];
    if (used !== null) compareWithLater(context, wanted, used, used.later, unused);
  }
}

/** A repository that could not be reached, and why. */
interface PassedOver {
  readonly repository: Repository;
  readonly error: ClojarsFetchError;
}

/** Whether an answer of the later repository may be used although the earlier one did not answer. */
function passingRule(
  candidates: readonly RepositoryCandidate[],
  facts: Omit<Parameters<typeof mayPassOver>[2], 'bound'>,
): (earlier: Repository, later: RepositoryCandidate) => boolean {
  const place = (repository: Repository): number => candidates.findIndex((candidate) => candidate.repository === repository);
  return (earlier, { repository, bound }) => place(earlier) >= place(repository) || mayPassOver(earlier, repository, { ...facts, bound });
}

async function discardUnwanted({ isStillWanted, coordinate }: WantedFile, { temporary }: FetchedFile): Promise<void> {
  if (isStillWanted === undefined || (await isStillWanted())) return;
  await temporary.discard();
  throw new ClojarsFetchError('ERR_ABORTED', { reason: 'unwanted', coordinate, message: `${coordinate} is not needed after all` });
}

/** Returns the error if no repository has the file: unreachable if one that may have it could not be reached, otherwise absent. */
function noneHasIt(
  ordered: readonly RepositoryCandidate[],
  passed: readonly PassedOver[],
  { path, coordinate }: WantedFile,
  attempts: readonly Attempt[],
): ClojarsFetchError {
  const repositories = ordered.map(({ repository }) => repository);
  const [first] = passed;
  if (first === undefined) return absent(repositories, path, coordinate, attempts);
  if (ordered.length === 1) return first.error;
  const outcome = first.error.attempts.find((attempt) => attempt.outcome !== 'not-found')?.outcome ?? 'timeout';
  const silent = passed.map(({ repository }) => repository);
  return unreachable(silent, coordinate, attempts, outcome);
}

/**
 * Warns of different files under the same name in later repositories. With a pin this is unnecessary: it already identifies the right file.
 */
function compareWithLater(
  context: Context,
  wanted: WantedFile,
  used: UsedFile & { readonly sha256: string | undefined },
  later: readonly RepositoryCandidate[],
  unused: readonly UnusedFile[],
): void {
  const own = { repository: used.repository.id, digest: used.sha256 };
  for (const { repository, sha256 } of unused)
    if (sha256 !== used.sha256) warnOfConfusion(context.run, wanted, 'sha256', own, { repository, digest: sha256 });
  const { comparisons } = context.run;
  if (comparisons === null || used.sha1 === '' || wanted.pin !== null) return;
  const reported = unused.map(({ repository }) => repository);
  for (const { repository } of later) {
    if (!reported.includes(repository.id) && isCompared(used.repository, repository, comparisons.mode))
      comparisons.begin((signal) => compareFile(context, wanted, used, repository, comparisons, signal));
  }
}

/**
 * Returns the order to ask in. A repository moves ahead of the one before it if the other may be skipped for it (Central for Clojars, or a
 * binding), and it had the group before or every origin of the other (except last resorts) is known to be down. The repository that a
 * lockfile names for the file comes first: the checksum is pinned, whichever repository serves it.
 */
function arrange(
  context: Context,
  wanted: WantedFile,
  candidates: readonly RepositoryCandidate[],
  health: Health,
): readonly RepositoryCandidate[] {
  const home = context.route.groupHomes.get(wanted.group);
  const facts = { bound: false, lockfile: null, recorded: [], firstSeen: null };
  const locked = context.run.lock?.file(wanted.path)?.repository;
  const result = [...candidates].sort((a, b) => Number(b.repository.id === locked) - Number(a.repository.id === locked));
  if (result[0]?.repository.id === locked) return result;
  for (let at = 1; at < result.length; at += 1) {
    const later = result[at];
    const earlier = result[at - 1];
    if (!later || !earlier) continue;
    const better = home === later.repository.id || (isDown(earlier.repository, health) && !isDown(later.repository, health));
    if (better && mayPassOver(earlier.repository, later.repository, facts)) {
      result[at - 1] = later;
      result[at] = earlier;
    }
  }
  return result;
}

async function recordedIds({ local }: Store, path: string): Promise<readonly string[]> {
  const origins = await local.origins(path);
  return origins.kind === 'remote' ? origins.repositoryIds : [];
}

function passedOverError(earlier: Repository, later: Repository, wanted: WantedFile, cause: ClojarsFetchError): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: cause.reason,
    coordinate: wanted.coordinate,
    attempts: cause.attempts,
    cause,
    message: `${wanted.coordinate}: ${earlier.id} comes before ${later.id} and cannot be reached; the answer of ${later.id} is not used, since ${earlier.id} may have the file`,
    hint: `If ${wanted.group} belongs to ${later.id}, bind it: --repo-for ${wanted.group}=${later.id}`,
  });
}
