/** Reads small files of our own places that another program may have replaced. */
import { statSync } from 'node:fs';

import { ClojarsFetchError } from '../error.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';
import { readRegularFile, RefusedFile } from './regular-file.js';

/**
 * Returns the bytes of a file, null if it is missing. Throws `ERR_LIMIT` for a file over `limit` bytes, and
 * `ERR_LOCAL_REPOSITORY` for anything but a regular file.
 */
export function readBounded(file: string, limit: number): Buffer | null {
  try {
    // Most are missing while files are fetched, and an error for each would cost ten times as much as this look.
    if (statSync(file, { throwIfNoEntry: false }) === undefined) return null;
    return readRegularFile(file, limit);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    if (!(error instanceof RefusedFile)) throw localRepositoryError(error, file);
    if (error.problem === 'not-a-file') throw corruptPath(file, 'is not a regular file');
    throw new ClojarsFetchError('ERR_LIMIT', {
      reason: 'too-large',
      message: `${file}: ${error.size} bytes, more than the ${limit} allowed`,
      hint: 'Remove this file: it cannot be genuine.',
      path: file,
    });
  }
}
