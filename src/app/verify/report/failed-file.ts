/** Builds the entry of a file whose check threw an error. */
import { systemErrorCode } from '../../../base/disk/file-error.js';
import { RefusedFile } from '../../../base/disk/regular-file.js';
import { type ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import { fileError } from './file-error.js';
import { nothingProven, type VerifiedFile } from './report.js';

/** Errors that do not concern a single file: the configuration is wrong, or the caller ended the run. */
const notAboutTheFile: readonly string[] = ['ERR_ABORTED', 'ERR_CONFIG'];

/** Known facts about the file besides the error. */
export type AboutFile = Pick<VerifiedFile, 'path' | 'coordinate' | 'repository' | 'warnings'> &
  Partial<Pick<VerifiedFile, 'size' | 'sha256' | 'verification'>>;

/** Rethrows an error that is not about the file. */
export function failedFile(error: unknown, about: AboutFile, signal: AbortSignal): VerifiedFile {
  signal.throwIfAborted();
  const { code, reason, message, hint, path, finding } = asFileError(error, about.path);
  return {
    size: null,
    sha256: null,
    verification: nothingProven,
    ...about,
    status: 'failed',
    why: message,
    error: { code, reason, message, hint: hint ?? null, finding: path === about.path ? finding : undefined },
  };
}

function asFileError(error: unknown, path: string): ClojarsFetchError {
  if (isClojarsFetchError(error)) {
    if (notAboutTheFile.includes(error.code)) throw error;
    return error;
  }
  if (error instanceof RefusedFile) return unreadable(path, error.message, 'Name a file, not a pipe or a device.');
  const errno = systemErrorCode(error);
  if (errno === null) throw error;
  return unreadable(
    path,
    errno === 'ENOENT' ? 'disappeared while it was read' : `cannot be read (${errno})`,
    errno === 'EACCES' || errno === 'EPERM' ? 'Check its permissions.' : 'Check the disk, and that no other program writes there.',
  );
}

function unreadable(path: string, finding: string, hint: string): ClojarsFetchError {
  return fileError('ERR_LOCAL_REPOSITORY', 'corrupt', path, finding, hint);
}
