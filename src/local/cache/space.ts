/** How much a cache may hold. */
import { statfsSync } from 'node:fs';

import { ClojarsFetchError } from '../../base/error.js';

/** Free bytes on the disk of a folder, for a user without privileges; null if the system does not tell. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** Of what the cache has and what is free, this part at most: a full disk stops other programs, too. */
const shareOfDisk = 0.85;

/** The limit that holds now. */
export function effectiveLimit(limitBytes: number, ownBytes: number, free: number | null): number {
  return free === null ? limitBytes : Math.min(limitBytes, Math.floor((ownBytes + free) * shareOfDisk));
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** Writes a size for a person: `1.5 GiB`. */
export function formatSize(bytes: number): string {
  let power = 0;
  let value = bytes;
  while (value >= 1024 && power < units.length - 1) {
    value /= 1024;
    power += 1;
  }
  return `${power === 0 ? value : Number(value.toFixed(value < 10 ? 1 : 0))} ${units[power] ?? 'bytes'}`;
}

/** The error for a file that does not fit. */
export function cacheFull(
  folder: string,
  bytes: number,
  limits: { readonly limit: number; readonly configured: number },
): ClojarsFetchError {
  const { limit, configured } = limits;
  const isDisk = limit < configured;
  const finding =
    bytes > limit
      ? `a file of ${formatSize(bytes)} does not fit into the ${formatSize(limit)} that the cache may hold${isDisk ? ' on this disk' : ''}`
      : `no room for ${formatSize(bytes)} within ${formatSize(limit)}: the other files are in use`;
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'full',
    message: `${folder}: ${finding}`,
    finding,
    hint: isDisk ? 'Free space on this disk, or choose another folder for the cache.' : 'Allow a larger cache with --cache-size.',
    path: folder,
  });
}

/** The error for a limit below the size of a file that may be fetched. */
export function limitTooSmall(limitBytes: number, largestFileBytes: number): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `a cache of ${formatSize(limitBytes)} cannot hold the largest file allowed, ${formatSize(largestFileBytes)}`,
    hint: 'Allow a larger cache with --cache-size, or lower the largest size of a file.',
    setting: 'cacheSize',
  });
}
