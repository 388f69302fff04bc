/** Operating-system errors turned into `ERR_LOCAL_REPOSITORY`, always naming the path. */
import { ClojarsFetchError, isClojarsFetchError } from '../error.js';

/** The `code` of a Node system error (`ENOENT`, …), or null for anything else. */
export function systemErrorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Something stands where something else should be: a file in place of a folder, a circle of links. */
const corrupt = new Set(['ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EEXIST', 'ENOTEMPTY', 'EIO', 'EINVAL']);

/**
 * Wraps what a file operation threw. Reasons: `full` (disk or quota), `corrupt` (the wrong kind of thing is at this
 * place), `unwritable` (all else). Errors of this package pass through as they are.
 */
export function localRepositoryError(cause: unknown, path: string): ClojarsFetchError {
  if (isClojarsFetchError(cause)) return cause;
  const code = systemErrorCode(cause);
  if (code !== null && full.has(code)) {
    return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
      reason: 'full',
      message: `${path}: no space left (${code})`,
      hint: 'free space on this disk, or choose another local repository',
      path,
      cause,
    });
  }
  if (code !== null && corrupt.has(code)) {
    return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
      reason: 'corrupt',
      message: `${path}: something else is in this place (${code})`,
      hint: 'look at this path and move away what does not belong there',
      path,
      cause,
    });
  }
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'unwritable',
    message: `${path}: cannot be written (${code ?? String(cause)})`,
    hint: 'check the owner and the permissions of this folder, or choose another local repository',
    path,
    cause,
  });
}

/** A place that leads where it must not, or holds what it must not. */
export function corruptPath(path: string, what: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'corrupt',
    message: `${path}: ${what}`,
    hint: 'remove it if you did not put it there',
    path,
  });
}
