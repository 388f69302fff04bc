/** Remembers what lies in the folders of a target's bucket: one listing spares the requests for each file that is not there. */
import { folderOf, nameOf } from '../../../maven/repository-index/key.js';
import type { Asking } from '../../../network/s3/ask.js';
import { listObjects } from '../../../network/s3/list-objects.js';

/** Files by name, with their sizes. */
type Folder = Map<string, number>;

const foldersMax = 2000;

export class BucketFolders {
  readonly #asking: Asking;
  readonly #prefix: string;
  readonly #folders = new Map<string, Promise<Folder>>();

  constructor(asking: Asking) {
    this.#asking = asking;
    this.#prefix = asking.bucket.location.prefix;
  }

  /** Null if there is no such file. */
  async sizeOf(key: string, signal: AbortSignal): Promise<number | null> {
    return (await this.files(folderOf(key), signal)).get(nameOf(key)) ?? null;
  }

  /** The files directly in a folder. */
  files(folder: string, signal: AbortSignal): Promise<ReadonlyMap<string, number>> {
    const known = this.#folders.get(folder);
    if (known !== undefined) return known;
    for (const oldest of this.#folders.keys()) {
      if (this.#folders.size < foldersMax) break;
      this.#folders.delete(oldest);
    }
    const listed = this.#list(folder === '' ? '' : `${folder}/`, signal);
    this.#folders.set(folder, listed);
    listed.catch(() => this.#folders.delete(folder));
    return listed;
  }

  /** Learns that this machine stored or deleted a file. */
  async note(key: string, size: number | null): Promise<void> {
    const folder = await this.#folders.get(folderOf(key))?.catch(() => null);
    if (size === null) folder?.delete(nameOf(key));
    else folder?.set(nameOf(key), size);
  }

  async #list(folder: string, signal: AbortSignal): Promise<Folder> {
    const files: Folder = new Map();
    const prefix = `${this.#prefix}${folder}`;
    for await (const { objects } of listObjects(this.#asking, { prefix, delimiter: '/', signal })) {
      for (const { key, size } of objects) files.set(key.slice(prefix.length), size);
    }
    return files;
  }
}
