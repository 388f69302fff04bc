/** Takes and releases the lock files of one process in one folder, and keeps them alive. */
import { randomBytes } from 'node:crypto';
import { linkSync, lstatSync, unlinkSync } from 'node:fs';
import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { isOutOfDescriptors, systemErrorCode } from './file-error.js';
import { createHolderFile, holderText, maxLockBytes } from './holder-file.js';
import { makeFolders } from './make-folders.js';
import { readBounded } from './read-bounded.js';
import { ownerName, sweepLocks } from './stale-lock.js';

const heartbeatMs = 10_000;
/** So soon after a look, no other process can have taken the lock for dead. */
const lookMs = 1000;

/** A lock that this process holds. */
interface HeldLock {
  /** Of a lock that is a file of its own; null for a link. */
  readonly inode: number | null;
  readonly sinceMs: number;
  /** When the lock was last seen to be this process's. By the clock that runs on while a laptop sleeps. */
  seenMs: number;
}

/**
 * The file that names this process as the holder of its locks in one folder. Each lock is a hard link to it: a link
 * costs a tenth of creating a file (hundreds are taken at once), has its content from the first moment, and lets one
 * heartbeat serve all. On file systems without hard links, a lock is a file of its own with the same content.
 */
export class LockOwner {
  readonly #folder: string;
  /** Made for the first lock: loading `node:crypto` takes 10 ms, which a program that takes none need not wait for. */
  #identity: { readonly content: string; readonly file: string } | null = null;
  readonly #held = new Map<string, HeldLock>();
  #takers = 0;
  #hasFile = false;
  /** While the file is being created. */
  #creation: Promise<void> | null = null;
  #canLink = true;
  #isSwept = false;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get #content(): string {
    return this.#identified().content;
  }

  get #file(): string {
    return this.#identified().file;
  }

  #identified(): { readonly content: string; readonly file: string } {
    if (this.#identity === null) {
      const token = randomBytes(12).toString('hex');
      this.#identity = { content: holderText(token), file: join(this.#folder, ownerName(token)) };
    }
    return this.#identity;
  }

  /** Takes the lock if this process's file is there to link to, and no other process or call has the lock. Costs no promise. */
  takeNow(file: string): boolean {
    if (!this.#hasFile || !this.#canLink || this.#link(file) !== true) return false;
    this.#hold(file, null);
    return true;
  }

  /** Takes the lock, or returns false if another process or call has it. */
  async take(file: string): Promise<boolean> {
    this.#takers += 1;
    try {
      const linked = await this.#tryLink(file);
      const taken = linked ?? (await tryCreate(file, this.#folder, this.#content));
      if (!taken) return false;
      this.#hold(file, linked === null ? (lstatSync(file, { throwIfNoEntry: false })?.ino ?? null) : null);
      return true;
    } finally {
      this.#takers -= 1;
    }
  }

  #hold(file: string, inode: number | null): void {
    const now = Date.now();
    this.#held.set(file, { inode, sinceMs: now, seenMs: now });
    this.#heartbeat ??= setInterval(() => this.#beat(), heartbeatMs).unref();
  }

  /**
   * Does the work under the lock; false if that cannot be taken at once. No other process takes the lock for stale in so
   * short a time. For one lock alone, a file is cheaper than a file and a link to it.
   */
  hold(file: string, work: () => void): boolean {
    const isTaken = this.#hasFile && this.#canLink ? this.#link(file) : createNow(file, this.#content);
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

  /** Whether a lock is still this process's. */
  isHeld(file: string): boolean {
    const held = this.#held.get(file);
    if (held === undefined) return false;
    const now = Date.now();
    const ageMs = now - held.seenMs;
    if (ageMs >= 0 && ageMs < lookMs) return true;
    if (!this.#isOurs(file)) return false;
    held.seenMs = now;
    return true;
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
    this.#creation ??= this.#sweepAndCreate().finally(() => {
      this.#creation = null;
    });
    return this.#creation;
  }

  /** Sweeps once, while the folder does not yet hold the locks of this process. */
  async #sweepAndCreate(): Promise<void> {
    if (!this.#isSwept) await sweepLocks(this.#folder);
    this.#isSwept = true;
    this.#hasFile = await tryCreate(this.#file, this.#folder, this.#content);
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
    const held = this.#held.get(file);
    // No other process takes a lock for stale so soon. By the clock that runs on while a laptop sleeps.
    const heldMs = held === undefined ? -1 : Date.now() - held.sinceMs;
    if (heldMs >= 0 && heldMs < heartbeatMs) return true;
    const inode = lstatSync(file, { throwIfNoEntry: false })?.ino;
    // A link to the file of this process, which exists, so that no other file can have its inode.
    if (inode !== undefined && this.#hasFile && inode === lstatSync(this.#file, { throwIfNoEntry: false })?.ino) return true;
    try {
      return readBounded(file, maxLockBytes)?.toString('utf8') === this.#content;
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error;
      return inode !== undefined && inode === held?.inode;
    }
  }

  #isStillOurs(file: string): boolean {
    try {
      return this.#isOurs(file);
    } catch {
      return false;
    }
  }

  #beat(): void {
    const now = new Date();
    // A sign of life for a lock that another process has taken would keep that one's alive.
    for (const file of this.#held.keys()) if (this.#isStillOurs(file)) utimes(file, now, now).catch(() => undefined);
  }
}

/**
 * Creates the file for a moment; false if that does not succeed at once, for whatever reason. On a full disk it stays empty: otherwise
 * nothing could be removed there under a lock.
 */
function createNow(file: string, content: string): boolean {
  try {
    createHolderFile(file, content, { mayBeEmpty: true });
    return true;
  } catch {
    return false;
  }
}

/** Creates the file, and its folder if it is missing; false if it exists already. */
async function tryCreate(file: string, folder: string, content: string): Promise<boolean> {
  for (let attempt = 0; ; attempt++) {
    try {
      createHolderFile(file, content);
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
      makeFolders(folder);
    }
  }
}
