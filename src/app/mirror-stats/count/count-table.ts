/**
 * Counts by key: a hash table over bytes. A string for each key would take four times the memory, and one for each line that is
 * counted most of the time.
 *
 * A key is a day and a text. Keys lie one after another in chunks, each behind its length.
 */
import { sortByWords } from './sort-by-words.js';
import type { VisitKey } from './visit-key.js';

const chunkBits = 20;
const chunkSize = 1 << chunkBits;
const offsetMask = chunkSize - 1;

/** Bytes before the text of a key: its length, and its day, both with the high byte first. */
const headLength = 4;

/** A table has at most this many keys, whose places in a sort are 20 bits. */
export const mostKeys = 1 << 20;

/** Bits of a slot for the number of its entry. The others are the high bits of its hash: other keys are mostly told apart by them. */
const entryBits = 21;
const entryMask = (1 << entryBits) - 1;

const fewSlots = 1 << 13;

export class CountTable {
  readonly #chunks: Uint8Array[] = [];
  /** The place of the next key: the number of its chunk, then its offset. */
  #tail = 0;
  /**
   * Number of the entry plus one, below high bits of its hash, by the low ones; 0 is free. Only the slots up to the mask are used. All
   * arrays have their largest size from the start, because the system gives memory only to pages that are written: growing would leave
   * garbage of the same size.
   */
  readonly #slots = new Uint32Array(mostKeys * 2);
  #mask = fewSlots - 1;
  readonly #starts = new Uint32Array(mostKeys);
  readonly #counts = new Float64Array(mostKeys);
  #size = 0;

  /** Number of keys. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that all keys take. */
  get keyBytes(): number {
    return this.#tail;
  }

  /**
   * Returns the bytes to write the text of the next key into, from {@link textStart} on.
   * @param length most bytes of the text
   */
  reserve(length: number): Uint8Array {
    if ((this.#tail & offsetMask) + headLength + length > chunkSize) this.#tail = ((this.#tail >>> chunkBits) + 1) << chunkBits;
    const index = this.#tail >>> chunkBits;
    return (this.#chunks[index] ??= new Uint8Array(chunkSize));
  }

  /** The place of the text of the next key in the bytes that {@link reserve} returned. */
  get textStart(): number {
    return (this.#tail & offsetMask) + headLength;
  }

  /** Adds to the count of the key whose text was written from {@link textStart} to `textEnd`. */
  add(day: number, textEnd: number, count: number): void {
    const chunk = this.#chunks[this.#tail >>> chunkBits];
    if (chunk === undefined) throw new Error('no room was reserved');
    const start = this.#tail & offsetMask;
    const length = textEnd - start - 2;
    chunk[start] = length >>> 8;
    chunk[start + 1] = length;
    chunk[start + 2] = day >>> 8;
    chunk[start + 3] = day;
    const hash = hashOf(chunk, start + 2, textEnd);
    const mask = this.#mask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0) {
        this.#insert(slot, hash, textEnd - start, count);
        return;
      }
      const entry = (known & entryMask) - 1;
      if (known >>> entryBits === hash >>> entryBits && this.#isKey(entry, chunk, start, length + 2)) {
        this.#counts[entry] = (this.#counts[entry] ?? 0) + count;
        return;
      }
    }
  }

  /** Calls back with each key in the order of days, then bytes. */
  inOrder(visit: VisitKey): void {
    for (const entry of this.#sorted()) {
      const at = this.#starts[entry] ?? 0;
      const start = at & offsetMask;
      const chunk = this.#chunks[at >>> chunkBits] ?? empty;
      const day = ((chunk[start + 2] ?? 0) << 8) | (chunk[start + 3] ?? 0);
      visit(day, chunk, start + headLength, start + 2 + lengthAt(chunk, start), this.#counts[entry] ?? 0);
    }
  }

  #sorted(): Uint32Array {
    const entries = new Uint32Array(this.#size);
    for (let entry = 0; entry < this.#size; entry++) entries[entry] = entry;
    sortByWords(entries, (entry, index) => this.#wordAt(entry, index));
    return entries;
  }

  /** Forgets all keys, and keeps the memory. */
  clear(): void {
    this.#tail = 0;
    this.#size = 0;
    this.#slots.fill(0, 0, this.#mask + 1);
  }

  #insert(slot: number, hash: number, bytes: number, count: number): void {
    const entry = this.#size;
    this.#starts[entry] = this.#tail;
    this.#counts[entry] = count;
    this.#slots[slot] = slotOf(entry, hash);
    this.#size += 1;
    this.#tail += bytes;
    if (this.#size * 2 > this.#mask && this.#mask < mostKeys * 2 - 1) this.#growSlots();
  }

  /** Four times as many, so that few keys are hashed again. */
  #growSlots(): void {
    this.#mask = this.#mask * 4 + 3;
    this.#slots.fill(0, 0, this.#mask + 1);
    for (let entry = 0; entry < this.#size; entry++) {
      const hash = this.#hashOf(entry);
      let slot = hash & this.#mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = slotOf(entry, hash);
    }
  }

  /** Computes the hash of an entry again: keeping it would take 4 MB. */
  #hashOf(entry: number): number {
    const at = this.#starts[entry] ?? 0;
    const chunk = this.#chunks[at >>> chunkBits] ?? empty;
    const start = (at & offsetMask) + 2;
    return hashOf(chunk, start, start + lengthAt(chunk, start - 2));
  }

  /** Whether an entry has the key that is written at `start`. */
  #isKey(entry: number, chunk: Uint8Array, start: number, length: number): boolean {
    const at = this.#starts[entry] ?? 0;
    const other = this.#chunks[at >>> chunkBits] ?? chunk;
    const offset = at & offsetMask;
    for (let index = 0; index < length; index++) if (other[offset + index] !== chunk[start + index]) return false;
    return true;
  }

  /** Returns the four bytes of a key from `index` on, its day included, with zeros beyond its end; -1 if it has ended before. */
  #wordAt(entry: number, index: number): number {
    const at = this.#starts[entry] ?? 0;
    const chunk = this.#chunks[at >>> chunkBits] ?? empty;
    const start = at & offsetMask;
    const left = lengthAt(chunk, start) - index;
    if (left <= 0) return -1;
    const from = start + 2 + index;
    const word = ((chunk[from] ?? 0) << 24) | ((chunk[from + 1] ?? 0) << 16) | ((chunk[from + 2] ?? 0) << 8) | (chunk[from + 3] ?? 0);
    return (left >= 4 ? word : word & (-1 << ((4 - left) * 8))) >>> 0;
  }
}

const empty = new Uint8Array();

function slotOf(entry: number, hash: number): number {
  return (hash & ~entryMask) | (entry + 1);
}

/** Length of a key, its day included. */
function lengthAt(chunk: Uint8Array, start: number): number {
  return ((chunk[start] ?? 0) << 8) | (chunk[start + 1] ?? 0);
}

/** FNV-1a, with its high bits mixed into the low ones, which choose the slot. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}
