/**
 * Resolves one repository path to one verified file in the local repository. Code that a warm call does not need is loaded only
 * when a file has to be fetched (from-repositories.ts).
 */
import { ClojarsFetchError } from '../../base/error.js';
import type { LockedFile } from '../../local/lockfile/lockfile.js';
import type { LockView } from '../../local/lockfile/view.js';
import { repositoriesFor, type RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Context } from '../context.js';
import { findLocalFile, recallLocalFile } from '../local/local-file.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';

/**
 * Returns the file from the local repository if it is there; otherwise fetches, verifies and places it. With a lockfile, compares the
 * result with its entry, and records it while a lockfile is being made.
 *
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_CHECKSUM, ERR_QUORUM, ERR_LOCKFILE, ERR_OFFLINE, ERR_LOCAL_REPOSITORY,
 * ERR_LIMIT, ERR_CONFIG
 */
export async function resolveFile(context: Context, wanted: WantedFile): Promise<ResolvedFile> {
  const { route, run } = context;
  const entry = run.lock && lockedEntry(run.lock, wanted);
  const candidates = repositoriesFor(wanted.group, wanted.snapshot, route.repositories, route.repoFor);
  const found = (await findLocalFile(context, wanted, candidates)) ?? (await fetchLocked(context, wanted, candidates));
  return checkLocked(run.lock, entry, wanted, found);
}

/**
 * Returns the file if it is in the local repository and nothing must be awaited to know that it is right; otherwise null:
 * {@link resolveFile} finds it, or finds out why not.
 */
export function recallFile(context: Context, wanted: WantedFile): ResolvedFile | null {
  const { route, run } = context;
  // A lockfile may refuse or record the file.
  if (run.lock !== null) return null;
  return recallLocalFile(context, wanted, repositoriesFor(wanted.group, wanted.snapshot, route.repositories, route.repoFor));
}

/** Takes the lock of the path, and fetches. In short functions, so that V8 does not optimize them (see RepositorySearch). */
async function fetchLocked(context: Context, wanted: WantedFile, candidates: readonly RepositoryCandidate[]): Promise<ResolvedFile> {
  const { store, run } = context;
  if (run.offline) throw offlineError(store.local.file(wanted.path), wanted.coordinate);
  const release = await store.local.lock(wanted.path, run.signal);
  try {
    return await fetchUnlessThere(context, wanted, candidates);
  } finally {
    await release();
  }
}

/** Looks first: another process may have fetched it while this one waited for the lock. */
async function fetchUnlessThere(context: Context, wanted: WantedFile, candidates: readonly RepositoryCandidate[]): Promise<ResolvedFile> {
  const found = await findLocalFile(context, wanted, candidates);
  if (found !== null) return found;
  const { fromRepositories } = (network ??= await import('../repositories/from-repositories.js'));
  return fromRepositories(context, wanted, candidates);
}

/** Kept, since each `import()` takes a turn through Node's loader. */
let network: typeof import('../repositories/from-repositories.js') | undefined;

function offlineError(file: string, coordinate: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_OFFLINE', {
    reason: 'absent',
    coordinate,
    message: `${coordinate} is not in the local repository, and --offline forbids all requests`,
    hint: `Run once without --offline. The file would be ${file}.`,
  });
}

/** Returns the lockfile's entry for the file; null if it has none. Throws if a frozen lockfile has none. */
function lockedEntry(lock: LockView, { path, coordinate }: WantedFile): LockedFile | null {
  const entry = lock.file(path);
  if (entry !== null || !lock.frozen) return entry;
  if (!lock.isAbsent(path)) throw lock.refusal(coordinate, path);
  throw new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate,
    message: `${coordinate} was not in any repository when ${lock.source} was written (${path})`,
    hint: 'If a repository has it now, run `clojars-fetch lock`.',
  });
}

/** Compares the file with its entry, and records it if a lockfile is being made. */
function checkLocked(lock: LockView | null, entry: LockedFile | null, { path, coordinate }: WantedFile, found: ResolvedFile): ResolvedFile {
  // The pin was checked with the file, unless a trusted-checksum file took precedence.
  if (lock !== null && entry !== null && entry.sha256 !== found.sha256) {
    throw new ClojarsFetchError('ERR_LOCKFILE', {
      reason: 'mismatch',
      coordinate,
      path: found.file,
      message: `${path}: ${lock.source} pins sha256 ${entry.sha256}, the file has ${found.sha256}`,
      hint: 'Find out which is right before you use it.',
    });
  }
  lock?.recorder?.resolved(found);
  return found;
}
