/** Recognizes a lockfile whatever its name. */
import { openRegularFile } from '../../../base/disk/regular-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import type { KnownTarget } from './target.js';

const firstWord = 'clojars-fetch-lock ';

/** Names that no lockfile has: such a file need not be opened. */
const archiveName = /\.(?:jar|war|aar|zip)(?:\.(?:asc|sig))?$/i;

/** Returns the target as a lockfile if the file begins like one. */
export function recognizeLockfile(target: KnownTarget): KnownTarget {
  if (target.kind !== 'file' || archiveName.test(target.file)) return target;
  return beginningOf(target.file) === firstWord ? { kind: 'lockfile', file: target.file } : target;
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
