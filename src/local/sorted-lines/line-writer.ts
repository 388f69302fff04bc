/** Writes lines into a new file, which gets its name only when it is whole. */
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';

import { localRepositoryError } from '../../base/disk/file-error.js';

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
      this.#descriptor = openSync(this.#temporary, 'w', 0o644);
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

  /** Gives the file its name. @param options.isDurable whether it must survive a power cut. Default false. */
  commit({ isDurable = false }: { readonly isDurable?: boolean } = {}): void {
    try {
      this.flush();
      if (this.#descriptor !== null) {
        if (isDurable) fsyncSync(this.#descriptor);
        closeSync(this.#descriptor);
        this.#descriptor = null;
      }
      renameSync(this.#temporary, this.#file);
    } catch (error) {
      this.discard();
      throw localRepositoryError(error, this.#file);
    }
  }

  /** Removes what was written. Does nothing after a commit. */
  discard(): void {
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
    rmSync(this.#temporary, { force: true });
  }

  #put(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length && this.#descriptor !== null;) done += writeSync(this.#descriptor, bytes, done);
    this.#onBytes?.(bytes);
  }
}
