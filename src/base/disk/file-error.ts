/** Turns operating-system errors into `ERR_LOCAL_REPOSITORY`, always naming the path. */
import { ClojarsFetchError, isClojarsFetchError } from '../error.js';

/** The `code` of a Node system error (`ENOENT`, …), or null for anything else. */
export function systemErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** Whether the process, or the whole system, has no file descriptor left; also behind an error of this package. */
export function isOutOfDescriptors(error: unknown): boolean {
  const code = systemErrorCode(isClojarsFetchError(error) ? error.cause : error);
  return code === 'EMFILE' || code === 'ENFILE';
}

/** Says what the user can type when no file descriptor is left. */
export const descriptorsHint = 'Raise the limit on open files with `ulimit -n 4096`, or allow fewer connections with --concurrency NUMBER.';

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Codes for a wrong kind of thing at a path: a file in place of a folder, a circle of links. */
const corrupt = new Set(['ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EEXIST', 'ENOTEMPTY', 'EIO', 'EINVAL', 'ENXIO']);

/** Whether the disk or the quota is used up. */
export function isOutOfSpace(error: unknown): boolean {
  const code = systemErrorCode(error);
  return code !== null && full.has(code);
}

interface Explanation {
  readonly reason: 'full' | 'corrupt' | 'unwritable';
  readonly what: string;
  readonly hint: string;
}

function explain(cause: unknown): Explanation {
  const code = systemErrorCode(cause);
  if (isOutOfDescriptors(cause))
    return {
      reason: 'unwritable',
      what: `too many open files (${String(code)})`,
      hint: descriptorsHint,
    };
  if (isOutOfSpace(cause))
    return {
      reason: 'full',
      what: `no space left (${code})`,
      hint: 'Free space on this disk, or choose a folder on another disk.',
    };
  if (code !== null && corrupt.has(code))
    return {
      reason: 'corrupt',
      what: `something else is in this place (${code})`,
      hint: 'Look at this path, and move away anything that does not belong there.',
    };
  return {
    reason: 'unwritable',
    what: `cannot be written (${code ?? String(cause)})`,
    hint: 'Check the owner and the permissions of this folder, or choose another folder.',
  };
}

/**
 * Wraps an error thrown by a file operation. Reasons: `full` (disk or quota), `corrupt` (the wrong kind of thing is at
 * this path), `unwritable` (everything else). Errors of this package pass through as they are.
 */
export function localRepositoryError(cause: unknown, path: string): ClojarsFetchError {
  if (isClojarsFetchError(cause)) return cause;
  const { reason, what, hint } = explain(cause);
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', { reason, message: `${path}: ${what}`, finding: what, hint, path, cause });
}

/** The error for a path that leads where it must not, or holds what it must not. */
export function corruptPath(path: string, what: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'corrupt',
    message: `${path}: ${what}`,
    finding: what,
    hint: 'Remove it if you did not put it there.',
    path,
  });
}
