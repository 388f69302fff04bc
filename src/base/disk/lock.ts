/**
 * Locks between processes, for saving work: ten processes that want the same artifact download it once. Node has no
 * fcntl locks, so a lock is a file that only one process can create. No file's correctness depends on a lock (placing
 * is atomic by itself), so in doubt a lock is broken rather than waited for: a holder whose process is dead, or that
 * gave no sign of life for 30 s, has lost it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, linkSync, lstatSync, openSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { link, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import { settlesWithin } from '../async/settles-within.js';
import { untilAborted } from '../async/until-aborted.js';
import { ClojarsFetchError } from '../error.js';
import { corruptPath, isOutOfDescriptors, localRepositoryError, systemErrorCode } from './file-error.js';
import { whenDescriptorIsFree } from './free-descriptor.js';
import { hostIdentity, isProcessAlive } from './process-identity.js';
import { readBounded } from './read-bounded.js';

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
}

/** The longest wait for a lock that is only held while a small file is written. */
export const shortLockMs = 60_000;

const heartbeatMs = 10_000;
const staleMs = 30_000;
/** A lock file without content is still being written, or its writer was killed. */
const emptyStaleMs = 5_000;
/** Our own lock files have a few hundred bytes. */
const maxLockBytes = 64 * 1024;

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

function parseHolder(text: string): Holder | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    if (!('pid' in value) || typeof value.pid !== 'number') return null;
    if (!('host' in value) || typeof value.host !== 'string') return null;
    // It becomes part of a file name.
    if (!('token' in value) || typeof value.token !== 'string' || !/^[0-9a-f]{1,64}$/.test(value.token)) return null;
    return { pid: value.pid, host: value.host, token: value.token };
  } catch {
    return null;
  }
}

interface Seen {
  readonly holder: Holder | null;
  readonly mtimeMs: number;
  readonly text: string;
}

/**
 * Describes the lock file, null if it is gone. A symbolic link names no holder, wherever it leads: it is found stale, and
 * the link itself is removed. Throws for a folder, a pipe or a device.
 */
function look(file: string): Seen | null {
  const stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return null;
  if (stats.isSymbolicLink()) return { holder: null, mtimeMs: stats.mtimeMs, text: '' };
  if (!stats.isFile()) throw corruptPath(file, 'is not a regular file');
  const bytes = readBounded(file, maxLockBytes);
  if (bytes === null) return null;
  const text = bytes.toString('utf8');
  return { holder: parseHolder(text), mtimeMs: stats.mtimeMs, text };
}

/**
 * Whether the holder has lost the lock. Times of other hosts are not compared with our clock, and a time ahead of it
 * proves nothing: then only the time counts for which the lock was watched without a sign of life.
 */
function isStale({ holder, mtimeMs }: Seen, unchangedMs: number): boolean {
  if (holder === null) return unchangedMs > emptyStaleMs;
  if (unchangedMs > staleMs) return true;
  return holder.host === hostIdentity() && (!isProcessAlive(holder.pid) || Date.now() - mtimeMs > staleMs);
}

/**
 * Removes a stale lock. Two processes that find the same stale lock must not both remove it: the slower one would remove
 * the lock that the quicker one has just taken. So removal has its own guard, looks again under it, and moves the file
 * aside to see which file it really removed; a live lock moved by mistake is linked back.
 */
async function recover(file: string, stale: Seen, folder: string): Promise<void> {
  const guard = `${file}.recover`;
  try {
    await (await open(guard, 'wx')).close();
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    const age = await stat(guard).then(
      (stats) => Date.now() - stats.mtimeMs,
      () => 0,
    );
    // A guard is held for milliseconds: a time that far ahead was not written by its holder.
    if (Math.abs(age) > staleMs) await rm(guard, { force: true });
    return;
  }
  try {
    const again = look(file);
    if (again === null || again.text !== stale.text || again.mtimeMs !== stale.mtimeMs) return;
    const aside = join(folder, `${randomBytes(8).toString('hex')}.stale`);
    await rename(file, aside);
    if (look(aside)?.text !== stale.text) await link(aside, file).catch(() => undefined);
    await rm(aside, { force: true });
    if (stale.holder !== null) await rm(join(folder, ownerName(stale.holder.token)), { force: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  } finally {
    await rm(guard, { force: true });
  }
}

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

/** Creates the file; false if that does not succeed at once, for whatever reason. */
function createNow(file: string, content: string): boolean {
  try {
    create(file, content);
    return true;
  } catch {
    return false;
  }
}

/** Synchronous, so that the file is without content for as short a time as possible. */
function create(file: string, content: string): void {
  const descriptor = openSync(file, 'wx', 0o644);
  try {
    writeSync(descriptor, content);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

/** Creates the file, and its folder if it is missing; false if it exists already. */
async function tryCreate(file: string, folder: string, content: string): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    try {
      create(file, content);
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EEXIST') return false;
      // Windows reports a file that is just being deleted this way.
      if (process.platform === 'win32' && code === 'EPERM' && attempt < 20) {
        await sleep(10);
        continue;
      }
      if (code !== 'ENOENT' || attempt > 0) throw error;
      await mkdir(folder, { recursive: true });
    }
  }
}

/**
 * The file that names this process as the holder of its locks in one folder. Each lock is a hard link to it: a link
 * costs a tenth of creating a file (hundreds are taken at once), has its content from the first moment, and lets one
 * heartbeat serve all. On file systems without hard links, a lock is a file of its own with the same content.
 */
class Owner {
  readonly content: string;
  readonly #folder: string;
  readonly #file: string;
  /** The locks, with the inode of each that is a file of its own. */
  readonly #held = new Map<string, number | null>();
  #takers = 0;
  #hasFile = false;
  /** While the file is being created. */
  #creation: Promise<void> | null = null;
  #canLink = true;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    const token = randomBytes(12).toString('hex');
    this.content = JSON.stringify({ pid: process.pid, host: hostIdentity(), token, started: new Date().toISOString() });
    this.#folder = folder;
    this.#file = join(folder, ownerName(token));
  }

  /** Takes the lock, or returns false if another process or call has it. */
  async take(file: string): Promise<boolean> {
    this.#takers += 1;
    try {
      const linked = await this.#tryLink(file);
      const taken = linked ?? (await tryCreate(file, this.#folder, this.content));
      if (!taken) return false;
      this.#held.set(file, linked === null ? (lstatSync(file, { throwIfNoEntry: false })?.ino ?? null) : null);
      this.#heartbeat ??= setInterval(() => this.#beat(), heartbeatMs).unref();
      return true;
    } finally {
      this.#takers -= 1;
    }
  }

  /**
   * Does the work under the lock; false if that cannot be taken at once. No other process takes the lock for stale in so
   * short a time. For one lock alone, a file is cheaper than a file and a link to it.
   */
  hold(file: string, work: () => void): boolean {
    const isTaken = this.#hasFile && this.#canLink ? this.#link(file) : createNow(file, this.content);
    if (isTaken !== true) return false;
    try {
      work();
    } finally {
      unlinkSync(file);
    }
    return true;
  }

  /** Removes the lock file of a lock that this process still holds, and forgets the lock. */
  release(file: string): void {
    try {
      if (this.#isOurs(file)) unlinkSync(file);
    } catch {
      // Gone already, or it will be found stale.
    }
    this.leave(file);
  }

  /** Forgets a lock that was released; null for one that could not be taken. */
  leave(file: string | null): void {
    if (file !== null) this.#held.delete(file);
    if (this.#held.size > 0 || this.#takers > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    if (!this.#hasFile) return;
    this.#hasFile = false;
    try {
      unlinkSync(this.#file);
    } catch {
      // Gone already.
    }
  }

  /** Null if the file system of this folder has no hard links. */
  async #tryLink(file: string): Promise<boolean | null> {
    for (let attempt = 0; this.#canLink && attempt < 2; attempt++) {
      if (!this.#hasFile) await this.#createFile();
      if (!this.#hasFile) break;
      const linked = this.#link(file);
      if (linked !== null) return linked;
    }
    return null;
  }

  /** Creates the file once for all calls that need it at the same time: hundreds of locks are taken at once. */
  #createFile(): Promise<void> {
    this.#creation ??= tryCreate(this.#file, this.#folder, this.content)
      .then((isCreated) => {
        this.#hasFile = isCreated;
      })
      .finally(() => {
        this.#creation = null;
      });
    return this.#creation;
  }

  /** Null if there is no file to link to, or the file system has no hard links. */
  #link(file: string): boolean | null {
    try {
      linkSync(this.#file, file);
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EEXIST') return false;
      // ENOENT: another process removed the folder, or our file in it.
      if (code === 'ENOENT') this.#hasFile = false;
      else this.#canLink = false;
      return null;
    }
  }

  /** Whether the lock is still this process's: it may have been taken for stale (a suspended laptop) and belong to another. */
  #isOurs(file: string): boolean {
    const inode = lstatSync(file, { throwIfNoEntry: false })?.ino;
    // A link to the file of this process, which exists, so that no other file can have its inode.
    if (inode !== undefined && this.#hasFile && inode === lstatSync(this.#file, { throwIfNoEntry: false })?.ino) return true;
    try {
      return readBounded(file, maxLockBytes)?.toString('utf8') === this.content;
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error;
      return inode !== undefined && inode === this.#held.get(file);
    }
  }

  #beat(): void {
    const now = new Date();
    for (const file of this.#held.keys()) utimes(file, now, now).catch(() => undefined);
  }
}

/** The file next to the locks that the locks of one process are links to. */
function ownerName(token: string): string {
  return `${token}.owner`;
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
async function take({ file, name, signal }: Wanted, owner: Owner): Promise<boolean> {
  try {
    return await whenDescriptorIsFree(() => owner.take(file), signal);
  } catch (error) {
    throwIfAborted(signal, name);
    throw error;
  }
}

async function acquire(wanted: Wanted, owner: Owner): Promise<void> {
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
    if (isStale(seen, performance.now() - watched.since)) await recover(file, seen, folder);
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
  readonly #owner: Owner;
  /** The last of the calls that wait for a lock or hold it, by its file. */
  readonly #queues = new Map<string, Promise<void>>();

  constructor(folder: string) {
    this.#folder = folder;
    this.#owner = new Owner(folder);
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
      await acquire({ file, folder: this.#folder, name, signal, withinMs }, this.#owner);
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

  #fileOf(name: string): string {
    return join(this.#folder, `${createHash('sha256').update(name).digest('hex').slice(0, 40)}.lock`);
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
