/** A file that the source fetched onto the file system of the target, whole: it only has to be moved. */
import { close, fsync, open, rmSync } from 'node:fs';
import { promisify } from 'node:util';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { whenDescriptorIsFree } from '../../../base/disk/free-descriptor.js';
import type { MovableFile, StagedFile } from './target.js';

const openFile = promisify(open);
const flushToDisk = promisify(fsync);
const closeFile = promisify(close);

export class AdoptedFile implements StagedFile {
  readonly #file: MovableFile;
  readonly #place: (mustBeNew: boolean) => void;
  #isPlaced = false;

  /** @param place gives it its final name */
  constructor(file: MovableFile, place: (mustBeNew: boolean) => void) {
    this.#file = file;
    this.#place = place;
  }

  async write(): Promise<void> {
    // It has its bytes.
  }

  async publish({ mustBeNew = false }: { readonly mustBeNew?: boolean } = {}): Promise<void> {
    try {
      if (!(await this.#file.isDurable)) await this.#flush();
      this.#place(mustBeNew);
      this.#isPlaced = true;
    } finally {
      await this.discard();
    }
  }

  async discard(): Promise<void> {
    if (this.#isPlaced) return;
    try {
      rmSync(this.#file.path, { force: true });
    } catch {
      // The source removes it at the end.
    }
  }

  async #flush(): Promise<void> {
    try {
      const descriptor = await whenDescriptorIsFree(() => openFile(this.#file.path, 'r'));
      await flushToDisk(descriptor).finally(() => closeFile(descriptor));
    } catch (error) {
      throw localRepositoryError(error, this.#file.path);
    }
  }
}
