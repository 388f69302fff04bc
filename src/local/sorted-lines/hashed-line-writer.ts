/** Writes lines into a new file, and computes their digest on the way. The file gets its name only when it is whole. */
import { createHash, type Hash } from 'node:crypto';

import { LineWriter } from './line-writer.js';

export class HashedLineWriter {
  readonly #lines: LineWriter;
  /** Null once the digest was told: later lines are not part of it. */
  #hash: Hash | null = createHash('sha256');

  /** @param file absolute. Throws `ERR_LOCAL_REPOSITORY`, as the other methods do. */
  constructor(file: string) {
    this.#lines = new LineWriter(file, (bytes) => this.#hash?.update(bytes));
  }

  /** @param line one character for each byte, without its end */
  write(line: string): void {
    this.#lines.write(line);
  }

  /** Writes all lines of another file. */
  copy(file: string): void {
    this.#lines.copy(file);
  }

  /** Ends the digest, in hex. To be called once. */
  sha256(): string {
    this.#lines.flush();
    const digest = this.#hash?.digest('hex') ?? '';
    this.#hash = null;
    return digest;
  }

  /** Gives the file its name, so that it survives a power cut. */
  commit(): void {
    this.#lines.commit({ isDurable: true });
  }

  /** Removes what was written. Does nothing after a commit. */
  discard(): void {
    this.#lines.discard();
  }
}
