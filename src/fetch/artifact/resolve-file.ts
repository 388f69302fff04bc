/**
 * One repository path to one verified file in the local repository: what is there already, else from a repository.
 * Code that a warm call does not need is loaded only then (from-repositories.ts).
 */
import { ClojarsFetchError } from '../../base/error.js';
import type { LockView } from '../../local/lockfile/view.js';
import { repositoriesFor } from '../../network/mirrors/order.js';
import type { Context } from '../context.js';
import { findLocalFile } from '../local/local-file.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';

/**
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_CHECKSUM, ERR_QUORUM, ERR_LOCKFILE, ERR_OFFLINE, ERR_LOCAL_REPOSITORY, ERR_LIMIT, ERR_CONFIG
 */
export async function resolveFile(context: Context, subject: WantedFile): Promise<ResolvedFile> {
  const { lock } = context.run;
  return lock ? resolveLocked(lock, subject, () => find(context, subject)) : find(context, subject);
}

/** Holds what was found against the lockfile, and takes note of it where one is being made. */
async function resolveLocked(
  lock: LockView,
  { path, coordinate }: WantedFile,
  resolve: () => Promise<ResolvedFile>,
): Promise<ResolvedFile> {
  const entry = lock.file(path);
  if (lock.frozen && entry === null) throw lock.isAbsent(path) ? absentAtLocking(lock, path, coordinate) : lock.refusal(coordinate, path);
  const found = await resolve();
  // The pin was checked with the file, unless a trusted-checksum file spoke first.
  if (entry !== null && entry.sha256 !== found.sha256) {
    throw new ClojarsFetchError('ERR_LOCKFILE', {
      reason: 'mismatch',
      coordinate,
      path: found.file,
      message: `${path}: ${lock.source} pins sha256 ${entry.sha256}, the file has ${found.sha256}`,
      hint: 'Find out which is right before you use it.',
    });
  }
  lock.recorder?.resolved(found);
  return found;
}

function absentAtLocking({ source }: LockView, path: string, coordinate: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate,
    message: `${coordinate} was in no repository when ${source} was written (${path})`,
    hint: 'If it is there by now, run `clojars-fetch lock`.',
  });
}

async function find(context: Context, subject: WantedFile): Promise<ResolvedFile> {
  const candidates = repositoriesFor(subject.group, subject.snapshot, context.route.repositories, context.route.repoFor);
  const here = await findLocalFile(context, subject, candidates);
  if (here) return here;
  if (context.run.offline) {
    throw new ClojarsFetchError('ERR_OFFLINE', {
      reason: 'absent',
      coordinate: subject.coordinate,
      message: `${subject.coordinate} is not in the local repository, and --offline forbids asking anybody`,
      hint: `Run once without --offline. The file would be ${context.store.local.file(subject.path)}`,
    });
  }
  const { fromRepositories } = await import('../repositories/from-repositories.js');
  const release = await context.store.local.lock(subject.path, context.run.signal);
  try {
    // Another process may have brought it while this one waited for the lock.
    const meanwhile = await findLocalFile(context, subject, candidates);
    if (meanwhile) return meanwhile;
    return await fromRepositories(context, subject, candidates);
  } finally {
    await release();
  }
}
