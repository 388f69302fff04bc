/**
 * A file that is not here: race -> verify -> place.
 *
 * Repositories are used in order and the earliest that has the file wins; a later one's answer counts only after
 * every earlier one's 'not here', or where something other than the later one itself says that the file lives there.
 * Whether it is asked ahead of time: inquiry.ts.
 */
import { type Attempt, ClojarsFetchError } from '../../base/error.js';
import { isCompared } from '../../network/mirrors/comparison.js';
import type { Health } from '../../network/mirrors/health.js';
import { mayPassOver, type RepositoryCandidate, verifyNotBlocked } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { type Context, withRun } from '../context.js';
import { fetchFile } from '../download/fetch-file.js';
import type { FetchResult } from '../download/file-request.js';
import { reviewerFor } from '../signature/signature-subject.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { compareFile, type UsedFile, warnOfConfusion } from './compare-file.js';
import { absent, failureFor, unreachable } from './failure.js';
import { createInquiries, isDown } from './inquiry.js';
import { placeFile } from './place-file.js';

/** Fetches, verifies and places. Errors as resolveFile. The caller holds the lock of the path. */
export async function fromRepositories(
  context: Context,
  subject: WantedFile,
  candidates: readonly RepositoryCandidate[],
): Promise<ResolvedFile> {
  const { path, coordinate } = subject;
  if (candidates.length === 0) throw absent([], path, coordinate, []);
  const attempts: Attempt[] = [];
  const passed: { repository: Repository; error: ClojarsFetchError }[] = [];
  const recorded = await recordedIds(context, path);
  const firstSeen = await context.store.firstSeen.check(path);
  const locked = context.run.lock?.file(path)?.repository ?? null;
  const { health } = await context.network.open();
  const ordered = arrange(context, subject, candidates, health);
  const comesBefore = (earlier: Repository, later: Repository): boolean =>
    candidates.findIndex(({ repository }) => repository === earlier) < candidates.findIndex(({ repository }) => repository === later);
  const canPass = (earlier: Repository, { repository, bound }: RepositoryCandidate): boolean =>
    !comesBefore(earlier, repository) ||
    mayPassOver(earlier, repository, { bound, lockfile: locked, recorded, firstSeen: firstSeen?.repository ?? null });
  const inquiries = createInquiries({
    ordered,
    health,
    signal: context.run.signal,
    canPass,
    ask: ({ repository, bound }, position, emit, ownSignal) => {
      const eager = position === ordered.length - 1 || bound || context.route.groupHomes.get(subject.group) === repository.id;
      return fetchFrom(withRun(context, { emit, signal: ownSignal }), subject, repository, eager);
    },
    emit: context.run.emit,
    ahead: context.route.prefetching,
  });
  let used: (UsedFile & { readonly sha256: string | undefined; readonly position: number }) | null = null;
  try {
    for (const [index, candidate] of ordered.entries()) {
      const { repository } = candidate;
      verifyNotBlocked(repository);
      const blocking = passed.find((earlier) => !canPass(earlier.repository, candidate));
      if (blocking) throw passedOverError(blocking.repository, repository, subject, blocking.error);
      const result = await inquiries.answerOf(index);
      if (result === 'silent') {
        const error = unreachable([repository], coordinate, [], 'timeout');
        context.run.emit({
          type: 'warning',
          warning: 'repository-passed-over',
          message: `${repository.id} is silent and was passed over for ${coordinate}`,
          path,
        });
        passed.push({ repository, error });
        continue;
      }
      if (result.kind === 'fetched') {
        context.route.groupHomes.set(subject.group, repository.id);
        const { sha1 = '', sha256 } = result.file.digests;
        used = { repository, sha1, sha256, position: index };
        if (subject.isStillWanted !== undefined && !(await subject.isStillWanted())) {
          await result.file.temporary.discard();
          throw new ClojarsFetchError('ERR_ABORTED', { reason: 'unwanted', coordinate, message: `${coordinate} is not needed after all` });
        }
        return await placeFile(context, subject, repository, result.file);
      }
      attempts.push(...result.attempts);
      const error = failureFor(repository, path, coordinate, result);
      if (error.code === 'ERR_UNREACHABLE') passed.push({ repository, error });
      else if (error.code !== 'ERR_NOT_FOUND' || error.reason !== 'absent') throw error;
    }
  } finally {
    const unused = await inquiries.close();
    if (used !== null) {
      for (const { repository, sha256 } of unused) {
        if (sha256 !== used.sha256)
          warnOfConfusion(
            context.run,
            subject,
            'sha256',
            { repository: used.repository.id, digest: used.sha256 },
            { repository, digest: sha256 },
          );
      }
      const told = unused.map(({ repository }) => repository);
      compareWithLater(
        context,
        subject,
        used,
        ordered
          .slice(used.position + 1)
          .map(({ repository }) => repository)
          .filter(({ id }) => !told.includes(id)),
      );
    }
  }
  const first = passed[0];
  if (first) {
    if (ordered.length === 1) throw first.error;
    throw unreachable(
      passed.map(({ repository }) => repository),
      coordinate,
      attempts,
      first.error.attempts.find(({ outcome }) => outcome !== 'not-found')?.outcome ?? 'timeout',
    );
  }
  throw absent(
    ordered.map(({ repository }) => repository),
    path,
    coordinate,
    attempts,
  );
}

/** A pin says already which file it is. */
function compareWithLater(context: Context, subject: WantedFile, used: UsedFile, later: readonly Repository[]): void {
  const { comparisons } = context.run;
  if (comparisons === null || used.sha1 === '' || subject.pin !== null) return;
  for (const other of later) {
    if (isCompared(used.repository, other, comparisons.mode))
      comparisons.begin((signal) => compareFile(context, subject, used, other, comparisons, signal));
  }
}

async function fetchFrom(context: Context, subject: WantedFile, repository: Repository, eager: boolean): Promise<FetchResult> {
  const { emit, signal } = context.run;
  const network = await context.network.open();
  const firstSeen = subject.snapshot ? null : await context.store.firstSeen.check(subject.path);
  const { policy, pin } = subject;
  // An inquiry that asks ahead counts attempts at the file itself: those at its signature are told past it.
  const signatures = reviewerFor(context, subject, { repository });
  return fetchFile(network, {
    repository,
    path: subject.path,
    coordinate: subject.coordinate,
    signatures,
    maxBytes: subject.maxBytes,
    policy,
    pin,
    firstSeen,
    checksumExempt: subject.checksumExempt,
    check: subject.check ?? undefined,
    mayBePage: subject.mayBePage,
    eager,
    createTemporary: () => context.store.local.createTemporary(subject.path),
    signal,
    emit,
  });
}

/**
 * The order to ask in. A repository that already had the group, or one behind an earlier repository whose every
 * origin (of its own operator or listed by the user) is known to be down, comes first where it may be passed over to: Central and Clojars, or a binding.
 * The repository that a lockfile names for the file is asked first: its checksum is pinned, whoever has it.
 */
function arrange(
  context: Context,
  subject: WantedFile,
  candidates: readonly RepositoryCandidate[],
  health: Health,
): readonly RepositoryCandidate[] {
  const home = context.route.groupHomes.get(subject.group);
  const facts = { bound: false, lockfile: null, recorded: [], firstSeen: null };
  const locked = context.run.lock?.file(subject.path)?.repository;
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

async function recordedIds(context: Context, path: string): Promise<readonly string[]> {
  const origins = await context.store.local.origins(path);
  return origins.kind === 'remote' ? origins.repositoryIds : [];
}

function passedOverError(earlier: Repository, later: Repository, subject: WantedFile, cause: ClojarsFetchError): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: cause.reason,
    coordinate: subject.coordinate,
    attempts: cause.attempts,
    cause,
    message: `${subject.coordinate}: ${earlier.id} comes before ${later.id} and cannot be reached; what ${later.id} says is not used, since ${earlier.id} may have the file`,
    hint: `If ${subject.group} belongs to ${later.id}, say so: --repo-for ${subject.group}=${later.id}`,
  });
}
