/** A document of the user's that each run reads, extends and writes again. A file that is anything else is never replaced. */
import { dirname, resolve } from 'node:path';

import { type ClojarsFetchError, isClojarsFetchError } from '../error.js';
import { corruptPath, localRepositoryError } from './file-error.js';
import { createLocks, shortLockMs } from './lock.js';
import { makeFolders } from './make-folders.js';
import { readBounded } from './read-bounded.js';
import { replaceFile } from './replace-file.js';

/** A kind of document. */
export interface DocumentKind<Value> {
  /** For messages, such as `a history of checks`. */
  readonly name: string;
  /** Says what makes a new document, such as `the next check`. */
  readonly maker: string;
  readonly maxBytes: number;
  /** The value of a missing file. */
  readonly empty: Value;
  readonly format: (value: Value) => string;
  /** Null if the text is no such document. */
  readonly parse: (text: string) => Value | null;
}

export class ExtendedFile<Value> {
  readonly #file: string;
  readonly #lockFolder: string;
  readonly #kind: DocumentKind<Value>;

  constructor(file: string, lockFolder: string, kind: DocumentKind<Value>) {
    this.#file = resolve(file);
    this.#lockFolder = lockFolder;
    this.#kind = kind;
  }

  /**
   * Reads the document.
   * @throws {ClojarsFetchError} ERR_LOCAL_REPOSITORY, `corrupt`, for a file that holds anything else, or is too large
   */
  read(): Value {
    const { maxBytes, empty, parse } = this.#kind;
    let bytes: Buffer | null;
    try {
      bytes = readBounded(this.#file, maxBytes);
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_LIMIT') throw this.#damaged(error);
      throw error;
    }
    const value = bytes === null ? empty : parse(bytes.toString('utf8'));
    if (value === null) throw this.#damaged();
    return value;
  }

  /**
   * Replaces the document by what `change` makes of it, also of what another process has added meanwhile, and returns that.
   * @throws {ClojarsFetchError} ERR_LOCAL_REPOSITORY as `read`, or if the file cannot be written; ERR_ABORTED
   */
  async extend(change: (value: Value) => Value, signal: AbortSignal | undefined): Promise<Value> {
    try {
      makeFolders(dirname(this.#file));
      const release = await createLocks(this.#lockFolder).lock(this.#file, signal, shortLockMs);
      try {
        const value = change(this.read());
        await replaceFile(this.#file, this.#kind.format(value), { mode: 0o666, flush: true });
        return value;
      } finally {
        await release();
      }
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }

  #damaged(cause?: unknown): ClojarsFetchError {
    const { name, maker } = this.#kind;
    return corruptPath(this.#file, `is not ${name}`).with({
      hint: `Nothing was changed. Move the file away, and ${maker} starts a new one.`,
      cause,
    });
  }
}
