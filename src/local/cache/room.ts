/** Keeps the cache within its limit: reserves room for downloads, and removes what was used longest ago. */
import { join } from 'node:path';

import { Pulse } from '../../base/async/pulse.js';
import { createLocks, type Locks } from '../../base/disk/lock.js';
import { sweepLocks } from '../../base/disk/stale-lock.js';
import type { CacheFolder } from './cache-folder.js';
import { EmptyFolders } from './empty-folders.js';
import { evictFolder } from './evict-folder.js';
import { mostFiles } from './file-record.js';
import type { FolderCounts } from './folder-counts.js';
import { inSlices } from './in-slices.js';
import type { FolderCount, Inventory } from './inventory.js';
import { type EvictionUnit, planEviction, type RoomNeeded } from './plan-eviction.js';
import { cacheFull, effectiveLimit, freeBytes } from './space.js';

/** How long a reservation waits for downloads that are under way. */
const mostWaitMs = 3_000;
/** After files had to leave, some more do in the background, so that the next download need not wait. */
const trimDelayMs = 50;
const trimPart = 0.02;
const mostTrimmed = 256 * 1024 * 1024;
/** A smaller cache keeps what it can. */
const leastTrimmed = 8 * 1024 * 1024;
/** Folders that leave in the background before a request may take its turn. */
const mostAtOnce = 8;

/** A plan does not hold if an inventory was wrong, or if another program changed the folders. After so many, it must do. */
const mostRecounts = 3;

export interface RoomOptions {
  readonly folders: CacheFolder;
  readonly inventory: Inventory;
  readonly counts: FolderCounts;
  readonly limitBytes: number;
  /** False: files leave for a reservation only. */
  readonly isKept?: boolean | undefined;
  readonly onRemoved?: ((file: string) => void) | undefined;
  /** Free bytes on the disk of a folder; null if unknown. */
  readonly free?: ((folder: string) => number | null) | undefined;
}

/** The room of one cache folder. */
export class Room {
  readonly #folders: CacheFolder;
  readonly #inventory: Inventory;
  readonly #counts: FolderCounts;
  readonly #configured: number;
  readonly #isKept: boolean;
  readonly #onRemoved: (file: string) => void;
  readonly #free: (folder: string) => number | null;
  readonly #locks: Locks;
  /** How many callers hold a folder. */
  readonly #held = new Map<string, number>();
  readonly #paused = new Set<string>();
  readonly #releases = new Pulse();
  #reserved = 0;
  #reservations = 0;
  #evictedFiles = 0;
  #evictedBytes = 0;
  /** Only one call at a time removes files. */
  #lastTurn: Promise<void> = Promise.resolve();
  #trimTimer: NodeJS.Timeout | undefined;
  readonly #emptied = new EmptyFolders();
  #isClosed = false;

  constructor({ folders, inventory, counts, limitBytes, isKept = true, onRemoved = ignore, free = freeBytes }: RoomOptions) {
    this.#folders = folders;
    this.#inventory = inventory;
    this.#counts = counts;
    this.#configured = limitBytes;
    this.#isKept = isKept;
    this.#onRemoved = onRemoved;
    this.#free = free;
    this.#locks = createLocks(folders.lockFolder);
    counts.onSettled = () => this.mindLimit();
    counts.onCounted = () => this.mindLimit();
  }

  get reservedBytes(): number {
    return this.#reserved;
  }

  get evicted(): { readonly files: number; readonly bytes: number } {
    return { files: this.#evictedFiles, bytes: this.#evictedBytes };
  }

  /** The limit that holds now. */
  limit(): number {
    return effectiveLimit(this.#configured, this.#inventory.bytes, this.#free(this.#folders.root));
  }

  async reserve(bytes: number): Promise<() => void> {
    const wanted = Math.max(0, Math.ceil(bytes));
    await this.#counts.loaded;
    this.#counts.refresh();
    if (this.#satisfied(this.#lacking(wanted, this.limit()))) this.#keep(wanted);
    else await this.#inTurn(() => this.#makeRoom(wanted));
    let isKept = true;
    return () => {
      if (!isKept) return;
      isKept = false;
      this.#reserved -= wanted;
      this.#reservations -= 1;
      this.#releases.beat();
    };
  }

  hold(folder: string): () => void {
    this.#held.set(folder, (this.#held.get(folder) ?? 0) + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const left = (this.#held.get(folder) ?? 1) - 1;
      if (left > 0) this.#held.set(folder, left);
      else this.#held.delete(folder);
      this.#releases.beat();
    };
  }

  pause(repository: string, isPaused: boolean): void {
    if (isPaused) this.#paused.add(repository);
    else this.#paused.delete(repository);
  }

  /** Brings the cache back within its limit in the background, after files came for which no room was reserved. */
  mindLimit(): void {
    if (this.#inventory.bytes + this.#reserved > this.limit() || this.#inventory.files > mostFiles) this.#trimSoon();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#trimTimer);
    await this.#lastTurn;
    await this.#emptied.close();
  }

  #keep(bytes: number): void {
    this.#reserved += bytes;
    this.#reservations += 1;
  }

  #lacking(bytes: number, limit: number): RoomNeeded {
    return {
      bytes: this.#inventory.bytes + this.#reserved + bytes - limit,
      files: this.#inventory.files + this.#reservations + 1 - mostFiles,
    };
  }

  #satisfied({ bytes, files }: RoomNeeded): boolean {
    return bytes <= 0 && files <= 0;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#lastTurn.then(work);
    this.#lastTurn = turn.catch(() => undefined);
    await turn;
  }

  async #makeRoom(bytes: number): Promise<void> {
    // Files that are being downloaded or sent cannot leave yet. Temporary files count neither as the cache's nor as free.
    const endMs = this.#reservations > 0 ? performance.now() + mostWaitMs : 0;
    while (!(await this.#tryMakeRoom(bytes))) {
      if (bytes > this.#configured || !(await this.#released(endMs))) {
        throw cacheFull(this.#folders.root, bytes, { limit: this.limit(), configured: this.#configured });
      }
    }
    this.#keep(bytes);
    this.#trimSoon();
  }

  /** Waits for a download that ends, or a file that was sent. Returns false when it is too late, or when there is nothing to wait for. */
  async #released(endMs: number): Promise<boolean> {
    const remainingMs = Math.ceil(endMs - performance.now());
    if (remainingMs <= 0 || (this.#reservations === 0 && this.#held.size === 0)) return false;
    try {
      await this.#releases.next(AbortSignal.timeout(remainingMs));
      return true;
    } catch {
      return false;
    }
  }

  /** Removes what it takes to have this room; false if that is not possible now. */
  async #tryMakeRoom(bytes: number): Promise<boolean> {
    this.#counts.settle();
    // Computed once: some file systems take a while to count what was removed as free.
    const limit = this.limit();
    if (bytes > limit) return false;
    const lacking = (): RoomNeeded => this.#lacking(bytes, limit);
    // Another call may have taken the room meanwhile.
    while (!this.#satisfied(lacking())) {
      const how = { spares: false, isPartial: false, most: Infinity };
      if (await this.#evict(lacking, how)) continue;
      // A killed process may have left its locks.
      await sweepLocks(this.#folders.lockFolder);
      if (!(await this.#evict(lacking, how))) return false;
    }
    return true;
  }

  /**
   * Removes folders until nothing is lacking; false if that cannot be reached. `isPartial`: removes what it can even then. `most`: how many
   * may leave before other calls take their turn.
   */
  async #evict(
    lacking: () => RoomNeeded,
    how: { readonly spares: boolean; readonly isPartial: boolean; readonly most: number },
  ): Promise<boolean> {
    /** Folders that could not be removed now. */
    const busy = new Set<string>();
    for (let recounts = 0; ;) {
      if (this.#satisfied(lacking())) return true;
      const plan = planEviction(this.#units(busy, how.spares), lacking(), how.most);
      if (plan.victims.length === 0 || !(plan.suffices || how.isPartial)) return false;
      if (recounts < mostRecounts && !(await this.#areAsCounted(plan.victims))) {
        recounts += 1;
        continue;
      }
      await inSlices(plan.victims, ({ key }) => {
        if (!this.#evictOne(key)) busy.add(key);
      });
      if (plan.victims.length >= how.most) return this.#satisfied(lacking());
    }
  }

  /** Counts folders again, and returns whether they are as they were counted. */
  async #areAsCounted(units: readonly EvictionUnit[]): Promise<boolean> {
    let areAsCounted = true;
    await inSlices(units, ({ key, bytes, files }) => {
      this.#counts.recountFolder(key);
      const counted = this.#inventory.folder(key);
      areAsCounted &&= counted?.bytes === bytes && counted.files === files;
    });
    return areAsCounted;
  }

  *#units(busy: ReadonlySet<string>, spares: boolean): Generator<EvictionUnit> {
    for (const folder of this.#inventory.byAge()) {
      const standing = busy.has(folder.key) ? 'held' : this.#standing(folder);
      if (standing !== 'spared' || !spares) yield { ...folder, standing };
    }
  }

  #standing({ key }: FolderCount): EvictionUnit['standing'] {
    if (this.#held.has(key)) return 'held';
    const [repository = ''] = key.split('/', 1);
    return this.#paused.has(repository) ? 'spared' : 'free';
  }

  /** Removes one folder's files; false if some stay. */
  #evictOne(key: string): boolean {
    // Held since the plan was made.
    if (this.#held.has(key)) return false;
    const before = this.#inventory.folder(key);
    const [repository = ''] = key.split('/', 1);
    const root = join(this.#folders.root, repository);
    const isRemoved = evictFolder(root, key.slice(repository.length + 1), this.#locks, this.#onRemoved);
    if (isRemoved) this.#emptied.removeSoon(join(this.#folders.root, key), root);
    this.#counts.recountFolder(key);
    const after = this.#inventory.folder(key);
    this.#evictedFiles += Math.max(0, (before?.files ?? 0) - (after?.files ?? 0));
    this.#evictedBytes += Math.max(0, (before?.bytes ?? 0) - (after?.bytes ?? 0));
    return isRemoved && after === null;
  }

  #trimSoon(delayMs = trimDelayMs): void {
    if (this.#isClosed || !this.#isKept) return;
    this.#trimTimer ??= setTimeout(() => {
      this.#trimTimer = undefined;
      void this.#inTurn(() => this.#trim()).catch(() => undefined);
    }, delayMs).unref();
  }

  async #trim(): Promise<void> {
    if (this.#isClosed) return;
    this.#counts.settle();
    const limit = this.limit();
    const lowered = trimmed(limit);
    if (this.#inventory.bytes + this.#reserved <= lowered && this.#inventory.files <= mostFiles) return;
    const before = this.#evictedFiles;
    const isDone = await this.#evict(() => this.#lacking(0, lowered), { spares: true, isPartial: true, most: mostAtOnce });
    if (!isDone && this.#evictedFiles > before) this.#trimSoon(0);
  }
}

/** The part of the limit that is left to files after some had to leave. */
function trimmed(limit: number): number {
  return limit - (limit < leastTrimmed ? 0 : Math.min(mostTrimmed, Math.floor(limit * trimPart)));
}

function ignore(): void {
  // No other place keeps anything of the files.
}
