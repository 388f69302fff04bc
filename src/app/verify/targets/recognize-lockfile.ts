/** Recognizes a lockfile among the targets, whatever its name. */
import { isLockfile } from '../../../local/lockfile/is-lockfile.js';
import type { KnownTarget } from './target.js';

/** Names that no lockfile has: such a file need not be opened. */
const archiveName = /\.(?:jar|war|aar|zip)(?:\.(?:asc|sig))?$/i;

/** Returns the target as a lockfile if the file begins like one. */
export function recognizeLockfile(target: KnownTarget): KnownTarget {
  if (target.kind !== 'file' || archiveName.test(target.file)) return target;
  return isLockfile(target.file) ? { kind: 'lockfile', file: target.file } : target;
}
