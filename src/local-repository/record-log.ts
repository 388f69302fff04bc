/**
 * A map kept on disk as an append-only file of JSON lines, read once per process. Chosen over a file per entry because
 * the warm path looks up hundreds of entries and must cost one read. Each line carries a CRC-32 of itself, so a line
 * torn by a crash is skipped and hides no other. Writers of all processes take a lock, take in what others appended
 * meanwhile, and append; when most lines are outdated the file is rewritten.
 */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { corruptPath, localRepositoryError, systemErrorCode } from './file-error.js';
import { createLocks } from './lock.js';

export interface RecordLogOptions<Value> {
  /** Absolute file; its folder is made when first written. */
  readonly file: string;
  /** Checks a value read from disk; null drops it. */
  readonly parse: (value: unknown) => Value | null;
  /** What stands when a key is recorded again. Default: the later. */
  readonly merge?: (earlier: Value, later: Value) => Value;
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

/** Opens a record log. Touches nothing until a method is called. */
export function createRecordLog<Value>(options: RecordLogOptions<Value>): RecordLog<Value> {
  const { file } = options;
  const folder = dirname(file);
  const locks = createLocks(folder);
  const known = new Map<string, Value>();
  /** Where the next read begins, in which file: a rewritten one has another inode. */
  let offset = 0;
  let inode: number | null = null;
  let lines = 0;
  let loading: Promise<void> | null = null;
  let queued = new Map<string, Value>();
  let writing: Promise<void> | null = null;

  const merged = (earlier: Value | undefined, later: Value | undefined): Value | null => {
    if (earlier === undefined || later === undefined) return later ?? earlier ?? null;
    return options.merge === undefined ? later : options.merge(earlier, later);
  };
  const put = (key: string, value: Value): void => {
    const standing = merged(known.get(key), value) ?? value;
    // Deleted first, so that the order of the map is the order of recording.
    known.delete(key);
    known.set(key, standing);
  };

  const readNew = async (handle: FileHandle): Promise<void> => {
    const stats = await handle.stat();
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
    const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, offset);
    // A line still being written by somebody who does not hold the lock any more ends the reading.
    const end = bytes.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
    offset += end;
    for (const line of bytes.toString('utf8', 0, end).split('\n')) {
      if (line === '') continue;
      lines++;
      const pair = parseLine(line);
      const value = pair === null ? null : options.parse(pair[1]);
      if (pair !== null && value !== null) put(pair[0], value);
    }
  };

  const load = async (): Promise<void> => {
    try {
      const handle = await open(file, 'r');
      try {
        await readNew(handle);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw localRepositoryError(error, file);
    }
  };
  const loaded = (): Promise<void> => {
    loading ??= load().catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };

  const rewrite = async (): Promise<void> => {
    for (const key of known.keys()) {
      if (known.size <= options.maxEntries) break;
      known.delete(key);
    }
    // One fixed name: the lock is held, and what a killed process left is overwritten.
    const temporary = join(folder, `.${basename(file)}.new`);
    try {
      const handle = await open(temporary, 'w', 0o600);
      try {
        const text = [...known].map(([key, value]) => formatLine(key, value)).join('');
        await handle.writeFile(text);
        await handle.sync();
        const stats = await handle.stat();
        inode = stats.ino;
        offset = stats.size;
        lines = known.size;
      } finally {
        await handle.close();
      }
      await rename(temporary, file);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  };

  const writeQueued = async (): Promise<void> => {
    await mkdir(folder, { recursive: true });
    const release = await locks.lock(file);
    try {
      const handle = await open(file, 'a+', 0o600);
      try {
        await readNew(handle);
        const batch = queued;
        queued = new Map();
        // What others recorded first may win the merge: written is what stands.
        let text = '';
        for (const [key, value] of batch) {
          put(key, value);
          text += formatLine(key, known.get(key));
          lines++;
        }
        const { size } = await handle.stat();
        // Ends a line that a killed process left unfinished.
        const separator = size > offset ? '\n' : '';
        if (Number.isFinite(lines)) {
          await handle.appendFile(separator + text);
          offset = size + Buffer.byteLength(separator + text);
        }
      } finally {
        await handle.close();
      }
      if (lines > 2 * known.size + slackLines || known.size > options.maxEntries + slackLines) await rewrite();
    } finally {
      await release();
    }
  };

  const write = async (): Promise<void> => {
    try {
      while (queued.size > 0) await writeQueued();
    } catch (error) {
      throw localRepositoryError(error, file);
    } finally {
      writing = null;
    }
  };

  return {
    async get(key) {
      await loaded();
      return merged(known.get(key), queued.get(key));
    },
    async set(key, value) {
      await loaded();
      // Kept apart from what is on disk until written: another process may have recorded this key first.
      queued.set(key, merged(queued.get(key), value) ?? value);
      writing ??= write();
      await writing;
    },
  };
}
