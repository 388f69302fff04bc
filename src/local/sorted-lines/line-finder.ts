/** Finds single lines in a sorted file of any size, by a binary search over its bytes. */
import { constants } from 'node:fs';

import { systemErrorCode } from '../../base/disk/file-error.js';
import { openRegularFile, type RegularFile } from '../../base/disk/regular-file.js';
import { lineKey } from './line-text.js';

/** A piece of the file that is searched line by line. */
const pieceBytes = 64 * 1024;

export class LineFinder {
  readonly #file: RegularFile | null;

  /** A missing file has no lines. @throws NodeJS.ErrnoException, RefusedFile */
  constructor(file: string) {
    try {
      this.#file = openRegularFile(file, constants.O_RDONLY);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw error;
      this.#file = null;
    }
  }

  /** Returns the line with this key; null if there is none. @param key one character for each byte */
  find(key: string): string | null {
    if (this.#file === null) return null;
    const from = this.#narrow(this.#file, key);
    const text = this.#file.read(from, 3 * pieceBytes).toString('latin1');
    for (let at = 0; at < text.length;) {
      const end = text.indexOf('\n', at);
      const line = text.slice(at, end === -1 ? text.length : end);
      const here = lineKey(line);
      if (here === key) return line;
      if (here > key || end === -1) return null;
      at = end + 1;
    }
    return null;
  }

  /** Reads the lines that begin with a text, in their order. @param prefix one character for each byte */
  *startingWith(prefix: string): Generator<string> {
    if (this.#file === null) return;
    let at = this.#narrow(this.#file, prefix);
    for (let rest = ''; ;) {
      const piece = this.#file.read(at, pieceBytes).toString('latin1');
      at += piece.length;
      const lines = (rest + piece).split('\n');
      // The last line may lack its end.
      rest = piece === '' ? '' : (lines.pop() ?? '');
      for (const line of lines) {
        if (line.startsWith(prefix)) yield line;
        else if (line > prefix) return;
      }
      if (piece === '') return;
    }
  }

  close(): void {
    this.#file?.close();
  }

  /** Returns the beginning of a line that is not after the key, with the key less than two pieces further on. */
  #narrow(file: RegularFile, key: string): number {
    let from = 0;
    let to = file.stats.size;
    while (to - from > pieceBytes) {
      const middle = from + Math.floor((to - from) / 2);
      const piece = file.read(middle, pieceBytes).toString('latin1');
      const start = piece.indexOf('\n') + 1;
      const end = piece.indexOf('\n', start);
      // A line longer than a piece is not from us: the search goes on before it.
      if (start === 0 || end === -1 || middle + start >= to || lineKey(piece.slice(start, end)) > key) to = middle;
      else from = middle + start;
    }
    return from;
  }
}
