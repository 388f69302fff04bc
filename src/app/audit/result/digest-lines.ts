/** Gathers the digests of a result. They usually come in order, and are then written as they are; otherwise they are sorted. */
import { rmSync } from 'node:fs';

import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { LineSorter } from '../../../local/sorted-lines/line-sorter.js';
import { fromLineText, toLineText } from '../../../local/sorted-lines/line-text.js';
import { LineWriter } from '../../../local/sorted-lines/line-writer.js';
import type { DigestLine } from '../contract.js';
import { formatDigest } from './format-lines.js';
import { pathKey } from './line-order.js';
import { parseDigest } from './parse-lines.js';

export class DigestLines {
  /** The number of digests. */
  count = 0;
  readonly #file: string;
  readonly #ordered: LineWriter;
  #sorter: LineSorter | null = null;
  #last = '';

  /** @param file absolute, to write */
  constructor(file: string) {
    this.#file = file;
    this.#ordered = new LineWriter(file);
  }

  add(digest: DigestLine): void {
    this.count += 1;
    const key = pathKey(digest.digest);
    const line = toLineText(formatDigest(digest));
    if (this.#sorter === null && key < this.#last) this.#sorter = this.#startSorting();
    if (this.#sorter === null) this.#ordered.write(line);
    else this.#sorter.add(`${key}\t${line}`);
    this.#last = key;
  }

  /** Writes the file. Throws `ERR_LOCAL_REPOSITORY`. */
  finish(): void {
    if (this.#sorter === null) {
      this.#ordered.commit();
      return;
    }
    const sorted = this.#sortedFile;
    this.#sorter.finish();
    const writer = new LineWriter(this.#file);
    const reader = new LineReader(sorted);
    for (let line = reader.next(); line !== null; line = reader.next()) writer.write(line.slice(line.indexOf('\t') + 1));
    reader.close();
    writer.commit();
  }

  /** Removes the file. */
  discard(): void {
    this.#ordered.discard();
    this.#sorter?.discard();
    for (const file of [this.#file, this.#sortedFile]) rmSync(file, { force: true });
  }

  get #sortedFile(): string {
    return `${this.#file}.sorted`;
  }

  /** Returns a sorter with the digests so far. */
  #startSorting(): LineSorter {
    this.#ordered.commit();
    const sorter = new LineSorter(this.#sortedFile);
    const reader = new LineReader(this.#file);
    for (let line = reader.next(); line !== null; line = reader.next())
      sorter.add(`${pathKey(parseDigest(fromLineText(line))?.digest ?? '')}\t${line}`);
    reader.close();
    return sorter;
  }
}
