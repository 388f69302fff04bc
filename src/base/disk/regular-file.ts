/**
 * Opens files that another program or user may have replaced. Only regular files are read: a pipe never ends, and a
 * device fills the memory.
 */
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';

/** A file that was not read because of its kind or its size. The operating system's own errors are thrown as they are. */
export class RefusedFile extends Error {
  override readonly name = 'RefusedFile';
  constructor(
    readonly problem: 'not-a-file' | 'too-large',
    /** In bytes, as far as it is known. */
    readonly size: number,
  ) {
    super(problem === 'not-a-file' ? 'is not a regular file' : `has ${size} bytes, which is too large`);
  }
}

/** An open regular file, to read pieces of. */
export class RegularFile {
  readonly stats: Stats;
  readonly descriptor: number;

  constructor(descriptor: number, stats: Stats) {
    this.descriptor = descriptor;
    this.stats = stats;
  }

  /** Reads up to `length` bytes from `offset`; fewer at the end. The buffer is new. */
  read(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(Math.max(0, length));
    let done = 0;
    while (done < buffer.length) {
      const count = readSync(this.descriptor, buffer, done, buffer.length - done, offset + done);
      if (count === 0) break;
      done += count;
    }
    return buffer.subarray(0, done);
  }

  /** Reads the whole file. Throws {@link RefusedFile} if it has more than `limit` bytes. */
  readAll(limit: number): Buffer {
    const { size } = this.stats;
    if (size > limit) throw new RefusedFile('too-large', size);
    if (size > 0) return this.read(0, size);
    // Linux says 0 of the files in /proc and /sys, whatever they hold.
    const bytes = this.read(0, Math.min(limit, 64 * 1024) + 1);
    if (bytes.length > limit) throw new RefusedFile('too-large', bytes.length);
    return bytes;
  }

  close(): void {
    closeSync(this.descriptor);
  }
}

/** Without O_NONBLOCK, opening a pipe waits until another process writes into it, and no signal or deadline ends that wait. */
const nonBlocking = constants.O_NONBLOCK ?? 0;

/**
 * Opens a regular file. Synchronous: a file in the page cache takes microseconds, a turn through Node's thread pool ten
 * times that.
 *
 * @throws RefusedFile for anything but a regular file
 * @throws NodeJS.ErrnoException
 */
export function openRegularFile(file: string, flags: number = constants.O_RDONLY, mode?: number): RegularFile {
  const descriptor = openSync(file, flags | nonBlocking, mode);
  try {
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) throw new RefusedFile('not-a-file', stats.size);
    return new RegularFile(descriptor, stats);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

/** Reads a whole regular file of at most `limit` bytes. Throws as {@link openRegularFile}, and {@link RefusedFile} if it is larger. */
export function readRegularFile(file: string, limit: number): Buffer {
  const open = openRegularFile(file);
  try {
    return open.readAll(limit);
  } finally {
    open.close();
  }
}
