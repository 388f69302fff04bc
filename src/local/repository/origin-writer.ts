/** Writes `_remote.repositories`; origin.ts reads it. */
import { basename, dirname, join } from 'node:path';

import { SharedAbort } from '../../base/async/shared-abort.js';
import { isOutOfDescriptors } from '../../base/disk/file-error.js';
import type { FolderGuard } from '../../base/disk/folder-guard.js';
import { whenDescriptorIsFree } from '../../base/disk/free-descriptor.js';
import { type Locks, shortLockMs } from '../../base/disk/lock.js';
import { writeUnflushed } from '../../base/disk/temporary-file.js';
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
 * file whole; a line lost in such a race costs Maven one download. If the lock is free, as it nearly always is, the line is written at once.
 * If not, requests for one folder that arrive while the lock is awaited are written together. Not flushed to disk: Maven does not flush it
 * either, and an empty file means unlisted.
 */
export function createOriginWriter(root: string, folders: FolderGuard, locks: Locks, now: () => Date): OriginWriter {
  const waiting = new Map<string, Pending>();

  /** The caller holds the lock of the tracking file. */
  const add = (tracking: string, keys: ReadonlySet<string>): void => {
    const entries = readTracking(tracking);
    const before = entries.size;
    for (const key of keys) if (!entries.has(key)) entries.set(key, '');
    if (entries.size === before) return;
    const time = now();
    const bytes = Buffer.from(formatProperties(entries, time), 'latin1');
    writeUnflushed(tracking, bytes, root, folders, { replace: true, now: time.getTime() });
  };

  const addNow = (folder: string, keys: ReadonlySet<string>): boolean => {
    const tracking = join(folder, trackingName);
    try {
      folders.ensure(folder);
      return locks.tryLocked(tracking, () => add(tracking, keys));
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error;
      return false;
    }
  };

  const addInTurn = async (folder: string, keys: ReadonlySet<string>, signal: AbortSignal): Promise<void> => {
    const tracking = join(folder, trackingName);
    folders.ensure(folder);
    const release = await locks.lock(tracking, signal, shortLockMs);
    // Later requests must start a round of their own.
    waiting.delete(folder);
    try {
      await whenDescriptorIsFree(() => add(tracking, keys));
    } finally {
      await release();
    }
  };

  return {
    async record(file, repositoryId, signal) {
      const folder = dirname(file);
      const key = `${basename(file)}>${checkRepositoryId(repositoryId)}`;
      const pending = waiting.get(folder);
      if (pending !== undefined && !pending.callers.signal.aborted) {
        pending.keys.add(key);
        return pending.callers.follow(pending.written, signal);
      }
      const keys = new Set([key]);
      if (addNow(folder, keys)) return;
      const callers = new SharedAbort();
      const written = addInTurn(folder, keys, callers.signal).catch((error: unknown) => {
        if (waiting.get(folder)?.keys === keys) waiting.delete(folder);
        throw error;
      });
      waiting.set(folder, { keys, callers, written });
      return callers.follow(written, signal);
    },
  };
}
