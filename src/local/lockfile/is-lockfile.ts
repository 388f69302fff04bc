/** Recognizes a lockfile whatever its name. */
import { openRegularFile } from '../../base/disk/regular-file.js';
import { ClojarsFetchError } from '../../base/error.js';

const firstWord = 'clojars-fetch-lock ';

/**
 * Whether the file begins like a lockfile.
 * @throws ClojarsFetchError `ERR_CONFIG`, `unreadable`
 */
export function isLockfile(file: string): boolean {
  return beginningOf(file) === firstWord;
}

function beginningOf(file: string): string {
  try {
    const open = openRegularFile(file);
    try {
      return open.read(0, firstWord.length).toString('latin1');
    } finally {
      open.close();
    }
  } catch (cause) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      path: file,
      cause,
      message: `${file} cannot be read`,
      hint: 'Check its permissions.',
    });
  }
}
