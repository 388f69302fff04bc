/** A folder of this machine as a source. Links are not followed. */
import { constants, createReadStream, type Dirent, lstatSync, readdirSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { Pace } from '../../../base/async/pace.js';
import { localRepositoryError, systemErrorCode } from '../../../base/disk/file-error.js';
import { whenDescriptorIsFree } from '../../../base/disk/free-descriptor.js';
import { openRegularFile, RefusedFile, type RegularFile } from '../../../base/disk/regular-file.js';
import { type ListContext, type MirrorSource, type OpenOptions, type SourceBody, SourceError, type SourceFile } from './source.js';

const batchSize = 512;
/** A stream takes as much memory for each read, however small the file is. */
const chunkBytes = 256 * 1024;
/** A file so small is read at once: as a stream, it would take seven turns through the thread pool. */
const smallBytes = 64 * 1024;
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

export class FolderSource implements MirrorSource {
  readonly name: string;
  readonly increments = null;
  readonly isTimeless: boolean = true;
  readonly publicName = 'a folder';
  readonly #root: string;
  #requests = 0;
  #bytes = 0;

  /** @param root absolute */
  constructor(root: string) {
    this.#root = root;
    this.name = root;
  }

  get traffic(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  now(): number {
    return Date.now();
  }

  async *list({ signal }: ListContext): AsyncGenerator<readonly SourceFile[]> {
    const pace = new Pace(signal);
    let batch: SourceFile[] = [];
    for (const file of this.#walk('')) {
      batch.push(file);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
      await pace.step(batchSize);
    }
    yield batch;
  }

  async open(key: string, { maxBytes, signal }: OpenOptions): Promise<SourceBody | null> {
    this.#requests += 1;
    signal.throwIfAborted();
    try {
      const file = await whenDescriptorIsFree(() => openRegularFile(join(this.#root, key), readOnly), signal);
      return this.#read(key, file, maxBytes, signal);
    } catch (error) {
      if (error instanceof RefusedFile) throw new SourceError(`${key}: not a regular file`, false);
      const code = systemErrorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      if (code === null) throw error;
      throw new SourceError(`${key}: ${code}`, false, null, { cause: error });
    }
  }

  async close(): Promise<void> {
    // Keeps nothing open.
  }

  #read(key: string, file: RegularFile, maxBytes: number, signal: AbortSignal): SourceBody {
    const { size } = file.stats;
    if (size > smallBytes && size <= maxBytes) {
      const stream = createReadStream('', { fd: file.descriptor, highWaterMark: Math.min(chunkBytes, size) });
      return { body: this.#count(stream, signal), cancel: () => void stream.destroy() };
    }
    try {
      if (size > maxBytes) throw new SourceError(`${key}: more than ${maxBytes} bytes`, false);
      return { body: this.#count([file.readAll(smallBytes)], signal), cancel: () => undefined };
    } finally {
      file.close();
    }
  }

  async *#count(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      signal.throwIfAborted();
      this.#bytes += chunk.length;
      yield chunk;
    }
  }

  /** In the order of keys: a folder sorts as its name with a slash. */
  *#walk(folder: string): Generator<SourceFile> {
    for (const entry of this.#entries(folder)) {
      const key = `${folder}${entry.name}`;
      if (entry.isDirectory()) {
        if (!entry.name.startsWith('.')) yield* this.#walk(`${key}/`);
        continue;
      }
      const stats = entry.isFile() ? this.#look(key) : null;
      if (stats !== null) yield { key, size: stats.size, mark: `t:${Math.trunc(stats.mtimeMs)}` };
      else if (!entry.isFile())
        yield { key, size: null, mark: '', refusal: entry.isSymbolicLink() ? 'is a link' : 'is not a regular file' };
    }
  }

  #entries(folder: string): readonly Dirent[] {
    try {
      const sortName = (entry: Dirent): string => Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name).toString('latin1');
      return readdirSync(join(this.#root, folder), { withFileTypes: true })
        .map((entry) => ({ entry, name: sortName(entry) }))
        .sort((one, other) => (one.name < other.name ? -1 : 1))
        .map(({ entry }) => entry);
    } catch (error) {
      // Removed since its parent was read; the root itself must exist.
      if (systemErrorCode(error) === 'ENOENT' && folder !== '') return [];
      throw localRepositoryError(error, join(this.#root, folder));
    }
  }

  #look(key: string): Stats | null {
    const stats = lstatSync(join(this.#root, key), { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats : null;
  }
}
