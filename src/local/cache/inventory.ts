/** Counts the files of the cache by folder, in memory. Touches no disk. */
import { ownText } from '../../base/disk/packing.js';

interface StoredFolder {
  /** Sizes by name. */
  readonly files: Map<string, number>;
  bytes: number;
  lastUsedMs: number;
}

/** A folder as it is counted. */
export interface FolderCount {
  /** `<repository>/<path of the folder>`. */
  readonly key: string;
  readonly bytes: number;
  readonly files: number;
  readonly lastUsedMs: number;
}

/** A folder at its place in the order of use. */
interface Place {
  readonly key: string;
  readonly lastUsedMs: number;
}

/** Files by folder, as a cache folder holds them: a version's files share their folder and their last use. */
export class Inventory {
  readonly #folders = new Map<string, StoredFolder>();
  #bytes = 0;
  #files = 0;
  /**
   * The folders as they were put in order last. One that was used since, or is gone, is no longer at its place; one that came since was used
   * later than all of them.
   */
  #order: readonly Place[] = [];
  /** How many at the beginning are not at their places. */
  #passed = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get files(): number {
    return this.#files;
  }

  /** The size of a file; null if it is not known. */
  size(folder: string, name: string): number | null {
    return this.#folders.get(folder)?.files.get(name) ?? null;
  }

  /** Names of the files of a folder. */
  names(folder: string): readonly string[] {
    return [...(this.#folders.get(folder)?.files.keys() ?? [])];
  }

  put(folder: string, name: string, size: number, usedMs: number): void {
    let stored = this.#folders.get(folder);
    if (stored === undefined) {
      this.#folders.set(ownText(folder), (stored = { files: new Map(), bytes: 0, lastUsedMs: usedMs }));
      this.#moved(usedMs);
    } else if (usedMs > stored.lastUsedMs) this.#moved(usedMs);
    const before = stored.files.get(name);
    const grown = size - (before ?? 0);
    stored.files.set(before === undefined ? ownText(name) : name, size);
    stored.bytes += grown;
    stored.lastUsedMs = Math.max(stored.lastUsedMs, usedMs);
    this.#bytes += grown;
    if (before === undefined) this.#files += 1;
  }

  remove(folder: string, name: string): void {
    const stored = this.#folders.get(folder);
    const size = stored?.files.get(name);
    if (stored === undefined || size === undefined) return;
    stored.files.delete(name);
    stored.bytes -= size;
    this.#bytes -= size;
    this.#files -= 1;
    if (stored.files.size === 0) this.#folders.delete(folder);
  }

  /** Puts all uses in the past, after a clock that ran ahead was set right: otherwise its files would stay the longest. */
  limitUse(nowMs: number): void {
    for (const stored of this.#folders.values()) stored.lastUsedMs = Math.min(stored.lastUsedMs, nowMs);
    this.#order = [];
  }

  /** The count of one folder; null if nothing is in it. */
  folder(key: string): FolderCount | null {
    const stored = this.#folders.get(key);
    return stored === undefined ? null : { key, bytes: stored.bytes, files: stored.files.size, lastUsedMs: stored.lastUsedMs };
  }

  /** Notes a use; false if the folder is not known. */
  touch(folder: string, nowMs: number): boolean {
    const stored = this.#folders.get(folder);
    if (stored === undefined) return false;
    if (nowMs > stored.lastUsedMs) {
      stored.lastUsedMs = nowMs;
      this.#moved(nowMs);
    }
    return true;
  }

  /** The folders, the one used longest ago first, of equals by key. Nothing may change while they are read. */
  *byAge(): Generator<FolderCount> {
    let count = 0;
    for (let index = this.#passed; index < this.#order.length; index += 1) {
      const found = this.#atPlace(this.#order[index]);
      if (found !== null) {
        count += 1;
        yield found;
      } else if (count === 0) this.#passed = index + 1;
    }
    // The rest came or was used since.
    this.#sort();
    for (const place of this.#order.slice(count)) {
      const found = this.#atPlace(place);
      if (found !== null) yield found;
    }
  }

  #atPlace(place: Place | undefined): FolderCount | null {
    const found = place === undefined ? null : this.folder(place.key);
    return found?.lastUsedMs === place?.lastUsedMs ? found : null;
  }

  #sort(): void {
    this.#order = [...this.#folders]
      .map(([key, { lastUsedMs }]) => ({ key, lastUsedMs }))
      .sort((one, other) => one.lastUsedMs - other.lastUsedMs || (one.key < other.key ? -1 : 1));
    this.#passed = 0;
  }

  /** Notes that a folder has a new place. Gives up the order if that lies among the others. */
  #moved(usedMs: number): void {
    if (usedMs <= (this.#order.at(-1)?.lastUsedMs ?? -Infinity)) this.#order = [];
  }

  *folders(): Generator<FolderCount> {
    for (const [key, { files, bytes, lastUsedMs }] of this.#folders) yield { key, bytes, files: files.size, lastUsedMs };
  }
}
