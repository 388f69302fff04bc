/** Writes `_remote.repositories`; origin.ts reads it. */
import { basename, dirname, join } from 'node:path';

import { SharedAbort } from '../../base/async/shared-abort.js';
import type { FolderGuard } from '../../base/disk/folder-guard.js';
import { type Locks, shortLockMs } from '../../base/disk/lock.js';
import { writeSmallFile } from '../../base/disk/temporary-file.js';
import { checkRepositoryId } from './layout.js';
import { readTracking, trackingName } from './origin.js';
import { formatProperties } from './properties.js';

export interface OriginWriter {
  /** Adds the line `name>repositoryId=` for an absolute file. Waits until it is written, or until the signal aborts. */
  record(file: string, repositoryId: string, signal: AbortSignal | undefined): Promise<void>;
}

interface Pending {
  readonly keys: Set<string>;
  readonly callers: SharedAbort;
  readonly written: Promise<void>;
}

/**
 * Each write merges with the existing lines, under our own lock. Node cannot take Maven's locks, so against Maven only the rename keeps the
 * file whole; a line lost in such a race costs Maven one download. Requests for one folder that arrive while the lock is awaited are
 * written together. Not flushed to disk: Maven does not flush it either, and an empty file means unlisted.
 */
export function createOriginWriter(root: string, folders: FolderGuard, locks: Locks, now: () => Date): OriginWriter {
  const waiting = new Map<string, Pending>();

  const write = async (folder: string, keys: ReadonlySet<string>, signal: AbortSignal): Promise<void> => {
    const tracking = join(folder, trackingName);
    const release = await locks.lock(tracking, signal, shortLockMs);
    // Later requests must start a round of their own.
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
    record(file, repositoryId, signal) {
      const folder = dirname(file);
      const key = `${basename(file)}>${checkRepositoryId(repositoryId)}`;
      const pending = waiting.get(folder);
      if (pending !== undefined && !pending.callers.signal.aborted) {
        pending.keys.add(key);
        return pending.callers.follow(pending.written, signal);
      }
      const keys = new Set([key]);
      const callers = new SharedAbort();
      const written = folders
        .ensure(folder)
        .then(() => write(folder, keys, callers.signal))
        .catch((error: unknown) => {
          if (waiting.get(folder)?.keys === keys) waiting.delete(folder);
          throw error;
        });
      waiting.set(folder, { keys, callers, written });
      return callers.follow(written, signal);
    },
  };
}
