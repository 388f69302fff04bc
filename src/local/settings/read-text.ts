/** Reads a small text file of the user's. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';

/** Configuration files larger than this are refused. */
export const maxConfigurationBytes = 1024 * 1024;

/**
 * Content of a file, null if it does not exist.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `unreadable`.
 */
export type TextReader = (path: string) => Promise<string | null>;

const nonBlockingRead = constants.O_RDONLY | constants.O_NONBLOCK;

/** Reads UTF-8 text of at most 1 MiB from a regular file. Synchronous inside: it reads two small files at each start. */
export const readText: TextReader = async (path) => {
  const fail = (problem: string, cause?: unknown): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', { reason: 'unreadable', message: `${path}: ${problem}`, path, cause });
  let descriptor: number;
  try {
    // Without O_NONBLOCK, opening a named pipe without a writer waits forever.
    descriptor = openSync(path, process.platform === 'win32' ? 'r' : nonBlockingRead);
  } catch (cause) {
    const code = systemErrorCode(cause);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw fail(code === 'EACCES' || code === 'EPERM' ? 'permission denied' : `cannot be read (${String(code)})`, cause);
  }
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw fail('is not a file');
    if (stat.size > maxConfigurationBytes) throw fail(`is larger than ${maxConfigurationBytes} bytes`);
    // One byte more than allowed, to notice a file that grew meanwhile.
    const bytes = new Uint8Array(maxConfigurationBytes + 1);
    let length = 0;
    for (;;) {
      const bytesRead = readSync(descriptor, bytes, length, bytes.length - length, null);
      if (bytesRead === 0) break;
      length += bytesRead;
      if (length > maxConfigurationBytes) throw fail(`is larger than ${maxConfigurationBytes} bytes`);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length));
    } catch (cause) {
      throw fail('is not UTF-8 text', cause);
    }
  } catch (cause) {
    if (isClojarsFetchError(cause)) throw cause;
    throw fail('cannot be read', cause);
  } finally {
    closeSync(descriptor);
  }
};

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
