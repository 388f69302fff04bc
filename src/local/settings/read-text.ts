/** Reads a small text file of the user's. */
import { systemErrorCode } from '../../base/disk/file-error.js';
import { readRegularFile, RefusedFile } from '../../base/disk/regular-file.js';
import { ClojarsFetchError } from '../../base/error.js';

/** Configuration files larger than this are refused. */
export const maxConfigurationBytes = 1024 * 1024;

/**
 * Content of a file, null if it does not exist.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `unreadable`.
 */
export type TextReader = (path: string) => Promise<string | null>;

/** Reads UTF-8 text of at most 1 MiB from a regular file. Synchronous inside: it reads two small files at each start. */
export const readText: TextReader = async (path) => {
  const fail = (problem: string, cause?: unknown): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', { reason: 'unreadable', message: `${path}: ${problem}`, path, cause });
  let bytes: Buffer;
  try {
    bytes = readRegularFile(path, maxConfigurationBytes);
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw fail(problemOf(cause), cause);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw fail('is not UTF-8 text', cause);
  }
};

function problemOf(cause: unknown): string {
  if (cause instanceof RefusedFile)
    return cause.problem === 'not-a-file' ? 'is not a file' : `is larger than ${maxConfigurationBytes} bytes`;
  const code = systemErrorCode(cause);
  return code === 'EACCES' || code === 'EPERM' ? 'permission denied' : `cannot be read (${String(code)})`;
}

/** The error for a file that a setting names and that does not exist. */
export function missingFile(path: string, setting: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    message: `${path}: no such file`,
    path,
    setting,
    hint: 'Check the name: a file that you name must exist.',
  });
}
