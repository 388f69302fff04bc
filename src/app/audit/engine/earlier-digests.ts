/** Knows the digests that an earlier audit wrote down, in files that need not fit into memory. */
import { rmSync } from 'node:fs';

import { LineFinder } from '../../../local/sorted-lines/line-finder.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { toLineText } from '../../../local/sorted-lines/line-text.js';
import { ResultReader } from '../result/result-reader.js';

export class EarlierDigests {
  readonly #file: string;
  #finder: LineFinder | null = null;

  /** @param file absolute, for a sorted copy */
  constructor(file: string) {
    this.#file = file;
  }

  /** Reads results. @throws {ClojarsFetchError} `ERR_CONFIG` if one is damaged */
  load(results: readonly string[]): void {
    if (results.length === 0) return;
    const sorter = new LineSorter(this.#file);
    try {
      for (const result of results) readDigests(result, sorter);
      sorter.finish();
    } finally {
      sorter.discard();
    }
    this.#finder = new LineFinder(this.#file);
  }

  /** Returns the SHA-256 in hex; null if it is not known. */
  of(path: string): string | null {
    const line = this.#finder?.find(toLineText(path)) ?? null;
    return line === null ? null : line.slice(line.indexOf('\t') + 1);
  }

  close(): void {
    this.#finder?.close();
    rmSync(this.#file, { force: true });
  }
}

function readDigests(result: string, sorter: LineSorter): void {
  const reader = new ResultReader(result);
  try {
    for (let line = reader.next(); line !== null; line = reader.next())
      if (line.digest !== null) sorter.add(`${toLineText(line.digest.digest)}\t${line.digest.sha256}`);
  } finally {
    reader.close();
  }
}
