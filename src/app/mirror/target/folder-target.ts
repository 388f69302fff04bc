/** A folder as a target. Files are made in its hidden folder, which is on the same file system and which no server shows, and then renamed. */
import { constants, lstatSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { corruptPath, localRepositoryError, systemErrorCode } from '../../../base/disk/file-error.js';
import { FolderGuard } from '../../../base/disk/folder-guard.js';
import { createLocks, type Locks, type Release } from '../../../base/disk/lock.js';
import { makeFolders } from '../../../base/disk/make-folders.js';
import { readBounded } from '../../../base/disk/read-bounded.js';
import { openRegularFile, RefusedFile } from '../../../base/disk/regular-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import type { ChecksumAlgorithm } from '../../../proof/checksum/claim.js';
import { createDigester } from '../../../proof/checksum/digest.js';
import { AdoptedFile } from './adopted-file.js';
import { FolderStagedFile } from './folder-staged-file.js';
import { lockLost } from './lock-lost.js';
import type { MirrorTarget, MovableFile, StagedFile } from './target.js';

/** How long to wait for a sync that is just ending. */
const lockWaitMs = 2000;
/** How long deleted files are kept. */
const retiredMs = 30 * 24 * 3600 * 1000;
const chunkBytes = 1024 * 1024;
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

export class FolderTarget implements MirrorTarget {
  readonly name: string;
  readonly stateFolder: string;
  readonly #root: string;
  readonly #folders: FolderGuard;
  readonly #locks: Locks;
  #staged = 0;
  #isLocked = false;

  /** @param root absolute @param stateFolder one beyond the root for a dry run. Default: a hidden folder of the target */
  constructor(root: string, stateFolder = join(root, '.clojars-mirror')) {
    this.name = root;
    this.#root = root;
    this.stateFolder = stateFolder;
    this.#folders = new FolderGuard(root);
    this.#locks = createLocks(join(this.stateFolder, 'lock'));
  }

  async lock(signal: AbortSignal, { isDryRun = false }: { readonly isDryRun?: boolean } = {}): Promise<Release> {
    try {
      makeFolders(this.#stagingFolder);
      if (!isDryRun) this.#folders.ensure(this.#stagingFolder);
    } catch (error) {
      throw localRepositoryError(error, this.stateFolder);
    }
    const release = await this.#locks.lock(this.name, signal, lockWaitMs);
    this.#isLocked = true;
    this.#removeStaged();
    return () => {
      this.#isLocked = false;
      return release();
    };
  }

  async verifyHeld(): Promise<void> {
    this.#verifyHeld();
  }

  async stage(key: string): Promise<StagedFile> {
    this.#staged += 1;
    const file = join(this.#stagingFolder, String(this.#staged));
    return new FolderStagedFile(file, (mustBeNew) => this.#place(file, key, mustBeNew));
  }

  adopt(key: string, file: MovableFile): StagedFile {
    return new AdoptedFile(file, (mustBeNew) => this.#place(file.path, key, mustBeNew));
  }

  adoptFolder(folder: string, path: string): boolean {
    const place = join(this.#root, folder);
    this.#verifyHeld();
    try {
      return this.#placeFolder(path, place);
    } catch (error) {
      if (isClojarsFetchError(error) && error.reason === 'corrupt') return false;
      throw localRepositoryError(error, place);
    }
  }

  async remove(key: string): Promise<void> {
    const file = join(this.#root, key);
    this.#verifyHeld();
    try {
      rmSync(file, { force: true });
      for (let folder = dirname(file); folder !== this.#root; folder = dirname(folder)) rmdirSync(folder);
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT' && code !== 'ENOTDIR') throw localRepositoryError(error, file);
    }
  }

  async retire(key: string, now: Date): Promise<void> {
    const kept = join(this.#retiredFolder, now.toISOString().slice(0, 10), key);
    this.#verifyHeld();
    try {
      this.#folders.ensure(dirname(kept));
      renameSync(join(this.#root, key), kept);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw localRepositoryError(error, kept);
      this.#folders.forget(dirname(kept));
    }
    await this.remove(key);
  }

  async forgetRetired(now: Date): Promise<void> {
    const oldest = new Date(now.getTime() - retiredMs).toISOString().slice(0, 10);
    let days: readonly string[] = [];
    try {
      days = readdirSync(this.#retiredFolder);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw localRepositoryError(error, this.#retiredFolder);
    }
    for (const day of days)
      if (/^\d{4}-\d{2}-\d{2}$/.test(day) && day < oldest) rmSync(join(this.#retiredFolder, day), { recursive: true, force: true });
  }

  async read(key: string, maxBytes: number): Promise<Uint8Array | null> {
    return readBounded(join(this.#root, key), maxBytes);
  }

  async sizeOf(key: string): Promise<number | null> {
    const file = join(this.#root, key);
    try {
      const stats = lstatSync(file, { throwIfNoEntry: false });
      if (stats === undefined) return null;
      if (!stats.isFile()) throw corruptPath(file, 'is not a regular file');
      return stats.size;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOTDIR') throw corruptPath(file, 'lies in a folder whose place a file has');
      throw localRepositoryError(error, file);
    }
  }

  async digestOf(key: string, algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<string | null> {
    const file = join(this.#root, key);
    try {
      const open = openRegularFile(file, readOnly);
      try {
        const digester = createDigester([algorithm]);
        for (let bytes = open.read(0, chunkBytes); bytes.length > 0; bytes = open.read(digester.size, chunkBytes)) {
          digester.update(bytes);
          if (digester.size % (16 * chunkBytes) === 0) await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
        }
        return digester.digests()[algorithm] ?? null;
      } finally {
        open.close();
      }
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP' || error instanceof RefusedFile) return null;
      throw error;
    }
  }

  async hasFolder(folder: string): Promise<boolean> {
    try {
      return readdirSync(join(this.#root, folder)).length > 0;
    } catch {
      return false;
    }
  }

  get #retiredFolder(): string {
    return join(this.stateFolder, 'deleted');
  }

  get #stagingFolder(): string {
    return join(this.stateFolder, 'staged');
  }

  /** Without a pause between the look and the change: of two files whose names differ only in case, one must see the other. */
  #place(staged: string, key: string, mustBeNew: boolean): void {
    const file = join(this.#root, key);
    const folder = dirname(file);
    this.#verifyHeld();
    for (let attempt = 0; ; attempt += 1) {
      this.#folders.ensure(folder);
      try {
        if (mustBeNew && lstatSync(file, { throwIfNoEntry: false }) !== undefined) throw corruptPath(file, 'is already there');
        renameSync(staged, file);
        return;
      } catch (error) {
        // Another file of the folder was just removed, and the folder with it.
        if (systemErrorCode(error) !== 'ENOENT' || attempt > 0) throw localRepositoryError(error, file);
        this.#folders.forget(folder);
      }
    }
  }

  /** @throws {ClojarsFetchError} `locked` if another sync took the lock while this process was stopped */
  #verifyHeld(): void {
    if (!this.#isLocked || this.#locks.isHeld(this.name)) return;
    throw lockLost(this.name);
  }

  #placeFolder(staged: string, place: string): boolean {
    const parent = dirname(place);
    for (let attempt = 0; ; attempt += 1) {
      this.#folders.ensure(parent);
      // A rename would replace an empty folder, and it may be the operator's own.
      if (lstatSync(place, { throwIfNoEntry: false }) !== undefined) return false;
      try {
        renameSync(staged, place);
        return true;
      } catch (error) {
        const code = systemErrorCode(error);
        if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOTDIR') return false;
        // The last other version was just removed, and its parent folder with it.
        if (code !== 'ENOENT' || attempt > 0) throw error;
        this.#folders.forget(parent);
      }
    }
  }

  /** Removes what a killed sync left behind. Only called under the lock. */
  #removeStaged(): void {
    try {
      for (const name of readdirSync(this.#stagingFolder)) rmSync(join(this.#stagingFolder, name), { force: true });
    } catch (error) {
      throw localRepositoryError(error, this.#stagingFolder);
    }
  }
}
