/**
 * One repository path to one verified file in the local repository: what is there already, else from a repository.
 * Code that a warm call does not need is loaded only then (from-repositories.ts).
 */
import { ClojarsFetchError } from '../error.js';
import { repositoriesFor } from '../repository/order.js';
import type { Level } from '../verification/level.js';
import type { Context } from './context.js';
import { findLocalFile } from './local-file.js';

/** A file wanted, by repository path. */
export interface FileSubject {
  readonly path: string;
  readonly group: string;
  readonly snapshot: boolean;
  /** For messages and errors. */
  readonly coordinate: string;
  readonly maxBytes: number;
  /** Signatures need no checksum of their own. */
  readonly checksumExempt: boolean;
  /** Where a copy of a timestamped snapshot goes: the same file under its base version. */
  readonly basePath?: string;
  /**
   * Why a file that came whole is useless, or null. What no better proof than the serving mirror's own checksum
   * speaks for, and is useless, is not taken: the next mirror is asked.
   */
  readonly check?: FileCheck;
  /** Take a page whose Content-Type does not say so, if it is verified: some repositories have one for a POM. Default false. */
  readonly mayBePage?: boolean;
  /**
   * For a file that is fetched before it is known to be needed. Asked when it is fetched and verified: it is placed if
   * the answer is true, else discarded (ERR_ABORTED, `unwanted`). The answer must come. Not asked for what is there.
   */
  readonly wanted?: () => Promise<boolean>;
}

/** @param sha256 of the bytes, lower-case hex */
export type FileCheck = (bytes: Uint8Array, sha256: string) => string | null;

/** A verified file in the local repository. */
export interface ResolvedFile {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  /** Repository id, null when another tool put the file there and did not say. */
  readonly repository: string | null;
  /** Mirror it came from in this call, null when it was there. */
  readonly mirror: string | null;
  readonly level: Level;
  readonly proofs: readonly string[];
}

/**
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_CHECKSUM, ERR_QUORUM, ERR_OFFLINE, ERR_LOCAL_REPOSITORY, ERR_LIMIT, ERR_CONFIG
 */
export async function resolveFile(context: Context, subject: FileSubject, signal: AbortSignal): Promise<ResolvedFile> {
  const candidates = repositoriesFor(subject.group, subject.snapshot, context.repositories, context.repoFor);
  const here = await findLocalFile(context, subject, candidates, signal);
  if (here) return here;
  if (context.offline) {
    throw new ClojarsFetchError('ERR_OFFLINE', {
      reason: 'absent',
      coordinate: subject.coordinate,
      message: `${subject.coordinate} is not in the local repository, and --offline forbids asking anybody`,
      hint: `Run once without --offline. The file would be ${context.local.file(subject.path)}`,
    });
  }
  const { fromRepositories } = await import('./from-repositories.js');
  const release = await context.local.lock(subject.path, signal);
  try {
    // Another process may have brought it while this one waited for the lock.
    const meanwhile = await findLocalFile(context, subject, candidates, signal);
    if (meanwhile) return meanwhile;
    return await fromRepositories(context, subject, candidates, signal);
  } finally {
    await release();
  }
}
