/** Counts in a file, in the order of their keys, for what does not fit into memory; and the merge of several. */
import { closeSync, openSync, readSync, writeSync } from 'node:fs';

import type { VisitKey } from './visit-key.js';

/** Bytes before the text: the count, the day, and the length of the text. */
const headLength = 12;
const blockLength = 1 << 16;
const longestEntry = headLength + 0xffff;

/** Writes a run into a new file. */
export class RunWriter {
  readonly #descriptor: number;
  readonly #block = Buffer.allocUnsafe(blockLength + longestEntry);
  #length = 0;

  constructor(file: string) {
    this.#descriptor = openSync(file, 'wx', 0o600);
  }

  readonly add: VisitKey = (day, bytes, textStart, textEnd, count) => {
    const textLength = textEnd - textStart;
    this.#block.writeDoubleBE(count, this.#length);
    this.#block.writeUInt16BE(day, this.#length + 8);
    this.#block.writeUInt16BE(textLength, this.#length + 10);
    for (let index = 0; index < textLength; index++) this.#block[this.#length + headLength + index] = bytes[textStart + index] ?? 0;
    this.#length += headLength + textLength;
    if (this.#length >= blockLength) this.#flush();
  };

  /** Writes the rest. Must be called after a failure, too. */
  close(): void {
    try {
      this.#flush();
    } finally {
      closeSync(this.#descriptor);
    }
  }

  #flush(): void {
    for (let at = 0; at < this.#length;) at += writeSync(this.#descriptor, this.#block, at, this.#length - at);
    this.#length = 0;
  }
}

/** Reads a run, entry by entry. */
class RunReader {
  readonly #descriptor: number;
  readonly block = Buffer.allocUnsafe(blockLength + longestEntry);
  #start = 0;
  #end = 0;
  day = 0;
  textStart = 0;
  textEnd = 0;
  count = 0;

  constructor(file: string) {
    this.#descriptor = openSync(file, 'r');
  }

  /** Goes to the next entry; false at the end. */
  next(): boolean {
    if (this.#end - this.#start < longestEntry) this.#fill();
    if (this.#start === this.#end) return false;
    this.count = this.block.readDoubleBE(this.#start);
    this.day = this.block.readUInt16BE(this.#start + 8);
    this.textStart = this.#start + headLength;
    this.textEnd = this.textStart + this.block.readUInt16BE(this.#start + 10);
    this.#start = this.textEnd;
    return true;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #fill(): void {
    this.block.copyWithin(0, this.#start, this.#end);
    this.#end -= this.#start;
    this.#start = 0;
    while (this.#end < this.block.length) {
      const read = readSync(this.#descriptor, this.block, this.#end, this.block.length - this.#end, null);
      if (read === 0) return;
      this.#end += read;
    }
  }
}

/** Calls back with each key of several runs once, in the order of days, then bytes. */
export function mergeRuns(files: readonly string[], visit: VisitKey): void {
  const readers = files.map((file) => new RunReader(file));
  try {
    const heap = readers.filter((reader) => reader.next());
    heap.sort(compare);
    const last = { day: 0, text: Buffer.alloc(0), count: 0 };
    let hasLast = false;
    for (let [first] = heap; first !== undefined; [first] = heap) {
      if (hasLast && first.day === last.day && last.text.equals(first.block.subarray(first.textStart, first.textEnd)))
        last.count += first.count;
      else {
        if (hasLast) visit(last.day, last.text, 0, last.text.length, last.count);
        hasLast = true;
        last.day = first.day;
        last.count = first.count;
        last.text = Buffer.from(first.block.subarray(first.textStart, first.textEnd));
      }
      if (!first.next()) heap.shift();
      sink(heap);
    }
    if (hasLast) visit(last.day, last.text, 0, last.text.length, last.count);
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** Moves the first reader to its place in the order. There are few of them. */
function sink(readers: RunReader[]): void {
  for (let at = 0; at + 1 < readers.length; at++) {
    const [one, other] = [readers[at], readers[at + 1]];
    if (one === undefined || other === undefined || compare(one, other) <= 0) return;
    readers[at] = other;
    readers[at + 1] = one;
  }
}

function compare(one: RunReader, other: RunReader): number {
  if (one.day !== other.day) return one.day - other.day;
  return one.block.compare(other.block, other.textStart, other.textEnd, one.textStart, one.textEnd);
}
