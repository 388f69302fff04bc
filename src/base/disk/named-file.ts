/** Reads files that the user names: regular files only, since a pipe would block the whole process. */
import { ClojarsFetchError } from '../error.js';
import { systemErrorCode } from './file-error.js';
import { readRegularFile, RefusedFile } from './regular-file.js';

/** 256 MiB. Readers have lower limits of their own; this one only keeps a mistaken name from filling the memory. */
const maxBytes = 256 * 1024 * 1024;

/**
 * Reads a whole file.
 * @param what names the file in messages: `the key map`
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unreadable`
 */
export function readNamedFile(file: string, what: string): Buffer {
  try {
    return readRegularFile(file, maxBytes);
  } catch (cause) {
    throw unreadableFile(file, what, cause);
  }
}

/** Does as {@link readNamedFile}, and returns null if the file is missing. */
export function readNamedFileIfPresent(file: string, what: string): Buffer | null {
  try {
    return readRegularFile(file, maxBytes);
  } catch (cause) {
    if (systemErrorCode(cause) === 'ENOENT') return null;
    throw unreadableFile(file, what, cause);
  }
}

/** The error for a file that cannot be read. */
export function unreadableFile(file: string, what: string, cause: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: file,
    cause,
    message: `${file}: cannot read ${what}: ${readProblem(cause)}`,
    hint: 'Check its name and permissions.',
  });
}

/** Says in a few words why a file could not be read. */
export function readProblem(cause: unknown): string {
  if (cause instanceof RefusedFile)
    return cause.problem === 'not-a-file' ? 'it is not a regular file' : `its ${cause.size} bytes are too many`;
  const code = systemErrorCode(cause);
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'no such file';
  return code === 'EACCES' || code === 'EPERM' ? 'permission denied' : (code ?? String(cause));
}
