/** Reads the sorted list of one place, forwards, next to the plan. */
import { ClojarsFetchError } from '../../../base/error.js';
import { LineReader } from '../../../local/sorted-lines/line-reader.js';
import { fromLineText, lineKey } from '../../../local/sorted-lines/line-text.js';
import { keyProblem } from '../../../maven/repository-index/key.js';
import { isOfServer } from '../plan/collect-listing.js';
import type { ExpectedFile } from './expected-files.js';
import type { ListedThing, ParseListLine } from './list-line.js';

const tab = 9;

export class PlaceList {
  /** Files whose names must not become parts of paths. */
  refused = 0;
  readonly #file: string;
  readonly #reader: LineReader;
  readonly #parse: ParseListLine;
  #line: string | null;
  /** The key of the line before; one character for each byte. */
  #last = '';

  /** @param file absolute, sorted by the bytes of the paths @param from the key of the first file that matters */
  constructor(file: string, parse: ParseListLine, from: string) {
    this.#file = file;
    this.#reader = new LineReader(file);
    this.#parse = parse;
    this.#line = this.#reader.next();
    while (this.#line !== null && this.#checkedKey(this.#line) < from) this.#line = this.#reader.next();
  }

  /**
   * Returns what the list says of a file: null if it does not have it, and `same` if its line begins as expected, which is so for nearly all
   * of millions. Files before it that no plan names go to `onExtra`.
   */
  find({ key, usualLine }: ExpectedFile, onExtra: (path: string, found: ListedThing) => void): ListedThing | 'same' | null {
    let line = this.#line;
    if (line === null) return null;
    if (usualLine !== null && line.slice(0, usualLine.length) === usualLine) {
      this.#last = key;
      this.#line = this.#reader.next();
      return 'same';
    }
    if (!isAbout(line, key)) {
      this.skipTo(key, onExtra);
      line = this.#line;
      if (line === null || !isAbout(line, key)) return null;
    }
    this.#last = key;
    this.#line = this.#reader.next();
    return this.#parse(line);
  }

  /** @param key of the first file that is not skipped; null for all */
  skipTo(key: string | null, onExtra: (path: string, found: ListedThing) => void): void {
    for (let line = this.#line; line !== null; line = this.#reader.next()) {
      this.#line = line;
      const own = this.#checkedKey(line);
      if (key !== null && own >= key) return;
      const path = fromLineText(own);
      if (isOfServer(path)) continue;
      if (keyProblem(path) === null) onExtra(path, this.#parse(line));
      else this.refused += 1;
    }
    this.#line = null;
  }

  close(): void {
    this.#reader.close();
  }

  #checkedKey(line: string): string {
    const key = lineKey(line);
    if (key < this.#last) throw notSorted(this.#file);
    this.#last = key;
    return key;
  }
}

function isAbout(line: string, key: string): boolean {
  return line.charCodeAt(key.length) === tab && line.startsWith(key);
}

function notSorted(file: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${file}: the list of a place is not sorted by the bytes of its paths`,
    hint: 'Sort it with LC_ALL=C sort, or name the place itself as the list.',
    path: file,
  });
}
