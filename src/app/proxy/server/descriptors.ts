/** Open descriptors of files that are sent in pieces, kept for the next request: opening a file costs more than reading a piece of it. */
import { closeSync, constants, fstatSync, openSync, read, readSync } from 'node:fs';

import { isOutOfDescriptors, systemErrorCode } from '../../../base/disk/file-error.js';
import { FileGone } from './file-gone.js';

/** A file as it was looked up. A file of another size or time is another file. */
export interface SentFile {
  readonly file: string;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modifiedMs: number;
}

interface Kept {
  readonly descriptor: number;
  readonly size: number;
  readonly modifiedMs: number;
  users: number;
  /** Whether it is closed by its last user, since another descriptor took its place or the file is to be forgotten. */
  isStale: boolean;
  usedMs: number;
}

/** A descriptor that is kept while it is used. */
export interface OpenFile {
  /** Reads from a place into the buffer, and returns how many bytes it got. */
  read(buffer: Buffer, length: number, position: number): Promise<number>;
  release(): void;
}

/** Idle descriptors keep the space of files that were removed: none is kept for long. */
const idleMs = 10_000;

export class Descriptors {
  readonly #maxIdle: number;
  /** Least recently used first. */
  readonly #kept = new Map<string, Kept>();
  #sweeper: NodeJS.Timeout | null = null;

  constructor(maxIdle: number) {
    this.#maxIdle = maxIdle;
  }

  /** Descriptors that are open now. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * Opens a file, or shares a descriptor that is open.
   * @throws FileGone; NodeJS.ErrnoException
   */
  open(wanted: SentFile): OpenFile {
    const { file } = wanted;
    let kept = this.#kept.get(file);
    if (kept !== undefined && !isSame(kept, wanted)) {
      this.forget(file);
      kept = undefined;
    }
    kept ??= this.#openAnew(wanted);
    kept.users += 1;
    // Moves it to the end: it was used last.
    this.#kept.delete(file);
    this.#kept.set(file, kept);
    return this.#handle(file, kept);
  }

  /** Closes a file's descriptor, now or when its last user has done with it. */
  forget(file: string): void {
    const kept = this.#kept.get(file);
    if (kept === undefined) return;
    this.#kept.delete(file);
    kept.isStale = true;
    if (kept.users === 0) closeSync(kept.descriptor);
  }

  /** Closes all that are idle; the others are closed by their last user. */
  close(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#sweeper = null;
    for (const file of [...this.#kept.keys()]) this.forget(file);
  }

  #openAnew(wanted: SentFile): Kept {
    try {
      return openKept(wanted);
    } catch (error) {
      if (!isOutOfDescriptors(error)) throw error;
      for (const [file, { users }] of this.#kept) if (users === 0) this.forget(file);
      return openKept(wanted);
    }
  }

  #handle(file: string, kept: Kept): OpenFile {
    let isReleased = false;
    return {
      read: (buffer, length, position) =>
        new Promise((resolve, reject) =>
          read(kept.descriptor, buffer, 0, length, position, (error, count) => (error ? reject(error) : resolve(count))),
        ),
      release: () => {
        if (isReleased) return;
        isReleased = true;
        this.#release(file, kept);
      },
    };
  }

  #release(file: string, kept: Kept): void {
    kept.users -= 1;
    kept.usedMs = performance.now();
    if (kept.users > 0) return;
    if (kept.isStale) closeSync(kept.descriptor);
    else if (this.#maxIdle === 0) this.forget(file);
    else this.#trim();
  }

  #trim(): void {
    this.#sweeper ??= setInterval(() => this.#sweep(), idleMs / 2).unref();
    let excess = this.#kept.size - this.#maxIdle;
    if (excess <= 0) return;
    for (const [file, { users }] of this.#kept) {
      if (users > 0) continue;
      this.forget(file);
      excess -= 1;
      if (excess <= 0) return;
    }
  }

  #sweep(): void {
    const before = performance.now() - idleMs;
    for (const [file, { users, usedMs }] of this.#kept) if (users === 0 && usedMs < before) this.forget(file);
    if (this.#kept.size > 0 || this.#sweeper === null) return;
    clearInterval(this.#sweeper);
    this.#sweeper = null;
  }
}

/** Without O_NONBLOCK, opening a pipe would wait for another process. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Synchronous, as for all files of the cache: their folders are in memory, and a turn through the thread pool costs ten times as much. */
function openKept(wanted: SentFile): Kept {
  let descriptor: number;
  try {
    descriptor = openSync(wanted.file, flags);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new FileGone(wanted.file, 'missing');
    throw error;
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile() || !isSame({ size: status.size, modifiedMs: status.mtimeMs }, wanted)) throw new FileGone(wanted.file, 'changed');
    return { descriptor, size: wanted.size, modifiedMs: wanted.modifiedMs, users: 0, isStale: false, usedMs: performance.now() };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/**
 * Reads a whole small file, and keeps no descriptor. Synchronous: most often the file was just written, and is in memory.
 *
 * @throws FileGone; NodeJS.ErrnoException
 */
export function readSmallFile(wanted: SentFile): Buffer {
  const { descriptor } = openKept(wanted);
  try {
    const buffer = Buffer.allocUnsafeSlow(wanted.size);
    for (let position = 0; position < buffer.length;) {
      const count = readSync(descriptor, buffer, position, buffer.length - position, position);
      if (count === 0) throw new FileGone(wanted.file, 'changed');
      position += count;
    }
    return buffer;
  } finally {
    closeSync(descriptor);
  }
}

/** Whether size and time are the same. Records may have lost the fractions of a millisecond. */
export function isSame(one: Omit<SentFile, 'file'>, other: Omit<SentFile, 'file'>): boolean {
  return one.size === other.size && Math.floor(one.modifiedMs) === Math.floor(other.modifiedMs);
}
