/** Fetches the files of a lockfile, each from the repository that it was locked from. */
import { Gate } from '../../../base/async/gate.js';
import { ClojarsFetchError } from '../../../base/error.js';
import type { LockedFile } from '../../../local/lockfile/lockfile.js';
import { missingLockfile, readLockfile } from '../../../local/lockfile/open.js';
import { parseArtifactPath } from '../../../maven/coordinate/path.js';
import type { FileAddress } from '../files/file-download.js';
import type { Prefetched } from './prefetched.js';

const mostAtOnce = 128;

/** Fetches a file from one repository, or from whichever has it. */
export type FetchLocked = (address: FileAddress, repository: string | null) => Promise<unknown>;

export interface LockedFilesOptions {
  readonly fetch: FetchLocked;
  /** Ids of the repositories that the proxy serves. */
  readonly repositories: readonly string[];
  readonly prefetched: Prefetched;
  readonly signal: AbortSignal;
}

/**
 * Fetches them all. A file that fails is noted.
 * @param lockfile its pins must be in effect
 * @throws ClojarsFetchError ERR_LOCKFILE, `malformed`; ERR_CONFIG
 */
export async function fetchLockedFiles(lockfile: string, { fetch, repositories, prefetched, signal }: LockedFilesOptions): Promise<void> {
  const lock = await readLockfile(lockfile);
  if (lock === null) throw missingLockfile(lockfile);
  const gate = new Gate(mostAtOnce);
  const fetchOne = async ({ path, repository }: LockedFile): Promise<void> => {
    const coordinate = parseArtifactPath(path);
    if (coordinate === null) return;
    if (repository !== null && !repositories.includes(repository)) throw notServed(repository, path, lockfile);
    await fetch({ path, coordinate }, repository);
  };
  await Promise.all(lock.files.map((file) => gate.run(() => fetchOne(file), signal).catch((error: unknown) => prefetched.failed(error))));
}

function notServed(repository: string, path: string, lockfile: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    path: lockfile,
    message: `${lockfile}: ${path} is locked from the repository ${repository}, which the proxy does not have`,
    hint: `Add it with --repo ${repository}=URL, or in the configuration of the proxy.`,
  });
}
