/**
 * Locks between processes, for saving work: ten processes that want the same artifact download it once. Node has no
 * fcntl locks, so a lock is a file that only one process can create. No file's correctness depends on a lock (placing
 * is atomic by itself), so in doubt a lock is broken rather than waited for: a holder whose process is dead, or that
 * gave no sign of life for 30 s, has lost it.
 */
import { createHash } from 'node:crypto';
import { sep } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import { settlesWithin } from '../async/settles-within.js';
import { untilAborted } from '../async/until-aborted.js';
import { ClojarsFetchError } from '../error.js';
import { localRepositoryError } from './file-error.js';
import { whenDescriptorIsFree } from './free-descriptor.js';
import { look } from './holder-file.js';
import { LockOwner } from './lock-owner.js';
import { isStale, recover } from './stale-lock.js';

/** Releases the lock. Never throws; calling it twice does nothing. */
export type Release = () => Promise<void>;

export interface Locks {
  /**
   * Waits for the lock of a name (any string) and takes it. In one process, first come first served.
   *
   * @param withinMs the longest wait; without it, only the signal ends the wait for a holder that stays alive
   * @throws ClojarsFetchError `ERR_ABORTED` when the signal aborts; `ERR_LOCAL_REPOSITORY` when the lock folder cannot be
   * written, or (`locked`) when the lock is not free in time
   */
  lock(name: string, signal?: AbortSignal, withinMs?: number): Promise<Release>;
  /**
   * Does the work under the lock, if that is free at this moment and can be taken without waiting; false if not. Costs no
   * promise: for small files, of which a download writes hundreds.
   */
  tryLocked(name: string, work: () => void): boolean;
  /**
   * Whether a lock that was taken is still this process's: while the process was stopped, another one may have taken it for dead. Costs
   * two calls of the file system, and nothing within a second after the last look.
   */
  isHeld(name: string): boolean;
}

/** The longest wait for a lock that is only held while a small file is written. */
export const shortLockMs = 60_000;

function aborted(signal: AbortSignal, name: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_ABORTED', {
    reason: 'signal',
    message: `aborted while waiting for the lock of ${name}`,
    cause: signal.reason,
  });
}

function throwIfAborted(signal: AbortSignal | undefined, name: string): void {
  if (signal?.aborted === true) throw aborted(signal, name);
}

interface Wanted {
  readonly file: string;
  readonly folder: string;
  /** For messages. */
  readonly name: string;
  readonly signal: AbortSignal | undefined;
  readonly withinMs: number;
}

/** Takes the lock, or returns false if another process or call has it. */
async function take({ file, name, signal }: Wanted, owner: LockOwner): Promise<boolean> {
  try {
    return await whenDescriptorIsFree(() => owner.take(file), signal);
  } catch (error) {
    throwIfAborted(signal, name);
    throw error;
  }
}

async function acquire(wanted: Wanted, owner: LockOwner): Promise<void> {
  const { file, folder, name, signal, withinMs } = wanted;
  const startedMs = performance.now();
  let watched: { text: string; mtimeMs: number; since: number } | null = null;
  while (!(await take(wanted, owner))) {
    throwIfAborted(signal, name);
    if (performance.now() - startedMs > withinMs) throw stillLocked(file, name);
    const seen = look(file);
    if (seen === null) {
      await nextTurn();
      continue;
    }
    if (watched === null || watched.text !== seen.text || watched.mtimeMs !== seen.mtimeMs) {
      watched = { text: seen.text, mtimeMs: seen.mtimeMs, since: performance.now() };
    }
    // The pause follows even then: another process may still be removing the stale lock.
    if (isStale(seen, performance.now() - watched.since)) recover(file, seen, folder);
    try {
      await sleep(10 + Math.random() * 40, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throwIfAborted(signal, name);
      throw error;
    }
  }
}

function stillLocked(file: string, name: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'locked',
    message: `${name}: another process does not release its lock ${file}`,
    hint: 'Wait until the other process has ended. If there is none, delete the lock file.',
    path: file,
  });
}

/** Keeps locks as files in `folder`, which is created when first needed. */
export function createLocks(folder: string): Locks {
  return new FileLocks(folder);
}

class FileLocks implements Locks {
  readonly #folder: string;
  readonly #owner: LockOwner;
  /** The last of the calls that wait for a lock or hold it, by its file. */
  readonly #queues = new Map<string, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#owner = new LockOwner(folder);
  }

  async lock(name: string, signal?: AbortSignal, withinMs = Number.POSITIVE_INFINITY): Promise<Release> {
    throwIfAborted(signal, name);
    const file = this.#fileOf(name);
    const before = this.#queues.get(file);
    let leave: () => void = () => undefined;
    const mine = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const tail = before === undefined ? mine : before.then(() => mine);
    this.#queues.set(file, tail);
    const done = (): void => {
      leave();
      if (this.#queues.get(file) === tail) this.#queues.delete(file);
    };
    try {
      if (before !== undefined) await inTurn(before, file, name, signal, withinMs);
      if (!this.#owner.takeNow(file)) await acquire({ file, folder: this.#folder, name, signal, withinMs }, this.#owner);
    } catch (error) {
      done();
      this.#owner.leave(null);
      throw localRepositoryError(error, file);
    }
    let isReleased = false;
    return () => {
      if (!isReleased) this.#owner.release(file);
      isReleased = true;
      done();
      return Promise.resolve();
    };
  }

  tryLocked(name: string, work: () => void): boolean {
    const file = this.#fileOf(name);
    return !this.#queues.has(file) && this.#owner.hold(file, work);
  }

  isHeld(name: string): boolean {
    return this.#owner.isHeld(this.#fileOf(name));
  }

  #fileOf(name: string): string {
    return `${this.#folder}${sep}${createHash('sha256').update(name).digest('hex').slice(0, 40)}.lock`;
  }
}

/** Waits for the earlier calls of this process. */
async function inTurn(turn: Promise<void>, file: string, name: string, signal: AbortSignal | undefined, withinMs: number): Promise<void> {
  try {
    if (!Number.isFinite(withinMs)) await untilAborted(turn, signal);
    else if (!(await untilAborted(settlesWithin(turn, withinMs), signal))) throw stillLocked(file, name);
  } catch (error) {
    throwIfAborted(signal, name);
    throw error;
  }
}
