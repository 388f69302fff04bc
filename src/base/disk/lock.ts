/**
 * Locks between processes, for saving work: ten processes that want the same artifact download it once. Node has no
 * fcntl locks, so a lock is a file that only one can create. No file's correctness rests on a lock (placing is atomic
 * by itself), so in doubt a lock is given up rather than waited for: a holder whose process is dead, or that gave no
 * sign of life for 30 s, has lost it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, linkSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { link, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { ClojarsFetchError } from '../error.js';
import { localRepositoryError, systemErrorCode } from './file-error.js';
import { hostIdentity, isProcessAlive } from './process-identity.js';
import { readBounded, readBoundedSync } from './read-bounded.js';

/** Gives the lock back. Never throws; calling it twice does nothing. */
export type Release = () => Promise<void>;

export interface Locks {
  /**
   * Waits for the lock of a name (any string) and takes it. In one process, first come first served.
   * Throws `ERR_ABORTED` when the signal fires, `ERR_LOCAL_REPOSITORY` when the lock folder cannot be written.
   */
  lock(name: string, signal?: AbortSignal): Promise<Release>;
}

const heartbeatMs = 10_000;
const staleMs = 30_000;
/** A lock file without content is one being written, or whose writer was killed in between. */
const emptyStaleMs = 5_000;
/** What we write is a few hundred bytes. */
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

async function look(file: string): Promise<Seen | null> {
  try {
    const [bytes, stats] = await Promise.all([readBounded(file, maxLockBytes), stat(file)]);
    if (bytes === null) return null;
    const text = bytes.toString('utf8');
    return { holder: parseHolder(text), mtimeMs: stats.mtimeMs, text };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

/** `unchangedMs`: how long this process has watched the lock without a sign of life (clocks of hosts may differ). */
function isStale(seen: Seen, unchangedMs: number): boolean {
  if (seen.holder === null) return unchangedMs > emptyStaleMs;
  if (seen.holder.host === hostIdentity()) {
    return !isProcessAlive(seen.holder.pid) || Date.now() - seen.mtimeMs > staleMs;
  }
  return unchangedMs > staleMs;
}

/**
 * Removes a stale lock. Two that find the same stale lock must not both remove what they see: the slower would remove
 * the lock that the quicker has just taken. So removal has its own guard, looks again under it, and moves the file
 * aside to see what was really removed; a live lock moved by mistake is linked back.
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
    if (age > staleMs) await rm(guard, { force: true });
    return;
  }
  try {
    const again = await look(file);
    if (again === null || again.text !== stale.text || again.mtimeMs !== stale.mtimeMs) return;
    const aside = join(folder, `${randomBytes(8).toString('hex')}.stale`);
    await rename(file, aside);
    if ((await readBounded(aside, maxLockBytes))?.toString('utf8') !== stale.text) await link(aside, file).catch(() => undefined);
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

/** Creates the file or says that it is there; throws for anything else. */
async function tryCreate(file: string, folder: string, content: string): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    try {
      // Synchronous, so that next to no time passes between making the file and saying whose it is.
      const descriptor = openSync(file, 'wx', 0o644);
      try {
        writeSync(descriptor, content);
      } catch (error) {
        await rm(file, { force: true });
        throw error;
      } finally {
        closeSync(descriptor);
      }
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EEXIST') return false;
      // On Windows a file that is just being deleted answers so.
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
 * The file that all locks of this process in one folder share, which says who holds them. A lock is a hard link to it:
 * that costs a tenth of making a file (hundreds are taken at once), has its content from the first moment, and lets one
 * heartbeat serve all. On file systems without hard links, a lock is a file of its own with the same content.
 */
class Owner {
  readonly content: string;
  readonly #folder: string;
  readonly #file: string;
  readonly #held = new Set<string>();
  #takers = 0;
  #hasFile = false;
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
      const taken = (await this.#tryLink(file)) ?? (await tryCreate(file, this.#folder, this.content));
      if (!taken) return false;
      this.#held.add(file);
      this.#heartbeat ??= setInterval(() => this.#beat(), heartbeatMs).unref();
      return true;
    } finally {
      this.#takers -= 1;
    }
  }

  /** Forgets a lock that was given back; null for one that could not be taken. */
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

  /** Null if this folder takes no hard links. */
  async #tryLink(file: string): Promise<boolean | null> {
    for (let attempt = 0; this.#canLink && attempt < 2; attempt++) {
      if (!this.#hasFile) {
        if (!(await tryCreate(this.#file, this.#folder, this.content))) break;
        this.#hasFile = true;
      }
      try {
        linkSync(this.#file, file);
        return true;
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === 'EEXIST') return false;
        // ENOENT: another process removed the folder, or our file in it.
        if (code === 'ENOENT') this.#hasFile = false;
        else this.#canLink = false;
      }
    }
    return null;
  }

  #beat(): void {
    const now = new Date();
    for (const file of this.#held) utimes(file, now, now).catch(() => undefined);
  }
}

/** Beside the locks: the file that the locks of one process are links to. */
function ownerName(token: string): string {
  return `${token}.owner`;
}

async function acquire(file: string, folder: string, name: string, owner: Owner, signal: AbortSignal | undefined): Promise<Release> {
  let watched: { text: string; mtimeMs: number; since: number } | null = null;
  while (!(await owner.take(file))) {
    throwIfAborted(signal, name);
    const seen = await look(file);
    if (seen === null) continue;
    if (watched === null || watched.text !== seen.text || watched.mtimeMs !== seen.mtimeMs) {
      watched = { text: seen.text, mtimeMs: seen.mtimeMs, since: performance.now() };
    }
    if (isStale(seen, performance.now() - watched.since)) {
      await recover(file, seen, folder);
      // Falls through to the pause: whoever comes second may find the recovery still under way.
    }
    try {
      await sleep(10 + Math.random() * 40, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      throwIfAborted(signal, name);
      throw error;
    }
  }
  let released = false;
  return () => {
    if (released) return Promise.resolve();
    released = true;
    try {
      // Ours may have been taken for stale (a suspended laptop): then the file is somebody else's.
      if (readBoundedSync(file, maxLockBytes)?.toString('utf8') === owner.content) unlinkSync(file);
    } catch {
      // Gone already, or it will be found stale.
    }
    owner.leave(file);
    return Promise.resolve();
  };
}

/** Locks kept as files in `folder`, which is made when first needed. */
export function createLocks(folder: string): Locks {
  const queues = new Map<string, Promise<void>>();
  const owner = new Owner(folder);
  return {
    async lock(name, signal) {
      throwIfAborted(signal, name);
      const file = join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 40)}.lock`);
      const before = queues.get(file);
      let leave: () => void = () => undefined;
      const mine = new Promise<void>((resolve) => {
        leave = resolve;
      });
      const tail = before === undefined ? mine : before.then(() => mine);
      queues.set(file, tail);
      const done = (): void => {
        leave();
        if (queues.get(file) === tail) queues.delete(file);
      };
      try {
        if (before !== undefined) await waitFor(before, signal, name);
        const release = await acquire(file, folder, name, owner, signal);
        return async () => {
          await release();
          done();
        };
      } catch (error) {
        done();
        owner.leave(null);
        throw localRepositoryError(error, file);
      }
    },
  };
}

async function waitFor(turn: Promise<void>, signal: AbortSignal | undefined, name: string): Promise<void> {
  if (signal === undefined) return turn;
  let onAbort: () => void = () => undefined;
  const abort = new Promise<never>((_resolve, reject) => {
    onAbort = () => {
      reject(aborted(signal, name));
    };
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([turn, abort]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
