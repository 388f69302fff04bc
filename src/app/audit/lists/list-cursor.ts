/**
 * Reads a sorted file forwards, line by line. Nearly all of millions of lines are only held against a text, so a line becomes a string of
 * its own only when it is asked for.
 */
import { closeSync, openSync, readSync } from 'node:fs';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { lineKey } from '../../../local/sorted-lines/line-text.js';

/** The engine keeps larger texts in memory of their own, which costs more than to compare them. */
const chunkBytes = 64 * 1024;
/** A line is a key with a few fields. */
const maxLineBytes = 64 * 1024;
const newline = 10;

export class ListCursor {
  readonly #file: string;
  readonly #buffer = Buffer.allocUnsafeSlow(chunkBytes + maxLineBytes);
  #descriptor: number | null;
  /** Whole lines with their ends, one character for each byte. Empty at the end of the file. */
  #text = '';
  /** Where the present line begins. */
  #at = 0;
  /** Bytes of the buffer that came after the text. */
  #rest: Buffer = this.#buffer.subarray(0, 0);

  /** Throws `ERR_LOCAL_REPOSITORY` if the file cannot be read, as the other methods do. */
  constructor(file: string) {
    this.#file = file;
    this.#descriptor = this.#trying(() => openSync(file, 'r'));
    this.#fill();
  }

  get isAtEnd(): boolean {
    return this.#text === '';
  }

  /** The present line without its end. */
  get line(): string {
    return copyOf(this.#text.slice(this.#at, this.#text.indexOf('\n', this.#at)));
  }

  /** Whether the present line begins with a text. @param text of one line, one character for each byte */
  beginsWith(text: string): boolean {
    // `startsWith` compares character by character, and takes ten times as long.
    return this.#text.slice(this.#at, this.#at + text.length) === text;
  }

  /** Goes to the next line. @param known characters of the present line that need not be looked at */
  next(known = 0): void {
    this.#at = this.#text.indexOf('\n', this.#at + known) + 1;
    if (this.#at === this.#text.length) this.#fill();
  }

  /** The key of a line further on: the last of those that are in memory. */
  get farKey(): string {
    return lineKey(this.#text.slice(this.#text.lastIndexOf('\n', this.#text.length - 2) + 1, -1));
  }

  /** Goes to the line after the one with {@link farKey}. */
  leap(): void {
    this.#fill();
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#text = '';
  }

  /** Reads the next lines in place of the present ones. */
  #fill(): void {
    let length = this.#rest.copy(this.#buffer);
    let end = 0;
    // A longer piece of a line is not from us.
    while (end === 0 && length <= maxLineBytes) {
      const count = this.#read(length);
      if (count === 0) break;
      length += count;
      end = this.#buffer.subarray(0, length).lastIndexOf(newline) + 1;
    }
    const isPiece = end === 0 && length > 0;
    const bytes = this.#buffer.subarray(0, isPiece ? length : end);
    this.#rest = this.#buffer.subarray(bytes.length, length);
    // The last line may lack its end.
    this.#text = bytes.toString('latin1') + (isPiece ? '\n' : '');
    this.#at = 0;
  }

  #read(offset: number): number {
    const descriptor = this.#descriptor;
    return descriptor === null ? 0 : this.#trying(() => readSync(descriptor, this.#buffer, offset, chunkBytes, null));
  }

  #trying<Value>(work: () => Value): Value {
    try {
      return work();
    } catch (error) {
      throw localRepositoryError(error, this.#file);
    }
  }
}

/** A slice would keep all of the text in memory. */
function copyOf(slice: string): string {
  return Buffer.from(slice, 'latin1').toString('latin1');
}
