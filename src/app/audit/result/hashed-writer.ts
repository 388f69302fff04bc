/** Writes lines into a new file, and computes their digest. The file gets its name only when it is whole. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';

import { localRepositoryError } from '../../../base/disk/file-error.js';

const gatherLength = 128 * 1024;

export class HashedWriter {
  readonly #file: string;
  readonly #temporary: string;
  readonly #hash = createHash('sha256');
  #descriptor: number | null;
  #text = '';

  /** @param file absolute. Throws `ERR_LOCAL_REPOSITORY`, as the other methods do. */
  constructor(file: string) {
    this.#file = file;
    this.#temporary = `${file}.part`;
    this.#descriptor = this.#trying(() => openSync(this.#temporary, 'w', 0o644));
  }

  /** @param line one character for each byte, without its end */
  write(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length >= gatherLength) this.#flush();
  }

  /** Writes all lines of another file. */
  copy(file: string): void {
    this.#flush();
    this.#trying(() => {
      const source = openSync(file, 'r');
      const buffer = Buffer.allocUnsafe(gatherLength);
      try {
        for (let count = readSync(source, buffer); count > 0; count = readSync(source, buffer)) this.#put(buffer.subarray(0, count));
      } finally {
        closeSync(source);
      }
    });
  }

  /** Ends the digest, in hex. */
  sha256(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  /** Writes the last line, which is not part of the digest. */
  commit(last: string): void {
    this.#trying(() => {
      if (this.#descriptor === null) return;
      writeAll(this.#descriptor, Buffer.from(`${last}\n`, 'latin1'));
      fsyncSync(this.#descriptor);
      closeSync(this.#descriptor);
      this.#descriptor = null;
      renameSync(this.#temporary, this.#file);
    });
  }

  /** Removes what was written. Does nothing after a commit. */
  discard(): void {
    if (this.#descriptor === null) return;
    closeSync(this.#descriptor);
    this.#descriptor = null;
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    this.#trying(() => this.#put(bytes));
  }

  #put(bytes: Buffer): void {
    this.#hash.update(bytes);
    if (this.#descriptor !== null) writeAll(this.#descriptor, bytes);
  }

  #trying<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }
}

function writeAll(descriptor: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
}
