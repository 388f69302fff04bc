/** The file in which checks are remembered for 30 days. */
import { dirname, join, resolve } from 'node:path';

import { corruptPath, localRepositoryError } from '../../base/disk/file-error.js';
import { createLocks, shortLockMs } from '../../base/disk/lock.js';
import { makeFolders } from '../../base/disk/make-folders.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { replaceFile } from '../../base/disk/replace-file.js';
import { type ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { extendHistory, formatHistory, type History, parseHistory, type PastCheck } from './verdict/history.js';

/** More than 200 mirrors with 2,160 checks each. */
const maxBytes = 128 * 1024 * 1024;

export class HistoryFile {
  readonly #file: string;
  readonly #lockFolder: string;

  constructor(file: string, cacheFolder: string) {
    this.#file = resolve(file);
    this.#lockFolder = join(cacheFolder, 'locks');
  }

  /**
   * Reads the file; empty if it is missing.
   * @throws {ClojarsFetchError} ERR_LOCAL_REPOSITORY, `corrupt`, for a file that holds anything else: it is not replaced
   */
  read(): History {
    let bytes: Buffer | null;
    try {
      bytes = readBounded(this.#file, maxBytes);
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_LIMIT') throw this.#damaged(error);
      throw error;
    }
    if (bytes === null) return new Map();
    const history = parseHistory(bytes.toString('utf8'));
    if (history === null) throw this.#damaged();
    return history;
  }

  /** Adds these checks, also to what another process has added meanwhile, and returns everything. */
  async extend(latest: ReadonlyMap<string, PastCheck>, nowMs: number, signal: AbortSignal): Promise<History> {
    const release = await createLocks(this.#lockFolder).lock(this.#file, signal, shortLockMs);
    try {
      const history = extendHistory(this.read(), latest, nowMs);
      makeFolders(dirname(this.#file));
      await replaceFile(this.#file, formatHistory(history), { mode: 0o666, flush: true });
      return history;
    } catch (error) {
      if (isClojarsFetchError(error)) throw error;
      throw localRepositoryError(error, this.#file);
    } finally {
      await release();
    }
  }

  #damaged(cause?: unknown): ClojarsFetchError {
    return corruptPath(this.#file, 'is not a history of checks').with({
      hint: 'Nothing was changed. Move the file away, and the next check starts a new one.',
      cause,
    });
  }
}
