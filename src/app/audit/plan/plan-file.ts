/** Reads a plan: its id, its header, and its entries, in constant memory. */
import { createHash } from 'node:crypto';
import type { Stats } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { openRegularFile } from '../../../base/disk/regular-file.js';
import { lookAt } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import type { PlanEntry, PlanHeader, Shard } from '../contract.js';
import { ArtifactRuns } from '../shards/artifact-runs.js';
import { type LineRange, linesOfShard } from '../shards/shard-lines.js';
import { readEntry, readHeader, WrongLine } from './read-entry.js';

/** The metadata of an artifact with 50,000 versions names them all in one line. */
const maxLineBytes = 4 * 1024 * 1024;
const chunkBytes = 64 * 1024;
const newline = 0x0a;

/** Entries of a part of the plan, in batches, with the number of the first. */
export interface EntryBatch {
  readonly first: number;
  readonly entries: readonly PlanEntry[];
}

interface OpenedFile {
  readonly handle: FileHandle;
  readonly stats: Stats;
}

export class PlanFile {
  readonly file: string;
  readonly header: PlanHeader;
  /** The digest of the lines, in hex. */
  readonly id: string;
  readonly #handle: FileHandle;
  readonly #stats: Stats;

  private constructor(file: string, { handle, stats }: OpenedFile, header: PlanHeader, id: string) {
    this.file = file;
    this.#handle = handle;
    this.#stats = stats;
    this.header = header;
    this.id = id;
  }

  /** Reads all lines once. @throws {ClojarsFetchError} `ERR_CONFIG` if the file is missing, cut or not a plan */
  static async open(file: string, signal: AbortSignal): Promise<PlanFile> {
    const handle = await openPlan(file);
    try {
      const stats = await handle.stat();
      const hash = createHash('sha256');
      let header: PlanHeader | null = null;
      let lines = 0;
      for await (const batch of batchesOf(handle, file, signal)) {
        header ??= readOr(file, 1, () => readHeader(batch.lines()[0] ?? ''));
        hash.update(batch.bytes);
        lines += batch.count;
        // A small file may hold lines without end.
        if (lines > header.files + 1) throw notAPlan(file, `it has more lines than the ${header.files} that it announces`);
      }
      if (header === null) throw notAPlan(file, 'it is empty');
      if (lines !== header.files + 1) throw notAPlan(file, `it has ${lines - 1} lines in place of ${header.files}: it was cut`);
      return new PlanFile(file, { handle, stats }, header, hash.digest('hex'));
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Finds the lines of a shard, which needs the paths of all lines. */
  async linesOf(shard: Shard, signal: AbortSignal): Promise<LineRange> {
    const runs = new ArtifactRuns();
    const order = new PathOrder();
    // The header comes first.
    let number = -1;
    for await (const batch of batchesOf(this.#handle, this.file, signal)) {
      for (const line of batch.lines()) {
        if (number >= 0) runs.add(this.#inOrder(usualPath(line) ?? this.#read(line, number).path, number, order));
        number += 1;
      }
    }
    return linesOfShard(runs.lines, shard);
  }

  /** Reads entries, in batches. @param range null for all */
  async *entries(range: LineRange | null, signal: AbortSignal): AsyncGenerator<EntryBatch> {
    const { from, to } = range ?? { from: 0, to: this.header.files };
    const order = new PathOrder();
    let number = -1;
    for await (const batch of batchesOf(this.#handle, this.file, signal)) {
      if (number >= to) break;
      const first = Math.max(number, from);
      if (number + batch.count > first) {
        const lines = batch.lines().slice(first - number, to - number);
        yield { first, entries: lines.map((line, index) => this.#entry(line, first + index, order)) };
      }
      number += batch.count;
    }
    await this.#refuseChange();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  /** Refuses a file that is no longer the one that was counted and digested. */
  async #refuseChange(): Promise<void> {
    const { size, mtimeMs } = await this.#handle.stat();
    if (size === this.#stats.size && mtimeMs === this.#stats.mtimeMs) return;
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${this.file}: the plan was changed while it was read`,
      hint: 'Write a new plan under another name, and start again.',
      path: this.file,
    });
  }

  #entry(line: string, number: number, order: PathOrder): PlanEntry {
    const entry = this.#read(line, number);
    this.#inOrder(entry.path, number, order);
    return entry;
  }

  #read(line: string, number: number): PlanEntry {
    return readOr(this.file, number + 2, () => readEntry(line));
  }

  #inOrder(path: string, number: number, order: PathOrder): string {
    if (!order.isNext(path)) throw notAPlan(this.file, `line ${number + 2} is not in order`);
    return path;
  }
}

const usualStart = '{"path":"';

/** Returns the path of a line as plans usually have it; null if the line must be read in full. */
function usualPath(line: string): string | null {
  if (!line.startsWith(usualStart)) return null;
  const end = line.indexOf('"', usualStart.length);
  const path = line.slice(usualStart.length, end);
  return end === -1 || path.includes('\\') ? null : path;
}

/** Holds the paths of lines against the order of their bytes. */
class PathOrder {
  #last = '';

  isNext(path: string): boolean {
    const text = toLineText(path);
    const isAfter = text > this.#last;
    this.#last = text;
    return isAfter;
  }
}

/** Whether a file is a plan by its beginning; false if it is missing. @param file absolute */
export function isPlan(file: string): boolean {
  if (lookAt(file)?.isFile() !== true) return false;
  const opened = openRegularFile(file);
  try {
    const start = opened.read(0, 256);
    return isPacked(start) || start.includes('"clojars-fetch-audit-plan"');
  } finally {
    opened.close();
  }
}

function isPacked(start: Buffer): boolean {
  return start[0] === 0x1f && start[1] === 0x8b;
}

async function openPlan(file: string): Promise<FileHandle> {
  try {
    return await open(file, 'r');
  } catch (error) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'unreadable',
      message: `${file}: the plan cannot be read`,
      hint: "Make one with 'clojars-fetch audit plan --output FILE'.",
      path: file,
      cause: error,
    });
  }
}

/** Whole lines of a plan, one after the other. */
class LineBatch {
  readonly bytes: Buffer;
  readonly count: number;

  /** @param bytes with the end of the last line */
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.count = countLines(bytes);
  }

  lines(): readonly string[] {
    return this.bytes.toString('utf8', 0, this.bytes.length - 1).split('\n');
  }
}

function countLines(bytes: Buffer): number {
  let count = 0;
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, end + 1)) count += 1;
  return count;
}

/** Reads the lines of a file, compressed or not, in batches. */
async function* batchesOf(handle: FileHandle, file: string, signal: AbortSignal): AsyncGenerator<LineBatch> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of unpacked(handle)) {
      signal.throwIfAborted();
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      const end = bytes.lastIndexOf(newline) + 1;
      rest = bytes.subarray(end);
      if (rest.length > maxLineBytes) throw notAPlan(file, 'it does not hold lines of text');
      if (end > 0) yield new LineBatch(bytes.subarray(0, end));
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error && /^(?:Z_|ERR_BUFFER)/.test('code' in error ? String(error.code) : ''))
      throw notAPlan(file, 'its compressed data is damaged or cut');
    throw localRepositoryError(error, file);
  }
  if (rest.length > 0) throw notAPlan(file, 'its last line has no end');
}

async function* unpacked(handle: FileHandle): AsyncGenerator<Buffer> {
  const magic = Buffer.alloc(2);
  await handle.read(magic, 0, 2, 0);
  const raw = chunksOf(handle);
  if (!isPacked(magic)) {
    yield* raw;
    return;
  }
  const packed = Readable.from(raw);
  const gunzip = createGunzip({ chunkSize: chunkBytes });
  try {
    packed.on('error', (error) => gunzip.destroy(error)).pipe(gunzip);
    yield* gunzip as AsyncIterable<Buffer>;
  } finally {
    packed.destroy();
  }
}

/** A stream of the handle would close it. */
async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function readOr<Value>(file: string, line: number, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof WrongLine) throw notAPlan(file, `line ${line}: ${error.message}`);
    if (error instanceof SyntaxError) throw notAPlan(file, `line ${line} is not JSON`);
    throw error;
  }
}

function notAPlan(file: string, why: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${file}: not a plan of an audit: ${why}`,
    hint: "Make one with 'clojars-fetch audit plan --output FILE'.",
    path: file,
  });
}
