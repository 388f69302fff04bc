/**
 * A map kept on disk as an append-only file of JSON lines, read once per process. Chosen over a file per entry because
 * the warm path looks up hundreds of entries and must cost one read. Each line carries a CRC-32 of itself, so a line
 * torn by a crash is skipped and hides no other. Writers of all processes take a lock, take in what others appended
 * meanwhile, and append; when most lines are outdated the file is rewritten.
 */
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';

import { crc32 } from './crc32.js';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';
import type { Locks } from './lock.js';

export interface RecordLogOptions<Value> {
  /** Absolute file; its folder is made when first written. */
  readonly file: string;
  /** Checks a value read from disk; null drops it. */
  readonly parse: (value: unknown) => Value | null;
  /** What stands when a key is recorded again. Default: the later. */
  readonly merge?: ((earlier: Value, later: Value) => Value) | undefined;
  /** Above so many entries the ones recorded longest ago are dropped. */
  readonly maxEntries: number;
  /** A file larger than this is not read: a cache starts anew, a record that must not be lost throws `corrupt`. */
  readonly maxBytes: number;
  readonly whenTooLarge: 'discard' | 'throw';
}

export interface RecordLog<Value> {
  /** The value of a key. The first call reads the file. */
  get(key: string): Promise<Value | null>;
  /** Records at once for this process; resolves when it is on disk. Calls close together are written together. */
  set(key: string, value: Value): Promise<void>;
}

/** Outdated lines tolerated beyond the number of entries. */
const slackLines = 1000;
/** The same in bytes, beyond four times what the last rewriting left: lines may be long. */
const slackBytes = 64 * 1024 * 1024;

function formatLine(key: string, value: unknown): string {
  const json = JSON.stringify([key, value]);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

function parseLine(line: string): [string, unknown] | null {
  if (line.length < 11 || line[8] !== ' ') return null;
  const json = line.slice(9);
  if (Number.parseInt(line.slice(0, 8), 16) !== crc32(json)) return null;
  try {
    const pair: unknown = JSON.parse(json);
    return Array.isArray(pair) && pair.length === 2 && typeof pair[0] === 'string' ? [pair[0], pair[1]] : null;
  } catch {
    return null;
  }
}

/** A line is checked and parsed when its key is first asked for: a warm call needs a few of thousands. */
type Entry<Value> = { readonly line: string } | { readonly value: Value };

/** The key of a line that looks whole; null sends it to {@link parseLine}. */
function peekKey(line: string): string | null {
  if (line.slice(8, 11) !== ' ["') return null;
  const end = line.indexOf('"', 11);
  const key = line.slice(11, end);
  return end > 0 && line[end + 1] === ',' && !key.includes('\\') ? key : null;
}

/** Records that are written together. */
interface Batch<Value> {
  readonly values: Map<string, Value>;
  readonly written: Promise<void>;
}

/** Opens a record log. Touches nothing until a method is called. */
export function createRecordLog<Value>(options: RecordLogOptions<Value>): RecordLog<Value> {
  const { file } = options;
  const folder = dirname(file);
  let locks: Locks | null = null;
  const known = new Map<string, Entry<Value>>();
  /** Where the next read begins, in which file: a rewritten one has another inode. */
  let offset = 0;
  let inode: number | null = null;
  let lines = 0;
  let rewrittenBytes = 0;
  /** Collects until it has the lock; each caller waits for its own batch and not for those that follow. */
  let collecting: Batch<Value> | null = null;
  let lastWrite: Promise<void> = Promise.resolve();
  /** What could not be written goes with the next batch. */
  let unsaved: ReadonlyMap<string, Value> = new Map();

  const merged = (earlier: Value | undefined, later: Value | undefined): Value | null => {
    if (earlier === undefined || later === undefined) return later ?? earlier ?? null;
    return options.merge === undefined ? later : options.merge(earlier, later);
  };
  const read = (line: string): [string, Value] | null => {
    const pair = parseLine(line);
    const value = pair === null ? null : options.parse(pair[1]);
    return pair === null || value === null ? null : [pair[0], value];
  };
  const valueOf = (key: string): Value | undefined => {
    const entry = known.get(key);
    if (entry === undefined || 'value' in entry) return entry?.value;
    const pair = read(entry.line);
    if (pair === null || pair[0] !== key) {
      known.delete(key);
      return undefined;
    }
    known.set(key, { value: pair[1] });
    return pair[1];
  };
  const put = (key: string, value: Value): void => {
    const standing = merged(valueOf(key), value) ?? value;
    // Deleted first, so that the order of the map is the order of recording.
    known.delete(key);
    known.set(key, { value: standing });
  };
  const putLine = (line: string): void => {
    const key = peekKey(line);
    if (key !== null && !known.has(key)) {
      known.set(key, { line });
      return;
    }
    const pair = read(line);
    if (pair !== null) put(pair[0], pair[1]);
  };

  /** Synchronous, as in temporary-file.ts; `fs.promises` is loaded only by what writes. */
  const readNew = (descriptor: number): void => {
    const stats = fs.fstatSync(descriptor);
    if (stats.ino !== inode || stats.size < offset) {
      inode = stats.ino;
      offset = 0;
      lines = 0;
    }
    if (stats.size > options.maxBytes) {
      if (options.whenTooLarge === 'throw') throw corruptPath(file, `is larger than ${options.maxBytes} bytes`);
      lines = Number.POSITIVE_INFINITY;
      return;
    }
    if (stats.size === offset) return;
    const bytes = Buffer.alloc(stats.size - offset);
    const bytesRead = fs.readSync(descriptor, bytes, 0, bytes.byteLength, offset);
    // A line still being written by somebody who does not hold the lock any more ends the reading.
    const end = bytes.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    offset += end;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      if (line === '') continue;
      lines++;
      putLine(line);
    }
  };

  let isLoaded = false;
  const load = (): void => {
    if (isLoaded) return;
    try {
      const descriptor = fs.openSync(file, 'r');
      try {
        readNew(descriptor);
      } finally {
        fs.closeSync(descriptor);
      }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw localRepositoryError(error, file);
    }
    isLoaded = true;
  };

  const rewrite = async (): Promise<void> => {
    for (const key of [...known.keys()]) valueOf(key);
    for (const key of known.keys()) {
      if (known.size <= options.maxEntries) break;
      known.delete(key);
    }
    // One fixed name: the lock is held, and what a killed process left is overwritten.
    const temporary = join(folder, `.${basename(file)}.new`);
    try {
      const handle = await fs.promises.open(temporary, 'w', 0o600);
      try {
        const text = [...known.keys()].map((key) => formatLine(key, valueOf(key))).join('');
        await handle.writeFile(text);
        await handle.sync();
        const stats = await handle.stat();
        inode = stats.ino;
        offset = stats.size;
        rewrittenBytes = stats.size;
        lines = known.size;
      } finally {
        await handle.close();
      }
      await fs.promises.rename(temporary, file);
    } catch (error) {
      await fs.promises.rm(temporary, { force: true });
      throw error;
    }
  };

  const writeBatch = async (batch: Batch<Value>): Promise<void> => {
    // What the files of one turn of the event loop record goes together.
    await new Promise((resolve) => setImmediate(resolve));
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 }); // the XDG Base Directory Specification's
    // Loaded by the first write: a warm call only reads.
    locks ??= (await import('./lock.js')).createLocks(folder);
    const release = await locks.lock(file);
    try {
      // Synchronous, or it would wait in the thread pool behind hundreds of files being flushed to disk.
      const descriptor = fs.openSync(file, 'a+', 0o600);
      try {
        readNew(descriptor);
        if (collecting === batch) collecting = null;
        // What others recorded first may win the merge: written is what stands.
        let text = '';
        for (const [key, value] of batch.values) {
          put(key, value);
          text += formatLine(key, valueOf(key));
          lines++;
        }
        const { size } = fs.fstatSync(descriptor);
        // Ends a line that a killed process left unfinished.
        const separator = size > offset ? '\n' : '';
        if (Number.isFinite(lines)) {
          fs.appendFileSync(descriptor, separator + text);
          offset = size + Buffer.byteLength(separator + text);
        }
      } finally {
        fs.closeSync(descriptor);
      }
      if (lines > 2 * known.size + slackLines || known.size > options.maxEntries + slackLines || offset > 4 * rewrittenBytes + slackBytes)
        await rewrite();
    } finally {
      await release();
    }
  };

  const startBatch = (): Batch<Value> => {
    const values = new Map(unsaved);
    unsaved = new Map();
    const batch: Batch<Value> = {
      values,
      written: lastWrite
        .then(() => writeBatch(batch))
        .catch((error: unknown) => {
          if (collecting === batch) collecting = null;
          unsaved = new Map([...values, ...unsaved]);
          throw localRepositoryError(error, file);
        }),
    };
    lastWrite = batch.written.catch(() => undefined);
    return batch;
  };

  return {
    async get(key) {
      load();
      return merged(merged(valueOf(key), unsaved.get(key)) ?? undefined, collecting?.values.get(key));
    },
    async set(key, value) {
      load();
      // Kept apart from what is on disk until written: another process may have recorded this key first.
      const batch = (collecting ??= startBatch());
      batch.values.set(key, merged(batch.values.get(key), value) ?? value);
      await batch.written;
    },
  };
}
