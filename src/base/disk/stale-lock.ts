/**
 * Tells from a lock file whether its holder is alive, and removes the lock of one that is not. A process that gave no sign of
 * life for 30 s counts as dead; its heartbeat renews the time of the file.
 */
import { randomBytes } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { link, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { corruptPath, systemErrorCode } from './file-error.js';
import { hostIdentity, isProcessAlive } from './process-identity.js';
import { readBounded } from './read-bounded.js';

const staleMs = 30_000;
/** A lock file without content is still being written, or its writer was killed. */
const emptyStaleMs = 5_000;
/** Our own lock files have a few hundred bytes. */
export const maxLockBytes = 64 * 1024;

/** The process that a lock file names. */
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

export interface SeenLock {
  readonly holder: Holder | null;
  readonly mtimeMs: number;
  readonly text: string;
}

/**
 * Describes the lock file, null if it is gone. A symbolic link names no holder, wherever it leads: it is found stale, and
 * the link itself is removed. Throws for a folder, a pipe or a device.
 */
export function look(file: string): SeenLock | null {
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
export function isStale({ holder, mtimeMs }: SeenLock, unchangedMs: number): boolean {
  if (holder === null) return unchangedMs > emptyStaleMs;
  if (unchangedMs > staleMs) return true;
  return holder.host === hostIdentity() && (!isProcessAlive(holder.pid) || Date.now() - mtimeMs > staleMs);
}

/**
 * Removes a stale lock. Two processes that find the same stale lock must not both remove it: the slower one would remove
 * the lock that the quicker one has just taken. So removal has its own guard, looks again under it, and moves the file
 * aside to see which file it really removed; a live lock moved by mistake is linked back.
 */
export async function recover(file: string, stale: SeenLock, folder: string): Promise<void> {
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

/**
 * Removes what killed processes left in a folder of locks: their locks, the files that named them as holders, and files moved
 * aside or left as guards. Locks of other hosts stay until they
 * are wanted, since their processes cannot be looked up here. Failures do not matter: the next process tries again.
 */
export async function sweepLocks(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  // Guards first: a lock is not removed while it has one.
  for (const name of names) if (/\.(?:stale|recover)$/.test(name)) await removeAbandoned(join(folder, name)).catch(() => undefined);
  for (const name of names) if (/\.(?:lock|owner)$/.test(name)) await removeDead(join(folder, name), folder).catch(() => undefined);
}

async function removeAbandoned(file: string): Promise<void> {
  if (Date.now() - (await stat(file)).mtimeMs > staleMs) await rm(file, { force: true });
}

async function removeDead(file: string, folder: string): Promise<void> {
  const seen = look(file);
  if (seen?.holder?.host !== hostIdentity() || isProcessAlive(seen.holder.pid)) return;
  if (file.endsWith('.lock')) await recover(file, seen, folder);
  else await rm(file, { force: true });
}

/** The file next to the locks that the locks of one process are links to. */
export function ownerName(token: string): string {
  return `${token}.owner`;
}
