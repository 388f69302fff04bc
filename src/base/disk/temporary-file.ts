/**
 * Writes a temporary file next to its final place, flushes it to disk, and gives it the final name in one step. Whatever
 * kills the process, nothing partial is ever visible under a final name.
 *
 * Opening, linking, renaming and looking are synchronous: each takes a few microseconds, a tenth of a turn through
 * Node's thread pool, and each of hundreds of files needs a dozen of them. So is writing a file that was gathered whole in
 * memory. Writing the bytes of a larger file and flushing to disk are not.
 */
import {
  close,
  closeSync,
  constants,
  fdatasync,
  fsync,
  ftruncate,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  write,
  writeSync,
  writev,
  writevSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, sep } from 'node:path';
import { promisify } from 'node:util';

import { isBeneath } from './beneath.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';
import type { FolderGuard } from './folder-guard.js';
import { whenDescriptorIsFree } from './free-descriptor.js';
import { freeMemory } from './free-memory.js';
import { type LocalFile, statFile } from './stat-file.js';
import { sweepOnce, temporaryNameFor } from './temporary-name.js';

/** The result of {@link TemporaryFile.commit}. */
export interface PlacedFile extends LocalFile {
  /** False if another process or tool had already put a file there: that one stays, and this describes it. */
  readonly placed: boolean;
}

export interface CommitOptions {
  /** Replace an existing file. Default false. */
  readonly replace?: boolean | undefined;
  /** Flush to disk before renaming, so that not even a power cut leaves a partial file. Default true. */
  readonly flush?: boolean | undefined;
}

export interface WriteOptions {
  /** Free the memory of the chunk once it is written ({@link freeMemory}); the caller must not use it any longer. Default false. */
  readonly free?: boolean | undefined;
}

export interface TemporaryFile {
  /** Absolute path of the temporary file. Flush before reading it. */
  readonly file: string;
  /** Absolute path of the final place. */
  readonly target: string;
  /** Bytes accepted so far. */
  readonly size: number;
  /**
   * Appends. Returns a promise if more may be sent only when that resolves; small chunks are gathered. The chunk must not
   * be changed afterwards. Throws `ERR_LOCAL_REPOSITORY` (`full`, `unwritable`), perhaps only with a later call.
   */
  write(chunk: Uint8Array, options?: WriteOptions): Promise<void> | undefined;
  /** Hands all bytes accepted so far to the operating system, so that a reader of `file` sees them. */
  flush(): Promise<void>;
  /** Returns all bytes accepted so far: from memory while none was written to disk yet, else read from the file. */
  contents(): Promise<Uint8Array>;
  /** Truncates to this many bytes, so that writing can continue from there. */
  truncate(to: number): Promise<void>;
  /**
   * Flushes, closes and gives the file its final name. Without `replace` this is a `link`, which fails if the name is
   * taken: safe against every other tool, without a lock (on file systems without hard links: look, then rename). An
   * empty file counts as absent and is replaced. On failure nothing remains.
   */
  commit(options?: CommitOptions): Promise<PlacedFile>;
  /** Closes and removes. Never throws; does nothing after a commit. */
  discard(): Promise<void>;
}

const writeBytes = promisify(write);
const writeVector = promisify(writev);
const flushToDisk = promisify(fsync);
const storeBytes = promisify(fdatasync);
const cut = promisify(ftruncate);
const closeQuietly = (descriptor: number): Promise<void> => promisify(close)(descriptor).catch(() => undefined);

const gatherBytes = 256 * 1024;
/** After so many bytes the disk begins to store them: otherwise the flush at the end of a large file would wait for all of them. */
const storeEveryBytes = 32 * 1024 * 1024;
const noFollow = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

/** Looks at the final place: nothing, an empty file, or a file. Throws `corrupt` for a link that leads outside. */
function occupant(file: string, root: string): 'nothing' | 'empty' | 'file' {
  let stats = lstatSync(file, { throwIfNoEntry: false });
  if (stats === undefined) return 'nothing';
  if (stats.isSymbolicLink()) {
    stats = statSync(file, { throwIfNoEntry: false });
    if (stats === undefined) throw corruptPath(file, 'is a link that leads nowhere');
    const target = realpathSync.native(file);
    if (!isBeneath(realpathSync.native(root), target)) {
      throw corruptPath(file, `is a link that leads out of the local repository, to ${target}`);
    }
  }
  if (!stats.isFile()) throw corruptPath(file, 'is not a regular file');
  return stats.size === 0 ? 'empty' : 'file';
}

const noHardLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES', 'EINVAL']);

/** Gives the temporary file its final name; false if a file that was already there stays. */
function place(temporary: string, file: string, root: string, replace: boolean): boolean {
  if (!replace) {
    try {
      linkSync(temporary, file);
      unlinkSync(temporary);
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'EEXIST' && (code === null || !noHardLinks.has(code))) throw error;
    }
  }
  const there = occupant(file, root);
  if (there === 'file' && !replace) {
    unlinkSync(temporary);
    return false;
  }
  renameSync(temporary, file);
  return true;
}

function openTemporary(file: string, folders: FolderGuard, now: number): [descriptor: number, temporary: string] {
  const folder = dirname(file);
  for (let attempt = 0; ; attempt++) {
    const { made } = folders.ensure(folder);
    const temporary = `${folder}${sep}${temporaryNameFor(file)}`;
    try {
      return [openSync(temporary, noFollow, 0o644), temporary];
    } catch (error) {
      // The folder was removed since we checked it.
      if (systemErrorCode(error) !== 'ENOENT' || attempt > 0) throw localRepositoryError(error, file);
      folders.forget(folder);
    } finally {
      if (!made) void sweepOnce(folder, now);
    }
  }
}

function writeAllNow(descriptor: number, chunks: readonly Uint8Array[]): void {
  const [first] = chunks;
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  let done = chunks.length === 1 && first !== undefined ? writeSync(descriptor, first) : writevSync(descriptor, chunks);
  if (done === total) return;
  for (const rest = Buffer.concat(chunks); done < total;) done += writeSync(descriptor, rest, done);
}

async function writeAll(descriptor: number, chunks: Uint8Array[], position: number): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
  const { bytesWritten } =
    chunks.length === 1 && chunks[0] !== undefined
      ? await writeBytes(descriptor, chunks[0], 0, total, position)
      : await writeVector(descriptor, chunks, position);
  if (bytesWritten === total) return;
  const rest = Buffer.concat(chunks);
  for (let done = bytesWritten; done < total;) {
    const more = await writeBytes(descriptor, rest, done, total - done, position + done);
    done += more.bytesWritten;
  }
}

/** Opens a temporary file alongside `file` (absolute, beneath `root`). Throws `ERR_LOCAL_REPOSITORY`. */
export async function createTemporaryFile(file: string, root: string, folders: FolderGuard, now: number): Promise<TemporaryFile> {
  const opened = whenDescriptorIsFree(() => openTemporary(file, folders, now));
  const [descriptor, temporary] = opened instanceof Promise ? await opened : opened;
  return new OpenTemporaryFile(temporary, file, root, descriptor);
}

class OpenTemporaryFile implements TemporaryFile {
  readonly file: string;
  readonly target: string;
  readonly #root: string;
  /** Null once closed: closing twice could close a descriptor that has since been given to another file. */
  #descriptor: number | null;
  #isDone = false;
  #size = 0;
  /** Bytes handed to the operating system, or about to be; those after them are in {@link #gathered}. */
  #written = 0;
  #gathered: Uint8Array[] = [];
  /** Those among them whose memory is to be freed. */
  #toFree: Uint8Array[] = [];
  /** All writes so far, one after the other; once failed it stays failed. */
  #writing: Promise<void> = Promise.resolve();
  /** Bytes whose storing has begun. */
  #stored = 0;
  #isStoring = false;
  /** All storing so far; once failed it stays failed, since the system reports an error only once. Null until it begins. */
  #storing: Promise<void> | null = null;

  constructor(file: string, target: string, root: string, descriptor: number) {
    this.file = file;
    this.target = target;
    this.#root = root;
    this.#descriptor = descriptor;
  }

  get size(): number {
    return this.#size;
  }

  write(chunk: Uint8Array, { free = false }: WriteOptions = {}): Promise<void> | undefined {
    this.#open();
    this.#gathered.push(chunk);
    if (free) this.#toFree.push(chunk);
    this.#size += chunk.byteLength;
    return this.#size - this.#written >= gatherBytes ? this.flush() : undefined;
  }

  flush(): Promise<void> {
    if (this.#gathered.length > 0) {
      const descriptor = this.#open();
      const chunks = this.#gathered;
      const toFree = this.#toFree;
      const position = this.#written;
      this.#gathered = [];
      this.#toFree = [];
      this.#written = this.#size;
      this.#writing = this.#writing.then(() => writeAll(descriptor, chunks, position)).then(() => freeMemory(toFree));
      // Reported by the next call that awaits; without this it would count as unhandled until then.
      this.#writing.catch(() => undefined);
      if (this.#written - this.#stored >= storeEveryBytes && !this.#isStoring) this.#store(descriptor);
    }
    return this.#writing.catch((error: unknown) => {
      throw localRepositoryError(error, this.target);
    });
  }

  async contents(): Promise<Uint8Array> {
    const [first] = this.#gathered;
    if (this.#written === 0 && !this.#isDone) return this.#gathered.length === 1 && first ? first : Buffer.concat(this.#gathered);
    await this.flush();
    return readFile(this.file);
  }

  async truncate(to: number): Promise<void> {
    if (!Number.isSafeInteger(to) || to < 0 || to > this.#size) throw corruptPath(this.target, `cannot be cut to ${to} bytes`);
    await this.flush();
    try {
      await cut(this.#open(), to);
    } catch (error) {
      throw localRepositoryError(error, this.target);
    }
    this.#size = to;
    this.#written = to;
    this.#stored = Math.min(this.#stored, to);
  }

  async commit(options: CommitOptions = {}): Promise<PlacedFile> {
    const descriptor = this.#open();
    try {
      if (this.#written > 0) await this.flush();
      else if (this.#size > 0) this.#writeGathered(descriptor);
      if (this.#storing !== null) await this.#storing;
      if (options.flush !== false) await flushToDisk(descriptor);
      this.#descriptor = null;
      closeSync(descriptor);
      const placed = place(this.file, this.target, this.#root, options.replace === true);
      this.#isDone = true;
      const local = statFile(this.target, { mayBeEmpty: this.#size === 0 });
      if (local === null) throw corruptPath(this.target, 'was removed by another program');
      return { ...local, placed };
    } catch (error) {
      await this.discard();
      throw localRepositoryError(error, this.target);
    }
  }

  async discard(): Promise<void> {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#gathered = [];
    this.#toFree = [];
    await this.#writing.catch(() => undefined);
    await this.#storing?.catch(() => undefined);
    if (this.#descriptor !== null) await closeQuietly(this.#descriptor);
    this.#descriptor = null;
    try {
      rmSync(this.file, { force: true });
    } catch {
      // The next process removes it as stale.
    }
  }

  /** Begins to store what was written, while more arrives. */
  #store(descriptor: number): void {
    this.#stored = this.#written;
    this.#isStoring = true;
    const before = this.#storing ?? Promise.resolve();
    this.#storing = before
      .then(() => this.#writing)
      .then(() => storeBytes(descriptor))
      .finally(() => (this.#isStoring = false));
    // Reported by the commit.
    this.#storing.catch(() => undefined);
  }

  /** Writes a file of which nothing was written before. */
  #writeGathered(descriptor: number): void {
    const chunks = this.#gathered;
    this.#gathered = [];
    this.#toFree = [];
    this.#written = this.#size;
    writeAllNow(descriptor, chunks);
  }

  #open(): number {
    if (this.#isDone || this.#descriptor === null) throw corruptPath(this.target, 'its temporary file is closed already');
    return this.#descriptor;
  }
}

/** Writes a small file in one step, as {@link TemporaryFile.commit} places it. Throws `ERR_LOCAL_REPOSITORY`. */
export async function writeSmallFile(
  file: string,
  bytes: Uint8Array,
  root: string,
  folders: FolderGuard,
  options: CommitOptions & { readonly now: number },
): Promise<PlacedFile> {
  if (options.flush === false && bytes.byteLength <= gatherBytes)
    return whenDescriptorIsFree(() => describePlaced(file, bytes, writeUnflushed(file, bytes, root, folders, options)));
  const temporary = await createTemporaryFile(file, root, folders, options.now);
  try {
    await temporary.write(bytes);
    return await temporary.commit(options);
  } finally {
    await temporary.discard();
  }
}

/**
 * Works like {@link writeSmallFile}, but without flushing to disk, synchronously: there is nothing to wait for. Returns false if a
 * file that was already there stays.
 */
export function writeUnflushed(
  file: string,
  bytes: Uint8Array,
  root: string,
  folders: FolderGuard,
  options: CommitOptions & { readonly now: number },
): boolean {
  const [descriptor, temporary] = openTemporary(file, folders, options.now);
  try {
    try {
      if (bytes.byteLength > 0) writeAllNow(descriptor, [bytes]);
    } finally {
      closeSync(descriptor);
    }
    return place(temporary, file, root, options.replace === true);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw localRepositoryError(error, file);
  }
}

function describePlaced(file: string, bytes: Uint8Array, placed: boolean): PlacedFile {
  const local = statFile(file);
  if (local === null) throw corruptPath(file, bytes.byteLength === 0 ? 'is empty' : 'was removed by another program');
  return { ...local, placed };
}
