/** Reads the lines of a file one after the other, in constant memory. */
import { closeSync, openSync, readSync } from 'node:fs';

import { localRepositoryError, systemErrorCode } from '../../base/disk/file-error.js';

const chunkBytes = 256 * 1024;
/** A line is a key with a few fields. */
const maxLineBytes = 64 * 1024;

/** Anything that gives one line after the other. */
export interface LineSource {
  /** The next line without its end, one character for each byte; null at the end. */
  next(): string | null;
  close(): void;
}

/** Synchronous: a turn through the thread pool costs more than a chunk from the page cache. */
export class LineReader implements LineSource {
  readonly #file: string;
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes + maxLineBytes);
  #descriptor: number | null;
  #at = 0;
  #end = 0;
  #isAtEnd = false;

  /** A missing file has no lines. Throws `ERR_LOCAL_REPOSITORY` if it cannot be read. */
  constructor(file: string) {
    this.#file = file;
    try {
      this.#descriptor = openSync(file, 'r');
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw localRepositoryError(error, file);
      this.#descriptor = null;
      this.#isAtEnd = true;
    }
  }

  next(): string | null {
    for (;;) {
      const newline = this.#buffer.indexOf(10, this.#at);
      if (newline !== -1 && newline < this.#end) {
        const line = this.#buffer.toString('latin1', this.#at, newline);
        this.#at = newline + 1;
        return line;
      }
      if (this.#isAtEnd || this.#end - this.#at > maxLineBytes) return this.#rest();
      this.#fill();
    }
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#isAtEnd = true;
    this.#at = this.#end;
  }

  /** The last line may lack its end; a longer piece of a line is not from us. */
  #rest(): string | null {
    if (this.#at >= this.#end) return null;
    const line = this.#buffer.toString('latin1', this.#at, this.#end);
    this.#at = this.#end;
    return line;
  }

  #fill(): void {
    const left = this.#end - this.#at;
    this.#buffer.copyWithin(0, this.#at, this.#end);
    this.#at = 0;
    this.#end = left;
    try {
      const count = this.#descriptor === null ? 0 : readSync(this.#descriptor, this.#buffer, left, chunkBytes, null);
      this.#end = left + count;
      this.#isAtEnd = count === 0;
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }
}
