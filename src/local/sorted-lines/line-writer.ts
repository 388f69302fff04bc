/** Writes lines into a new file, which gets its name only when it is whole. */
import { closeSync, fstatSync, fsyncSync, lstatSync, openSync, readSync, renameSync, rmSync, unlinkSync, writeSync } from 'node:fs';

import { localRepositoryError, systemErrorCode } from '../../base/disk/file-error.js';
import { ClojarsFetchError } from '../../base/error.js';

const gatherLength = 128 * 1024;

export class LineWriter {
  readonly #file: string;
  readonly #temporary: string;
  readonly #onBytes: ((bytes: Uint8Array) => void) | undefined;
  #descriptor: number | null;
  #text = '';

  /**
   * @param file absolute; its folder belongs to one process at a time. Throws `ERR_LOCAL_REPOSITORY`.
   * @param onBytes called with all bytes, in order
   */
  constructor(file: string, onBytes?: (bytes: Uint8Array) => void) {
    this.#file = file;
    this.#onBytes = onBytes;
    this.#temporary = `${file}.part`;
    try {
      this.#descriptor = createAnew(this.#temporary);
    } catch (error) {
      throw localRepositoryError(error, file);
    }
  }

  /** @param line one character for each byte, without its end */
  write(line: string): void {
    this.#text += line + '\n';
    if (this.#text.length >= gatherLength) this.flush();
  }

  /** Writes all lines of another file. */
  copy(file: string): void {
    this.flush();
    try {
      const source = openSync(file, 'r');
      const buffer = Buffer.allocUnsafe(gatherLength);
      try {
        for (let count = readSync(source, buffer); count > 0; count = readSync(source, buffer)) this.#put(buffer.subarray(0, count));
      } finally {
        closeSync(source);
      }
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }

  /** Passes on what was gathered. */
  flush(): void {
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    try {
      this.#put(bytes);
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }

  /** Makes sure that what was written survives a power cut: that may take its time, after which a lock must be looked at again. */
  makeDurable(): void {
    this.flush();
    try {
      if (this.#descriptor !== null) fsyncSync(this.#descriptor);
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }

  /** Gives the file its name. @param options.isDurable whether it must survive a power cut. Default false. */
  commit({ isDurable = false }: { readonly isDurable?: boolean } = {}): void {
    try {
      this.flush();
      if (isDurable) this.makeDurable();
      if (!this.#isOurs()) throw writtenByOther(this.#file);
      if (this.#descriptor !== null) closeSync(this.#descriptor);
      this.#descriptor = null;
      renameSync(this.#temporary, this.#file);
    } catch (error) {
      this.discard();
      throw localRepositoryError(error, this.#file);
    }
  }

  /** Removes what was written. Does nothing after a commit. */
  discard(): void {
    if (this.#descriptor === null) return;
    const isOurs = this.#isOurs();
    closeSync(this.#descriptor);
    this.#descriptor = null;
    if (isOurs) rmSync(this.#temporary, { force: true });
  }

  /** Whether the temporary file is still the one that this writer created. */
  #isOurs(): boolean {
    if (this.#descriptor === null) return false;
    const { ino, dev } = fstatSync(this.#descriptor);
    const there = lstatSync(this.#temporary, { throwIfNoEntry: false });
    return there !== undefined && there.ino === ino && there.dev === dev;
  }

  #put(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length && this.#descriptor !== null;) done += writeSync(this.#descriptor, bytes, done);
    this.#onBytes?.(bytes);
  }
}

/** A process that lost the folder to this one may still write into its own file, which must not be the same. */
function createAnew(file: string): number {
  try {
    unlinkSync(file);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
  return openSync(file, 'wx', 0o644);
}

function writtenByOther(file: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'locked',
    message: `${file}: another process has begun to write it meanwhile`,
    hint: 'Run the same command again when no other works on the same folder.',
    path: file,
  });
}
