/** Counts the files of the cache by folder, in memory. Touches no disk. */

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

/** Files by folder, as a cache folder holds them: a version's files share their folder and their last use. */
export class Inventory {
  readonly #folders = new Map<string, StoredFolder>();
  #bytes = 0;
  #files = 0;

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
    if (stored === undefined) this.#folders.set(folder, (stored = { files: new Map(), bytes: 0, lastUsedMs: usedMs }));
    const before = stored.files.get(name);
    const grown = size - (before ?? 0);
    stored.files.set(name, size);
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
    stored.lastUsedMs = Math.max(stored.lastUsedMs, nowMs);
    return true;
  }

  *folders(): Generator<FolderCount> {
    for (const [key, { files, bytes, lastUsedMs }] of this.#folders) yield { key, bytes, files: files.size, lastUsedMs };
  }
}
