/** Reads the sorted list of one place, forwards, next to the plan. */
import { ClojarsFetchError } from '../../../base/error.js';
import { fromLineText, lineKey } from '../../../local/sorted-lines/line-text.js';
import { keyProblem } from '../../../maven/repository-index/key.js';
import { isOfServer } from '../plan/collect-listing.js';
import type { ExpectedFile } from './expected-files.js';
import { ListCursor } from './list-cursor.js';
import type { ListedThing, ParseListLine } from './list-line.js';

export class PlaceList {
  /** Files whose names must not become parts of paths. */
  refused = 0;
  readonly #file: string;
  readonly #cursor: ListCursor;
  readonly #parse: ParseListLine;
  /** The key of the line before; one character for each byte. */
  #last = '';

  /** @param file absolute, sorted by the bytes of the paths @param from the key of the first file that matters */
  constructor(file: string, parse: ParseListLine, from: string) {
    this.#file = file;
    this.#parse = parse;
    this.#cursor = new ListCursor(file);
    this.#skipUnread(from);
  }

  /**
   * Returns what the list says of a file: null if it does not have it, and `same` if its line begins as expected, which is so for nearly all
   * of millions. Files before it that no plan names go to `onExtra`.
   */
  find({ key, usualLine }: ExpectedFile, onExtra: (path: string, found: ListedThing) => void): ListedThing | 'same' | null {
    const cursor = this.#cursor;
    if (usualLine !== null && cursor.beginsWith(usualLine)) {
      this.#last = key;
      cursor.next(usualLine.length);
      return 'same';
    }
    if (!this.#isAt(key)) {
      this.skipTo(key, onExtra);
      if (!this.#isAt(key)) return null;
    }
    this.#last = key;
    const { line } = cursor;
    cursor.next();
    return this.#parse(line);
  }

  /** @param key of the first file that is not skipped; null for all */
  skipTo(key: string | null, onExtra: (path: string, found: ListedThing) => void): void {
    for (; !this.#cursor.isAtEnd; this.#cursor.next()) {
      const { line } = this.#cursor;
      const own = this.#inOrder(lineKey(line));
      if (key !== null && own >= key) return;
      const path = fromLineText(own);
      if (isOfServer(path)) continue;
      if (keyProblem(path) === null) onExtra(path, this.#parse(line));
      else this.refused += 1;
    }
  }

  close(): void {
    this.#cursor.close();
  }

  /** Goes to the first file that matters, and looks only at some of those before it. */
  #skipUnread(from: string): void {
    const cursor = this.#cursor;
    for (let far = cursor.farKey; !cursor.isAtEnd && far < from; far = cursor.farKey) {
      this.#inOrder(far);
      cursor.leap();
    }
    while (!cursor.isAtEnd && this.#inOrder(lineKey(cursor.line)) < from) cursor.next();
  }

  #isAt(key: string): boolean {
    return !this.#cursor.isAtEnd && this.#cursor.beginsWith(`${key}\t`);
  }

  /** Returns the key. */
  #inOrder(key: string): string {
    if (key < this.#last) throw notSorted(this.#file);
    this.#last = key;
    return key;
  }
}

function notSorted(file: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${file}: the list of a place is not sorted by the bytes of its paths`,
    hint: 'Sort it with LC_ALL=C sort, or name the place itself as the list.',
    path: file,
  });
}
