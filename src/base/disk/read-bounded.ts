/**
 * Reading small files that somebody else may have put there. What is no regular file is refused unread: a pipe never
 * ends, and a device fills the memory.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

import { ClojarsFetchError } from '../error.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';

/** Without O_NONBLOCK, opening a pipe waits for somebody to write into it. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Null where there is none. Throws `ERR_LIMIT` for a file over `limit` bytes, `ERR_LOCAL_REPOSITORY` for what is no regular file. */
export async function readBounded(file: string, limit: number): Promise<Buffer | null> {
  try {
    const handle = await open(file, flags);
    try {
      const stats = await handle.stat();
      checkRegular(file, stats, limit);
      const bytes = Buffer.allocUnsafe(stats.size);
      const { bytesRead } = await handle.read(bytes, 0, stats.size, 0);
      return bytes.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return absentOrThrow(error, file);
  }
}

/** As {@link readBounded}: for files read on the warm path, where a turn through the thread pool costs more than reading. */
export function readBoundedSync(file: string, limit: number): Buffer | null {
  try {
    const descriptor = openSync(file, flags);
    try {
      const stats = fstatSync(descriptor);
      checkRegular(file, stats, limit);
      const bytes = Buffer.allocUnsafe(stats.size);
      return bytes.subarray(0, readSync(descriptor, bytes, 0, stats.size, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    return absentOrThrow(error, file);
  }
}

function checkRegular(file: string, stats: { readonly size: number; isFile(): boolean }, limit: number): void {
  if (!stats.isFile()) throw corruptPath(file, 'is not a regular file');
  if (stats.size <= limit) return;
  throw new ClojarsFetchError('ERR_LIMIT', {
    reason: 'too-large',
    message: `${file}: ${stats.size} bytes, more than the ${limit} allowed`,
    hint: 'remove this file, it cannot be genuine',
    path: file,
  });
}

function absentOrThrow(error: unknown, file: string): null {
  const code = systemErrorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw localRepositoryError(error, file);
}
