/** Keeps the counts of the inventory equal to the files in the folders, which other programs also place and remove. */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

import type { RecordLog } from '../../base/disk/record-log.js';
import type { CacheFolder } from './cache-folder.js';
import { type FileRecord, type InventoryLine, openInventoryLog } from './file-record.js';
import type { Inventory } from './inventory.js';
import { isWithoutLinks, readFolder, type SeenFile, type WalkedFolder, walkFolders } from './scan.js';

/** A file placed by us is followed by its checksum and its signature, and in a build by others: then the folder is looked at again. */
const settleMs = 1_000;
/** The longest wait, however long a build goes on. */
const mostUnsettledMs = 15_000;
/** Lines of the inventory read in one go. */
const linesAtOnce = 500;
/** Pause after each slice of a walk. */
const pauseMs = 4;
/** Another walk begins at the earliest this long after the last. */
const recountMs = 10_000;

/** Splits `<repository>/<path>` into the folder and the name. */
export function splitKey(key: string): { readonly folder: string; readonly name: string } {
  const slash = key.lastIndexOf('/');
  return { folder: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** Whether a key names a file beneath its repository. Another program may have written to the inventory. */
function isPlain(key: string): boolean {
  return !/(?:^|\/)\.{0,2}(?:\/|$)/.test(key);
}

interface Beginning {
  readonly loaded: Promise<void>;
  readonly counted: Promise<void>;
}

/** Reads the inventory first, which is quick, then looks through the folders in the background. */
export class FolderCounts {
  readonly #folders: CacheFolder;
  readonly #inventory: Inventory;
  readonly #log: RecordLog<InventoryLine>;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  /** Folders whose files may not be as counted. */
  readonly #doubtful = new Set<string>();
  #settleTimer: NodeJS.Timeout | undefined;
  #lastDoubtMs = 0;
  /** When the folders are looked at even if more files come. */
  #settleByMs = Number.POSITIVE_INFINITY;
  #recountTimer: NodeJS.Timeout | undefined;
  readonly #writes = new Set<Promise<void>>();
  #isCounted = false;
  #busyUntil: Promise<unknown> = Promise.resolve();
  /** Called when the folders have been looked through, the first time. */
  onCounted: () => void = () => undefined;
  /** Called when folders have been counted again. */
  onSettled: () => void = () => undefined;
  readonly #beginTimer: NodeJS.Timeout | undefined;
  #beginning: Beginning | null = null;

  /** @param beginMs when the inventory is read, unless it is needed sooner */
  constructor(folders: CacheFolder, inventory: Inventory, now: () => number, beginMs = 0) {
    this.#folders = folders;
    this.#inventory = inventory;
    this.#now = now;
    this.#log = openInventoryLog(folders.state, {
      changed: (key) => this.doubt(splitKey(key).folder),
      replaced: () => this.#recountLater(),
    });
    if (beginMs > 0) this.#beginTimer = setTimeout(() => this.#begin(), beginMs).unref();
    else this.#begin();
  }

  /** Resolves when the inventory has been read. */
  get loaded(): Promise<void> {
    return this.#begin().loaded;
  }

  /** Resolves when the folders have been looked through, the first time. */
  get counted(): Promise<void> {
    return this.#begin().counted;
  }

  get isCounted(): boolean {
    return this.#isCounted;
  }

  /** The record of a file, as far as this process has read. */
  recordOf(key: string): FileRecord | null {
    try {
      const line = this.#log.peek(key);
      return line === 'gone' ? null : line;
    } catch {
      return null;
    }
  }

  /** The keys that have a record. */
  *recorded(): Generator<string> {
    for (const key of this.#log.keys()) if (this.recordOf(key) !== null) yield key;
  }

  /** Reads what other processes recorded. An unreadable inventory tells nothing. */
  refresh(): void {
    try {
      this.#log.refresh();
    } catch {
      this.#recountLater();
    }
  }

  record(key: string, record: FileRecord): void {
    const { folder, name } = splitKey(key);
    this.#inventory.put(folder, name, record.size, record.lastUsedMs);
    this.#write(key, record);
    this.doubt(folder);
  }

  /** Forgets a file that is gone. */
  forget(key: string): void {
    const { folder, name } = splitKey(key);
    this.#inventory.remove(folder, name);
    if (this.recordOf(key) !== null) this.#write(key, 'gone');
  }

  /** Writes when a folder was last used, on a line of one of its files. */
  saveUse(folder: string): void {
    const { lastUsedMs } = this.#inventory.folder(folder) ?? { lastUsedMs: 0 };
    for (const name of this.#inventory.names(folder)) {
      const record = this.recordOf(`${folder}/${name}`);
      if (record === null) continue;
      if (record.lastUsedMs < lastUsedMs) this.#write(`${folder}/${name}`, { ...record, lastUsedMs });
      return;
    }
  }

  /** Looks at a folder again soon. */
  doubt(folder: string): void {
    this.#doubtful.add(folder);
    if (this.#stop.signal.aborted) return;
    this.#lastDoubtMs = performance.now();
    if (this.#settleTimer !== undefined) return;
    this.#settleByMs = this.#lastDoubtMs + mostUnsettledMs;
    this.#settleIn(settleMs);
  }

  #settleIn(ms: number): void {
    this.#settleTimer = setTimeout(() => this.#settleUnlessBusy(), ms).unref();
  }

  /** Waits on while files come: a build wants the processor for itself, and no decision is made by the few bytes of a checksum. */
  #settleUnlessBusy(): void {
    const remainingMs = Math.min(this.#lastDoubtMs + settleMs, this.#settleByMs) - performance.now();
    if (remainingMs > 1) this.#settleIn(remainingMs);
    else this.settle();
  }

  /** Looks at the doubtful folders now. */
  settle(): void {
    clearTimeout(this.#settleTimer);
    this.#settleTimer = undefined;
    const folders = [...this.#doubtful];
    this.#doubtful.clear();
    for (const folder of folders) this.recountFolder(folder);
    this.onSettled();
  }

  /** Counts the files of one folder as they lie on the disk. */
  recountFolder(folder: string): void {
    const [repository = ''] = folder.split('/', 1);
    const isOurs = this.#folders.isMarked(repository) && isWithoutLinks(this.#folders.root, folder);
    this.#count(folder, isOurs ? readFolder(`${this.#folders.root}/${folder}`).files : []);
  }

  /** Goes through all folders. */
  async recount(): Promise<void> {
    const { signal } = this.#stop;
    const seen = new Set<string>();
    let isWhole = true;
    for (const repository of this.#folders.marked()) {
      const top = `${this.#folders.root}/${repository}`;
      const visit = ({ path, files }: WalkedFolder): void => {
        const folder = path === '' ? repository : `${repository}/${path}`;
        seen.add(folder);
        this.#count(folder, files);
      };
      isWhole &&= await walkFolders(top, signal, this.#now, visit, () => this.#rest());
    }
    if (signal.aborted) return;
    // A folder not come across is gone, or has been made since.
    if (isWhole) for (const { key } of [...this.#inventory.folders()]) if (!seen.has(key)) this.recountFolder(key);
    this.#isCounted = true;
  }

  /** Walks no further in the background until the work is done, which walks through the same folders. */
  async alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const running = work();
    this.#busyUntil = running.catch(() => undefined);
    return running;
  }

  /** Waits until everything that was recorded is on disk. */
  async written(): Promise<void> {
    while (this.#writes.size > 0) await Promise.all(this.#writes);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#beginTimer);
    clearTimeout(this.#settleTimer);
    clearTimeout(this.#recountTimer);
    await this.#beginning?.counted;
    await this.written();
  }

  #begin(): Beginning {
    if (this.#beginning !== null) return this.#beginning;
    clearTimeout(this.#beginTimer);
    const loaded = this.#load().catch(() => undefined);
    const counted = loaded
      .then(() => this.recount())
      .then(
        () => this.onCounted(),
        () => undefined,
      );
    return (this.#beginning = { loaded, counted });
  }

  async #load(): Promise<void> {
    let count = 0;
    for (const key of this.#log.keys()) {
      const record = this.recordOf(key);
      const { folder, name } = splitKey(key);
      const [repository = ''] = folder.split('/', 1);
      // A size noted meanwhile is newer.
      if (record !== null && isPlain(key) && this.#folders.isMarked(repository) && this.#inventory.size(folder, name) === null)
        this.#inventory.put(folder, name, record.size, this.#past(record.lastUsedMs));
      count += 1;
      if (count % linesAtOnce === 0) await nextTurn();
      if (this.#stop.signal.aborted) return;
    }
  }

  /** Leaves half of the time to requests. */
  async #rest(): Promise<void> {
    await sleep(pauseMs);
    await this.#busyUntil;
  }

  #count(folder: string, files: readonly SeenFile[]): void {
    const gone = new Set(this.#inventory.names(folder));
    for (const { name, size, mtimeMs, ctimeMs } of files) {
      gone.delete(name);
      const record = this.recordOf(`${folder}/${name}`);
      const isKnown = this.#inventory.size(folder, name) !== null;
      // Without a record, the time at which it came is the best guess.
      const usedMs = record === null ? Math.max(mtimeMs, ctimeMs) : record.lastUsedMs;
      this.#inventory.put(folder, name, size, this.#past(usedMs, isKnown ? 0 : this.#now()));
    }
    for (const name of gone) this.forget(`${folder}/${name}`);
  }

  /** A time in the future was written by a clock that ran ahead, and must not keep a file for ever. */
  #past(ms: number, otherwise: number = this.#now()): number {
    return ms > this.#now() ? otherwise : ms;
  }

  /** Not waited for: a lost line costs one hashing of the file. */
  #write(key: string, line: InventoryLine): void {
    const write: Promise<void> = this.#log.set(key, line).catch(() => undefined);
    this.#writes.add(write);
    void write.finally(() => this.#writes.delete(write));
  }

  #recountLater(): void {
    if (this.#stop.signal.aborted) return;
    this.#recountTimer ??= setTimeout(() => {
      this.#recountTimer = undefined;
      this.recount().then(
        () => this.onSettled(),
        () => undefined,
      );
    }, recountMs).unref();
  }
}
