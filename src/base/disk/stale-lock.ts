/**
 * Tells from a lock file whether its holder is alive, and removes the lock of one that is not. A process that gave no sign of
 * life for 30 s counts as dead; its heartbeat renews the time of the file.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, renameSync, rmSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { systemErrorCode } from './file-error.js';
import { createHolderFile, holderText, look, type SeenLock } from './holder-file.js';
import { hostIdentity, isProcessAlive } from './process-identity.js';

const staleMs = 30_000;
/** A lock file without content is still being written, or its writer was killed. */
const emptyStaleMs = 5_000;

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
 * the lock that the quicker one has just taken. So removal has its own guard, and looks again under it. Synchronous, so that
 * a process is rarely killed while it has the guard.
 */
export function recover(file: string, stale: SeenLock, folder: string): void {
  const guard = `${file}.recover`;
  if (!enter(guard, folder)) return;
  try {
    const again = look(file);
    if (again === null || again.text !== stale.text || again.mtimeMs !== stale.mtimeMs) return;
    removeSeen(file, stale, folder);
    if (stale.holder !== null) rmSync(join(folder, ownerName(stale.holder.token)), { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/** Takes the guard; false if another process has it. One that a killed process left is removed, and can be taken the next time. */
function enter(guard: string, folder: string): boolean {
  try {
    createHolderFile(guard, holderText(randomBytes(8).toString('hex')), { mayBeEmpty: true });
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  const seen = look(guard);
  if (seen !== null && isAbandoned(seen)) removeSeen(guard, seen, folder);
  return false;
}

/** A guard is held for milliseconds: a time that is far from now, even ahead, was not written by its holder. */
function isAbandoned({ holder, mtimeMs }: SeenLock): boolean {
  const ageMs = Math.abs(Date.now() - mtimeMs);
  if (holder === null) return ageMs > emptyStaleMs;
  return ageMs > staleMs || (holder.host === hostIdentity() && !isProcessAlive(holder.pid));
}

/** Moves the file aside to see which one it really removes: a live one, moved by mistake, is linked back. */
function removeSeen(file: string, seen: SeenLock, folder: string): void {
  const aside = join(folder, `${randomBytes(8).toString('hex')}.stale`);
  try {
    renameSync(file, aside);
    if (look(aside)?.text !== seen.text) linkBack(aside, file);
    rmSync(aside, { force: true });
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}

function linkBack(aside: string, file: string): void {
  try {
    linkSync(aside, file);
  } catch {
    // Its name is taken, or the file system has no hard links: the holder has lost it.
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
  for (const name of names) if (/\.(?:stale|recover)$/.test(name)) await removeAbandoned(join(folder, name), folder).catch(() => undefined);
  for (const name of names) if (/\.(?:lock|owner)$/.test(name)) await removeDead(join(folder, name), folder).catch(() => undefined);
}

async function removeAbandoned(file: string, folder: string): Promise<void> {
  if (!file.endsWith('.recover')) {
    if (Date.now() - (await stat(file)).mtimeMs > staleMs) await rm(file, { force: true });
    return;
  }
  const seen = look(file);
  if (seen !== null && isAbandoned(seen)) removeSeen(file, seen, folder);
}

async function removeDead(file: string, folder: string): Promise<void> {
  const seen = look(file);
  if (seen?.holder?.host !== hostIdentity() || isProcessAlive(seen.holder.pid)) return;
  if (file.endsWith('.lock')) recover(file, seen, folder);
  else await rm(file, { force: true });
}

/** The file next to the locks that the locks of one process are links to. */
export function ownerName(token: string): string {
  return `${token}.owner`;
}
