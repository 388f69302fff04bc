/**
 * Keeps a map on disk as an append-only file of JSON lines, read once per process: a warm call looks up hundreds of
 * entries, and a file per entry would cost as many reads. A writer takes a lock, reads what other processes appended
 * meanwhile, and appends. When most lines are outdated, the file is rewritten.
 */
import fs from 'node:fs';
import { dirname } from 'node:path';

import { Rhythm } from '../async/rhythm.js';
import { SharedAbort } from '../async/shared-abort.js';
import type { ClojarsFetchError } from '../error.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';
import type { Locks } from './lock.js';
import { makeFolders } from './make-folders.js';
import { RecordEntries, type RecordEntriesOptions } from './record-entries.js';
import { formatRecordLine } from './record-line.js';
import { openRegularFile, RefusedFile } from './regular-file.js';

export interface RecordLogOptions<Value> extends RecordEntriesOptions<Value> {
  /** Absolute file; its folder is made when first written. */
  readonly file: string;
  /** Beyond this number, the entries recorded longest ago are dropped. */
  readonly maxEntries: number;
  /** A larger file is not read: a cache starts empty, a record that must not be lost throws `corrupt`. */
  readonly maxBytes: number;
  readonly whenTooLarge: 'discard' | 'throw';
  /**
   * How long records that come close together are gathered, to share a lock and a write. Only records that nothing waits for should take
   * longer than the default, 5 ms.
   */
  readonly gatherMs?: number | undefined;
  /** Told what other processes recorded since the file was first read. */
  readonly onForeign?: ForeignRecords | undefined;
}

/** Hears what other processes record. Called while the file is read: it must not throw. */
export interface ForeignRecords {
  /** The key was recorded. */
  changed(key: string): void;
  /** The file was rewritten: keys that are gone may have left no trace. Each key of the new file is told as changed, too. */
  replaced(): void;
}

export interface RecordLog<Value> {
  /** The value of a key. The first call reads the file. */
  get(key: string): Promise<Value | null>;
  /** Does as {@link RecordLog.get}, at once. */
  peek(key: string): Value | null;
  /** The keys on disk as far as this process has read, in the order of recording. */
  keys(): Iterable<string>;
  /** Reads what other processes appended since the last time; one look at the file if they appended nothing. */
  refresh(): void;
  /**
   * Records at once for this process; resolves when it is on disk. Calls close together are written together.
   * Rejects with the signal's reason when it aborts.
   */
  set(key: string, value: Value, signal?: AbortSignal): Promise<void>;
}

/** Outdated lines tolerated beyond the number of entries. */
const slackLines = 1000;
/** The same in bytes, beyond four times the size after the last rewriting: lines may be long. */
const slackBytes = 64 * 1024 * 1024;

/** While hundreds of files are recorded, those within this many milliseconds share one lock and one write. */
const standardGatherMs = 5;

const appending = fs.constants.O_RDWR | fs.constants.O_APPEND | fs.constants.O_CREAT;

/** Records that are written together. */
interface Batch<Value> {
  readonly values: Map<string, Value>;
  /** Of the callers that wait for it. */
  readonly callers: SharedAbort;
  readonly written: Promise<void>;
}

/** Opens a record log. Touches nothing until a method is called. */
export function createRecordLog<Value>(options: RecordLogOptions<Value>): RecordLog<Value> {
  return new FileRecordLog(options);
}

/** Loaded by the first write: a warm call only reads. */
async function loadLocks(folder: string): Promise<Locks> {
  const { createLocks } = await import('./lock.js');
  return createLocks(folder);
}

class FileRecordLog<Value> implements RecordLog<Value> {
  readonly #options: RecordLogOptions<Value>;
  readonly #file: string;
  #locks: Locks | null = null;
  readonly #known: RecordEntries<Value>;
  #isLoaded = false;
  /** Where the next read begins, in which file: a rewritten one has another inode. */
  #offset = 0;
  #inode: number | null = null;
  #lines = 0;
  #rewrittenBytes = 0;
  /** Collects until it has the lock; each caller waits for its own batch and not for those that follow. */
  #collecting: Batch<Value> | null = null;
  #lastWrite: Promise<void> = Promise.resolve();
  readonly #rhythm: Rhythm;
  /** Records of a batch that could not be written: they go with the next one. */
  #unsaved: ReadonlyMap<string, Value> = new Map();

  constructor(options: RecordLogOptions<Value>) {
    this.#options = options;
    this.#file = options.file;
    this.#known = new RecordEntries(options);
    this.#rhythm = new Rhythm(options.gatherMs ?? standardGatherMs);
  }

  async get(key: string): Promise<Value | null> {
    return this.peek(key);
  }

  keys(): Iterable<string> {
    this.#load();
    return this.#known.keys();
  }

  refresh(): void {
    if (!this.#isLoaded) {
      this.#load();
      return;
    }
    try {
      const stats = fs.statSync(this.#file, { throwIfNoEntry: false });
      if (stats === undefined || (stats.ino === this.#inode && stats.size === this.#offset)) return;
      this.#readFile();
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw this.#unusable(error);
    }
  }

  peek(key: string): Value | null {
    this.#load();
    const saved = this.#known.merge(this.#known.get(key), this.#unsaved.get(key));
    return this.#known.merge(saved, this.#collecting?.values.get(key)) ?? null;
  }

  async set(key: string, value: Value, signal?: AbortSignal): Promise<void> {
    this.#load();
    // Kept apart from what is on disk until written: another process may have recorded this key first.
    if (this.#collecting?.callers.isAborted !== false) this.#collecting = this.#startBatch();
    const batch = this.#collecting;
    batch.values.set(key, this.#known.merge(batch.values.get(key), value) ?? value);
    return batch.callers.follow(batch.written, signal);
  }

  #load(): void {
    if (this.#isLoaded) return;
    try {
      this.#readFile();
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw this.#unusable(error);
    }
    this.#isLoaded = true;
  }

  #readFile(): void {
    const open = openRegularFile(this.#file);
    try {
      this.#readNew(open.descriptor);
    } finally {
      open.close();
    }
  }

  #unusable(error: unknown): ClojarsFetchError {
    return error instanceof RefusedFile ? corruptPath(this.#file, error.message) : localRepositoryError(error, this.#file);
  }

  /** Reads what was appended since the last time. Synchronous, as in temporary-file.ts; only writing loads `fs.promises`. */
  #readNew(descriptor: number): void {
    const { maxBytes, whenTooLarge } = this.#options;
    const stats = fs.fstatSync(descriptor);
    if (stats.ino !== this.#inode || stats.size < this.#offset) {
      if (this.#inode !== null) this.#options.onForeign?.replaced();
      this.#inode = stats.ino;
      this.#offset = 0;
      this.#lines = 0;
    }
    if (stats.size > maxBytes) {
      if (whenTooLarge === 'throw') throw corruptPath(this.#file, `is larger than ${maxBytes} bytes`);
      this.#lines = Number.POSITIVE_INFINITY;
      return;
    }
    if (stats.size === this.#offset) return;
    const bytes = Buffer.alloc(stats.size - this.#offset);
    const bytesRead = fs.readSync(descriptor, bytes, 0, bytes.byteLength, this.#offset);
    // Stops before an unfinished line: a process that lost the lock may still be writing it.
    const end = bytes.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    this.#offset += end;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      if (line === '') continue;
      this.#lines++;
      const key = this.#known.putLine(line);
      if (key !== null && this.#isLoaded) this.#options.onForeign?.changed(key);
    }
  }

  #startBatch(): Batch<Value> {
    const values = new Map(this.#unsaved);
    this.#unsaved = new Map();
    const batch: Batch<Value> = {
      values,
      callers: new SharedAbort(),
      written: this.#lastWrite
        .then(() => this.#write(batch))
        .catch((error: unknown) => {
          if (this.#collecting === batch) this.#collecting = null;
          this.#unsaved = new Map([...values, ...this.#unsaved]);
          throw this.#unusable(error);
        }),
    };
    this.#lastWrite = batch.written.catch(() => undefined);
    return batch;
  }

  async #write(batch: Batch<Value>): Promise<void> {
    await this.#rhythm.beat();
    makeFolders(dirname(this.#file), 0o700); // as the XDG Base Directory Specification asks
    this.#locks ??= await loadLocks(dirname(this.#file));
    const isAppended = this.#locks.tryLocked(this.#file, () => this.#append(batch));
    if (isAppended && !this.#isOutdated()) return;
    const { shortLockMs } = await import('./lock.js');
    const release = await this.#locks.lock(this.#file, batch.callers.signal, shortLockMs);
    try {
      if (isAppended) this.#catchUp();
      else this.#append(batch);
      if (this.#isOutdated()) await this.#rewrite();
    } finally {
      await release();
    }
  }

  /** Reads what other processes appended while this one did not have the lock. */
  #catchUp(): void {
    const open = openRegularFile(this.#file, appending, 0o600);
    try {
      this.#readNew(open.descriptor);
    } finally {
      open.close();
    }
  }

  /** Synchronous, or it would wait in the thread pool behind hundreds of files being flushed to disk. */
  #append(batch: Batch<Value>): void {
    const open = openRegularFile(this.#file, appending, 0o600);
    const { descriptor } = open;
    try {
      this.#readNew(descriptor);
      if (this.#collecting === batch) this.#collecting = null;
      let text = '';
      for (const [key, value] of batch.values) {
        this.#known.put(key, value);
        // Not `value`: another process may have recorded one that wins the merge.
        text += formatRecordLine(key, this.#known.get(key) ?? value);
        this.#lines++;
      }
      if (!Number.isFinite(this.#lines)) return; // too large: it is rewritten
      const { size } = fs.fstatSync(descriptor);
      // Ends a line that a killed process left unfinished.
      if (size > this.#offset) text = `\n${text}`;
      fs.appendFileSync(descriptor, text);
      this.#offset = size + Buffer.byteLength(text);
    } finally {
      open.close();
    }
  }

  /** Whether most lines, or most bytes, are of values that were recorded again or of entries beyond the maximum. */
  #isOutdated(): boolean {
    return (
      this.#lines > 2 * this.#known.size + slackLines ||
      this.#known.size > this.#options.maxEntries + slackLines ||
      this.#offset > 4 * this.#rewrittenBytes + slackBytes
    );
  }

  async #rewrite(): Promise<void> {
    this.#known.shrinkTo(this.#options.maxEntries);
    const text = [...this.#known.keys()].map((key) => formatRecordLine(key, this.#known.get(key))).join('');
    const { replaceFile } = await import('./replace-file.js');
    const { size, inode } = await replaceFile(this.#file, text, { mode: 0o600, flush: true });
    this.#inode = inode;
    this.#offset = size;
    this.#rewrittenBytes = size;
    this.#lines = this.#known.size;
  }
}
