/** A file for a folder. A small one stays in memory until it is verified: it costs one file and one rename, and nothing if it is wrong. */
import { close, closeSync, constants, fsync, openSync, rmSync, writeFile, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { whenDescriptorIsFree } from '../../../base/disk/free-descriptor.js';
import type { StagedFile } from './target.js';

/** Bytes kept in memory; larger files are written as they come. */
const gatherBytes = 64 * 1024;
const newFile = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0);

const append = promisify(writeFile);
const flushToDisk = promisify(fsync);
const closeLater = promisify(close);

export class FolderStagedFile implements StagedFile {
  readonly #file: string;
  readonly #place: (mustBeNew: boolean) => void;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  /** Null before the file is written, and after it was closed. */
  #descriptor: number | null = null;
  #isOnDisk = false;

  /**
   * @param file absolute path of the staged file, which does not exist yet
   * @param place gives it its final name
   */
  constructor(file: string, place: (mustBeNew: boolean) => void) {
    this.#file = file;
    this.#place = place;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#gathered.push(chunk);
    this.#gatheredBytes += chunk.length;
    if (this.#gatheredBytes < gatherBytes) return;
    await this.#reach(async () => append(await this.#open(), this.#take()));
  }

  async publish({ mustBeNew = false }: { readonly mustBeNew?: boolean } = {}): Promise<void> {
    await this.#reach(async () => {
      const descriptor = await this.#open();
      if (this.#gatheredBytes > 0) writeFileSync(descriptor, this.#take());
      // Others are flushed at the same time: one after the other, each would wait for the disk alone.
      await flushToDisk(descriptor);
      this.#descriptor = null;
      closeSync(descriptor);
    });
    try {
      this.#place(mustBeNew);
      this.#isOnDisk = false;
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    this.#take();
    if (this.#descriptor !== null) await closeLater(this.#descriptor).catch(() => undefined);
    this.#descriptor = null;
    if (!this.#isOnDisk) return;
    this.#isOnDisk = false;
    try {
      rmSync(this.#file, { force: true });
    } catch {
      // The next sync removes it.
    }
  }

  async #open(): Promise<number> {
    this.#descriptor ??= await whenDescriptorIsFree(() => openSync(this.#file, newFile, 0o644));
    this.#isOnDisk = true;
    return this.#descriptor;
  }

  #take(): Uint8Array {
    const chunks = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
  }

  async #reach(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }
}
