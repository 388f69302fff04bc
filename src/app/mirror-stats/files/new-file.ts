/** A file that is written under a temporary name, in blocks of bytes: a million counts never become strings. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { temporaryNameFor } from '../../../base/disk/temporary-name.js';

const blockLength = 1 << 16;

/** Most bytes that one byte of a string can become. */
const longestEscape = 6;

const shortEscapes: ReadonlyMap<number, string> = new Map([
  [0x22, '\\"'],
  [0x5c, '\\\\'],
  [0x0a, '\\n'],
  [0x09, '\\t'],
  [0x0d, '\\r'],
  [0x0c, '\\f'],
  [0x08, '\\b'],
]);

export class NewFile {
  readonly path: string;
  readonly temporary: string;
  readonly #descriptor: number;
  readonly #block = Buffer.allocUnsafe(blockLength);
  #length = 0;
  #isOpen = true;

  /** @param path absolute */
  constructor(path: string) {
    this.path = path;
    this.temporary = join(dirname(path), temporaryNameFor(path));
    this.#descriptor = openSync(this.temporary, 'wx', 0o666);
  }

  /** Writes ASCII text that is much shorter than a block. */
  write(text: string): void {
    this.#makeRoom(text.length);
    // A call of `write` takes longer for a few bytes.
    for (let index = 0; index < text.length; index++) this.#block[this.#length++] = text.charCodeAt(index);
  }

  /** Writes a string in quotes, as EDN and JSON both read it. */
  writeString(bytes: Uint8Array, start: number, end: number): void {
    this.write('"');
    for (let at = start; at < end; at++) {
      const byte = bytes[at] ?? 0;
      if (byte < 0x20 || byte === 0x22 || byte === 0x5c) {
        this.write(shortEscapes.get(byte) ?? `\\u${byte.toString(16).padStart(4, '0')}`);
        continue;
      }
      if (this.#length + longestEscape > blockLength) this.#flush();
      this.#block[this.#length++] = byte;
    }
    this.write('"');
  }

  /** Writes what is left, and flushes it to disk. */
  close(): void {
    this.#flush();
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    this.#isOpen = false;
  }

  /** Gives the file its name. */
  place(): void {
    renameSync(this.temporary, this.path);
  }

  /** Removes the file if it was not placed. */
  remove(): void {
    if (this.#isOpen) closeSync(this.#descriptor);
    this.#isOpen = false;
    rmSync(this.temporary, { force: true });
  }

  #makeRoom(length: number): void {
    if (this.#length + length > blockLength) this.#flush();
  }

  #flush(): void {
    for (let at = 0; at < this.#length;) at += writeSync(this.#descriptor, this.#block, at, this.#length - at);
    this.#length = 0;
  }
}
