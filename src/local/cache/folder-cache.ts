/** A cache in a folder of its own: counted, limited, and put in order again after a kill. */
import { lstatSync, renameSync, type Stats } from 'node:fs';
import { join } from 'node:path';

import { type CachedRepository, type CacheFolder, openCacheFolder } from './cache-folder.js';
import { dateToKeep } from './date-to-keep.js';
import type { CachedFile, CacheStats, CheckFinding, CheckReport, FileCache, ListedEntry } from './file-cache.js';
import type { FileRecord } from './file-record.js';
import { FolderCounts } from './folder-counts.js';
import { Inventory } from './inventory.js';
import { fileOf, listFolder } from './list-folder.js';
import { rememberPlaces } from './remember-places.js';
import { Room } from './room.js';
import { isWithoutLinks } from './scan.js';
import { limitTooSmall } from './space.js';

export interface FolderCacheOptions {
  /** The folder, made if it is missing. It may be a link. */
  readonly folder: string;
  readonly repositories: readonly CachedRepository[];
  readonly limitBytes: number;
  /** False for a look at a cache whose limit another process keeps: then files leave for a reservation only. Default true. */
  readonly keepsLimit?: boolean | undefined;
  /** Called with the absolute path of each file that this process removes or moves aside. */
  readonly onRemoved?: ((file: string) => void) | undefined;
  /** The largest file that may be fetched: a lower limit is refused. */
  readonly largestFileBytes?: number | undefined;
  readonly now?: (() => number) | undefined;
  /** When counting begins, unless room is needed sooner: until then, files are only found. Default: at once. */
  readonly countAfterMs?: number | undefined;
  /** Free bytes on the disk of a folder; null if unknown. Default: the operating system is asked. */
  readonly freeBytes?: ((folder: string) => number | null) | undefined;
}

/** Uses are written together, this long after the first. */
const useMs = 30_000;
/** A clock set back by more than this had been wrong. */
const jumpMs = 60_000;
/** Times of modification are kept with fractions by some programs, and without by others. */
const sameTime = (one: number, other: number): boolean => Math.abs(one - other) < 1;

/**
 * Opens the cache folder. The folders are looked through in the background: files are found at once.
 *
 * @throws ClojarsFetchError `ERR_CONFIG` if the place is not a folder, or a folder in it belongs to another repository, or the limit is too
 * small; `ERR_LOCAL_REPOSITORY` if it cannot be written
 */
export async function openFolderCache(options: FolderCacheOptions): Promise<FileCache> {
  const { folder, repositories, limitBytes, largestFileBytes = 0 } = options;
  if (limitBytes < largestFileBytes) throw limitTooSmall(limitBytes, largestFileBytes);
  const folders = await openCacheFolder(folder, repositories);
  clearInventoryPlace(folders);
  return new FolderCache(folders, options);
}

/** Moves away anything but a file that is in the place of the inventory. */
function clearInventoryPlace(folders: CacheFolder): void {
  const file = join(folders.state, 'inventory.jsonl');
  const there = lstatSync(file, { throwIfNoEntry: false });
  if (there === undefined || there.isFile()) return;
  renameSync(file, join(folders.damagedFolder, `inventory-${Date.now()}`));
}

class FolderCache implements FileCache {
  readonly lockFolder: string;
  readonly #folders: CacheFolder;
  readonly #now: () => number;
  readonly #inventory = new Inventory();
  readonly #counts: FolderCounts;
  readonly #room: Room;
  readonly #onRemoved: FolderCacheOptions['onRemoved'];
  readonly #place = rememberPlaces((repository, path) =>
    this.#folders.has(repository) ? fileOf(this.#folders.of(repository), path) : null,
  );
  /** Folders used since the last time that uses were written. */
  readonly #used = new Set<string>();
  #latestMs = 0;
  #useTimer: NodeJS.Timeout | undefined;
  #setAside = 0;

  constructor(folders: CacheFolder, options: FolderCacheOptions) {
    const { limitBytes, keepsLimit: isKept, onRemoved, now = Date.now, freeBytes: free, countAfterMs } = options;
    this.lockFolder = folders.lockFolder;
    this.#folders = folders;
    this.#now = now;
    this.#counts = new FolderCounts(folders, this.#inventory, now, countAfterMs);
    this.#onRemoved = onRemoved;
    this.#room = new Room({ folders, inventory: this.#inventory, counts: this.#counts, limitBytes, isKept, onRemoved, free });
  }

  folder(repository: string): string {
    return this.#folders.of(repository);
  }

  lookup(repository: string, path: string): CachedFile | null {
    const place = this.#place(repository, path);
    if (place === null) return null;
    const { key, file } = place;
    const stats = look(file);
    if (stats?.isFile() !== true) {
      if (this.#counts.recordOf(key) !== null) this.#counts.forget(key);
      return null;
    }
    let record = this.#counts.recordOf(key);
    if (record === null || !isUnchanged(record, stats)) {
      // Another process may have fetched it.
      this.#counts.refresh();
      record = this.#counts.recordOf(key);
    }
    if (record === null || !isUnchanged(record, stats)) return null;
    const { size, lastModifiedMs, sha256, sha1, md5, mirror, level } = record;
    return { repository, path, file, size, modifiedMs: stats.mtimeMs, lastModifiedMs, sha256, sha1, md5, mirror, level };
  }

  note(cached: CachedFile): number | null {
    const { repository, path, size, modifiedMs, sha256, sha1, md5, mirror, level } = cached;
    const root = this.#folders.of(repository);
    const place = this.#place(repository, path);
    if (place === null) return cached.lastModifiedMs;
    const lastModifiedMs = dateToKeep(cached, this.#counts.recordOf(place.key));
    const stats = look(place.file);
    this.#counts.doubt(place.folder);
    // If it changed since its bytes were digested, or lies behind a link, nothing may be recorded of it.
    const isSteady = stats?.isFile() === true && stats.size === size && sameTime(stats.mtimeMs, modifiedMs);
    if (!isSteady || !isWithoutLinks(root, path)) return lastModifiedMs;
    const lastUsedMs = this.#timeOfUse();
    this.#counts.record(place.key, { ...describe(stats), sha256, sha1, md5, mirror, level, lastUsedMs, lastModifiedMs });
    this.#room.mindLimit();
    return lastModifiedMs;
  }

  touch(repository: string, path: string): void {
    const place = this.#place(repository, path);
    if (place === null) return;
    const { folder } = place;
    if (!this.#inventory.touch(folder, this.#timeOfUse())) return;
    this.#used.add(folder);
    this.#useTimer ??= setTimeout(() => this.#saveUses(), useMs).unref();
  }

  reserve(bytes: number): Promise<() => void> {
    return this.#room.reserve(bytes);
  }

  hold(repository: string, path: string): () => void {
    const place = this.#place(repository, path);
    return place === null ? () => undefined : this.#room.hold(place.folder);
  }

  async setAside(repository: string, path: string): Promise<void> {
    await this.#moveAside(repository, path);
  }

  list(repository: string, path: string): readonly ListedEntry[] | null {
    return this.#folders.has(repository) ? listFolder(this.#folders.of(repository), path) : null;
  }

  async check(signal: AbortSignal, onFinding: (finding: CheckFinding) => void): Promise<CheckReport> {
    const { checkTree } = await import('./check.js');
    await this.#counts.written();
    this.#counts.refresh();
    const tree = {
      repositories: this.#folders.ids().map((id) => ({ id, root: this.#folders.of(id) })),
      now: this.#now,
      recordOf: (repository: string, path: string) => this.#counts.recordOf(`${repository}/${path}`),
      recorded: () => this.#recorded(),
      confirm: (repository: string, path: string, stats: Stats) => this.#confirm(`${repository}/${path}`, stats),
      setAside: (repository: string, path: string) => this.#moveAside(repository, path),
    };
    return this.#counts.alone(() => checkTree(tree, signal, onFinding));
  }

  pauseEviction(repository: string, isPaused: boolean): void {
    this.#room.pause(repository, isPaused);
  }

  stats(): CacheStats {
    const { files: evictedFiles, bytes: evictedBytes } = this.#room.evicted;
    return {
      bytes: this.#inventory.bytes,
      files: this.#inventory.files,
      limitBytes: this.#room.limit(),
      reservedBytes: this.#room.reservedBytes,
      evictedFiles,
      evictedBytes,
      setAside: this.#setAside,
      isCounted: this.#counts.isCounted,
    };
  }

  async counted(): Promise<void> {
    await this.#counts.counted;
    this.#counts.refresh();
    this.#counts.settle();
  }

  async close(): Promise<void> {
    this.#saveUses();
    await this.#room.close();
    await this.#counts.close();
  }

  #timeOfUse(): number {
    const nowMs = this.#now();
    if (nowMs < this.#latestMs - jumpMs) this.#inventory.limitUse(nowMs);
    this.#latestMs = nowMs;
    return nowMs;
  }

  async #moveAside(repository: string, path: string): Promise<string | null> {
    const place = this.#place(repository, path);
    if (place === null || !isWithoutLinks(this.#folders.of(repository), path.split('/').slice(0, -1).join('/'))) return null;
    const { setFileAside } = await import('./set-aside.js');
    const movedTo = await setFileAside(place.file, this.#folders.damagedFolder, this.#now());
    this.#counts.forget(place.key);
    this.#counts.recountFolder(place.folder);
    if (movedTo !== null) this.#setAside += 1;
    this.#onRemoved?.(place.file);
    return movedTo;
  }

  *#recorded(): Generator<{ repository: string; path: string; file: string }> {
    for (const key of this.#counts.recorded()) {
      const [repository = ''] = key.split('/', 1);
      const path = key.slice(repository.length + 1);
      const file = this.#place(repository, path)?.file;
      if (file !== undefined) yield { repository, path, file };
    }
  }

  /** Hits need not be hashed again after a copy or a restored backup, which changes inodes and times. */
  #confirm(key: string, stats: Stats): void {
    const record = this.#counts.recordOf(key);
    if (record !== null && !isUnchanged(record, stats)) this.#counts.record(key, { ...record, ...describe(stats) });
  }

  #saveUses(): void {
    clearTimeout(this.#useTimer);
    this.#useTimer = undefined;
    for (const folder of this.#used) this.#counts.saveUse(folder);
    this.#used.clear();
  }
}

function look(file: string): Stats | null {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) ?? null;
  } catch {
    return null;
  }
}

function describe({ size, mtimeMs, ctimeMs, ino }: Stats): Pick<FileRecord, 'size' | 'mtimeMs' | 'ctimeMs' | 'inode'> {
  return { size, mtimeMs, ctimeMs, inode: ino };
}

function isUnchanged(record: FileRecord, stats: Stats): boolean {
  const { size, mtimeMs, ctimeMs, inode } = record;
  return size === stats.size && mtimeMs === stats.mtimeMs && ctimeMs === stats.ctimeMs && inode === stats.ino;
}
