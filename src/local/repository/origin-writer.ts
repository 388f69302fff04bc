/** Writing `_remote.repositories`; reading it is origin.ts. */
import { basename, dirname, join } from 'node:path';

import type { FolderGuard } from '../../base/disk/folder-guard.js';
import type { Locks } from '../../base/disk/lock.js';
import { writeSmallFile } from '../../base/disk/temporary-file.js';
import { checkRepositoryId } from './layout.js';
import { readTracking, trackingName } from './origin.js';
import { formatProperties } from './properties.js';

export interface OriginWriter {
  /** Adds the line `name>repositoryId=` for an absolute file. Waits until it is written. */
  record(file: string, repositoryId: string): Promise<void>;
}

interface Pending {
  readonly keys: Set<string>;
  readonly written: Promise<void>;
}

/**
 * Writes merge with what is there, under a lock of ours; against Maven, whose locks Node cannot take, the rename keeps
 * the file whole, and a line lost in such a race costs Maven one download. Requests for one folder that come while the
 * lock is awaited are written together. Not flushed to disk: Maven does not either, and an empty file means unlisted.
 */
export function createOriginWriter(root: string, folders: FolderGuard, locks: Locks, now: () => Date): OriginWriter {
  const waiting = new Map<string, Pending>();

  const write = async (folder: string, keys: ReadonlySet<string>): Promise<void> => {
    const tracking = join(folder, trackingName);
    const release = await locks.lock(tracking);
    // From here on newcomers must make a round of their own.
    waiting.delete(folder);
    try {
      const entries = readTracking(tracking);
      const before = entries.size;
      for (const key of keys) if (!entries.has(key)) entries.set(key, '');
      if (entries.size === before) return;
      const bytes = Buffer.from(formatProperties(entries, now()), 'latin1');
      await writeSmallFile(tracking, bytes, root, folders, { replace: true, flush: false, now: now().getTime() });
    } finally {
      await release();
    }
  };

  return {
    record(file, repositoryId) {
      const folder = dirname(file);
      const key = `${basename(file)}>${checkRepositoryId(repositoryId)}`;
      const pending = waiting.get(folder);
      if (pending !== undefined) {
        pending.keys.add(key);
        return pending.written;
      }
      const keys = new Set([key]);
      const written = folders
        .ensure(folder)
        .then(() => write(folder, keys))
        .catch((error: unknown) => {
          if (waiting.get(folder)?.keys === keys) waiting.delete(folder);
          throw error;
        });
      waiting.set(folder, { keys, written });
      return written;
    },
  };
}
