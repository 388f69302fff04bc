/** Tells a source that is gone from one that lacks a file. */
import { ClojarsFetchError } from '../../../base/error.js';
import type { SourceError } from '../source/source.js';

/** Files in a row that failed, each after several tries. */
const mostInARow = 20;

export class Outages {
  readonly #source: string;
  #inARow = 0;

  /** @param source for the message */
  constructor(source: string) {
    this.#source = source;
  }

  /** The source answered. */
  end(): void {
    this.#inARow = 0;
  }

  /** @throws {ClojarsFetchError} `ERR_UNREACHABLE` once nothing comes any more */
  note(error: SourceError): void {
    if (!error.isTransient) return;
    this.#inARow += 1;
    if (this.#inARow < mostInARow) return;
    throw new ClojarsFetchError('ERR_UNREACHABLE', {
      reason: 'source-gone',
      message: `${this.#source}: ${mostInARow} files in a row could not be fetched: ${error.message}`,
      hint: 'Run the same command again later: what was fetched is kept.',
      cause: error,
    });
  }
}
