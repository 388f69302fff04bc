/**
 * Locks between processes, for saving work: ten processes that want the same artifact download it once. Node has no
 * fcntl locks, so a lock is a file that only one can create. No file's correctness rests on a lock (placing is atomic
 * by itself), so in doubt a lock is given up rather than waited for: a holder whose process is dead, or that gave no
 * sign of life for 30 s, has lost it.
 */
import { createHash, randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { link, mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClojarsFetchError } from '../error.js';
import { localRepositoryError, systemErrorCode } from './file-error.js';
import { hostIdentity, isProcessAlive } from './process-identity.js';

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
    if (!('token' in value) || typeof value.token !== 'string') return null;
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
    const [text, stats] = await Promise.all([readFile(file, 'utf8'), stat(file)]);
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
    const age = await stat(guard).then((stats) => Date.now() - stats.mtimeMs, () => 0);
    if (age > staleMs) await rm(guard, { force: true });
    return;
  }
  try {
    const again = await look(file);
    if (again === null || again.text !== stale.text || again.mtimeMs !== stale.mtimeMs) return;
    const aside = join(folder, `${randomBytes(8).toString('hex')}.stale`);
    await rename(file, aside);
    if ((await readFile(aside, 'utf8')) !== stale.text) await link(aside, file).catch(() => undefined);
    await rm(aside, { force: true });
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

async function acquire(file: string, folder: string, name: string, signal: AbortSignal | undefined): Promise<Release> {
  const token = randomBytes(12).toString('hex');
  const content = JSON.stringify({ pid: process.pid, host: hostIdentity(), token, started: new Date().toISOString() });
  let watched: { text: string; mtimeMs: number; since: number } | null = null;
  while (!(await tryCreate(file, folder, content))) {
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
  const heartbeat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => undefined);
  }, heartbeatMs);
  heartbeat.unref();
  let released = false;
  return () => {
    if (released) return Promise.resolve();
    released = true;
    clearInterval(heartbeat);
    try {
      // Ours may have been taken for stale (a suspended laptop): then the file is somebody else's.
      if (readFileSync(file, 'utf8') === content) unlinkSync(file);
    } catch {
      // Gone already, or it will be found stale.
    }
    return Promise.resolve();
  };
}

/** Locks kept as files in `folder`, which is made when first needed. */
export function createLocks(folder: string): Locks {
  const queues = new Map<string, Promise<void>>();
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
        const release = await acquire(file, folder, name, signal);
        return async () => {
          await release();
          done();
        };
      } catch (error) {
        done();
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
