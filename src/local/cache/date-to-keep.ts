/** Chooses the date of the last change that the cache records of a file. Pure. */
import type { CachedFile } from './file-cache.js';
import type { FileRecord } from './file-record.js';

/**
 * Returns the date for a file that takes the place of what was recorded; null if the time of its arrival counts. It never goes back, and
 * other bytes never get a date that the earlier ones had: mirrors differ in their dates, and a client that asks with the earlier date would
 * hear that nothing has changed.
 */
export function dateToKeep(
  { sha256, lastModifiedMs }: Pick<CachedFile, 'sha256' | 'lastModifiedMs'>,
  earlier: Pick<FileRecord, 'sha256' | 'lastModifiedMs' | 'mtimeMs'> | null,
): number | null {
  if (earlier === null) return lastModifiedMs;
  const earlierMs = earlier.lastModifiedMs ?? earlier.mtimeMs;
  const isSame = earlier.sha256 === sha256;
  // HTTP dates have no fractions.
  const leastMs = isSame ? earlierMs : Math.floor(earlierMs / 1000) * 1000 + 1000;
  if (lastModifiedMs !== null && lastModifiedMs >= leastMs) return lastModifiedMs;
  return isSame ? earlier.lastModifiedMs : null;
}
