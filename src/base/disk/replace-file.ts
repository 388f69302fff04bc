/** Replaces a file in one step: a reader sees the old content or the new one, never a part of either. */
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { sweepOnce, temporaryNameFor } from './temporary-name.js';

export interface ReplaceOptions {
  /** Permissions of the new file, before the process's umask. */
  readonly mode: number;
  /** Flush to disk before renaming, so that not even a power cut leaves a partial file. */
  readonly flush: boolean;
}

/** The new file. */
export interface ReplacedFile {
  readonly size: number;
  readonly inode: number;
}

const newFile = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

/**
 * Writes a temporary file into the same folder, which must exist, and renames it. On failure nothing remains, and
 * nothing is wrapped: callers name the file in the words of their own errors.
 * @throws NodeJS.ErrnoException
 */
export async function replaceFile(file: string, content: string | Uint8Array, options: ReplaceOptions): Promise<ReplacedFile> {
  const folder = dirname(file);
  const temporary = join(folder, temporaryNameFor(file));
  try {
    const handle = await open(temporary, newFile, options.mode);
    let stats;
    try {
      await handle.writeFile(content);
      if (options.flush) await handle.sync();
      stats = await handle.stat();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
    await sweepOnce(folder, Date.now());
    return { size: stats.size, inode: stats.ino };
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}
