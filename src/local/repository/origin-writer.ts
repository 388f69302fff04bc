/** Writes `_remote.repositories`; origin.ts reads it. */
import { basename, dirname, sep } from 'node:path';

import { Rhythm } from '../../base/async/rhythm.js';
import { SharedAbort } from '../../base/async/shared-abort.js';
import { isOutOfDescriptors } from '../../base/disk/file-error.js';
import type { FolderGuard } from '../../base/disk/folder-guard.js';
import { whenDescriptorIsFree } from '../../base/disk/free-descriptor.js';
import { type Locks, shortLockMs } from '../../base/disk/lock.js';
import { writeUnflushed } from '../../base/disk/temporary-file.js';
import { checkRepositoryId } from './layout.js';
import { readTracking, trackingName } from './origin.js';
import { formatProperties } from './properties.js';

/** An artifact and its POM, which are fetched at the same time, are verified within this many milliseconds of each other. */
const gatherMs = 5;

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
 * file whole; a line lost in such a race costs Maven one download. Requests for one folder that come close together (an artifact and its
 * POM) or while the lock is awaited are written together. Not flushed to disk: Maven does not flush it either, and an empty file means
 * unlisted.
 */
export function createOriginWriter(root: string, folders: FolderGuard, locks: Locks, now: () => Date): OriginWriter {
  return new GatheringWriter(root, folders, locks, now);
}

class GatheringWriter implements OriginWriter {
  /** Requests that are not written yet, by folder. */
  readonly #waiting = new Map<string, Pending>();
  readonly #rhythm = new Rhythm(gatherMs);
  readonly #root: string;
  readonly #folders: FolderGuard;
  readonly #locks: Locks;
  readonly #now: () => Date;

  constructor(root: string, folders: FolderGuard, locks: Locks, now: () => Date) {
    this.#root = root;
    this.#folders = folders;
    this.#locks = locks;
    this.#now = now;
  }

  record(file: string, repositoryId: string, signal: AbortSignal | undefined): Promise<void> {
    const folder = dirname(file);
    const key = `${basename(file)}>${checkRepositoryId(repositoryId)}`;
    const pending = this.#waiting.get(folder);
    if (pending !== undefined && !pending.callers.isAborted) {
      pending.keys.add(key);
      return pending.callers.follow(pending.written, signal);
    }
    const keys = new Set([key]);
    const callers = new SharedAbort();
    const written = this.#write(folder, keys, callers).catch((error: unknown) => {
      if (this.#waiting.get(folder)?.keys === keys) this.#waiting.delete(folder);
      throw error;
    });
    this.#waiting.set(folder, { keys, callers, written });
    return callers.follow(written, signal);
  }

  async #write(folder: string, keys: ReadonlySet<string>, callers: SharedAbort): Promise<void> {
    const tracking = `${folder}${sep}${trackingName}`;
    await this.#rhythm.beat();
    if (this.#addNow(tracking, keys)) {
      this.#waiting.delete(folder);
      return;
    }
    const release = await this.#locks.lock(tracking, callers.signal, shortLockMs);
    // Later requests must start a round of their own.
    this.#waiting.delete(folder);
    try {
      await whenDescriptorIsFree(() => this.#add(tracking, keys));
    } finally {
      await release();
    }
  }

  /** False if the lock is not free at this moment. */
  #addNow(tracking: string, keys: ReadonlySet<string>): boolean {
    try {
      return this.#locks.tryLocked(tracking, () => this.#add(tracking, keys));
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error;
      return false;
    }
  }

  /** The caller holds the lock of the tracking file. */
  #add(tracking: string, keys: ReadonlySet<string>): void {
    const entries = readTracking(tracking);
    const before = entries.size;
    for (const key of keys) if (!entries.has(key)) entries.set(key, '');
    if (entries.size === before) return;
    const time = this.#now();
    const bytes = Buffer.from(formatProperties(entries, time), 'latin1');
    writeUnflushed(tracking, bytes, this.#root, this.#folders, { replace: true, now: time.getTime() });
  }
}
