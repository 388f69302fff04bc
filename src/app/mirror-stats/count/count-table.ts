/**
 * Counts by key: a hash table over bytes. A string for each key would take four times the memory, and one for each line that is
 * counted most of the time.
 *
 * A key is a day and a text. Keys lie one after another in chunks, each behind its length.
 */
import { sortByBytes } from './sort-by-bytes.js';

const chunkBits = 20;
const chunkSize = 1 << chunkBits;
const offsetMask = chunkSize - 1;

/** Bytes before the text of a key: its length, and its day, both with the high byte first. */
const headLength = 4;

export class CountTable {
  readonly #chunks: Uint8Array[] = [];
  /** The place of the next key: the number of its chunk, then its offset. */
  #tail = 0;
  /** Number of the entry plus one, by hash; 0 is free. */
  #slots = new Uint32Array(1 << 13);
  #starts = new Uint32Array(1 << 12);
  #hashes = new Uint32Array(1 << 12);
  #counts = new Float64Array(1 << 12);
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
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] ?? 0;
      if (entry === 0) {
        this.#insert(slot, hash, textEnd - start, count);
        return;
      }
      if (this.#hashes[entry - 1] === hash && this.#isKey(entry - 1, chunk, start, length + 2)) {
        this.#counts[entry - 1] = (this.#counts[entry - 1] ?? 0) + count;
        return;
      }
    }
  }

  /** Calls back with each key in the order of days, then bytes. */
  inOrder(visit: (day: number, text: Uint8Array, count: number) => void): void {
    const entries = new Uint32Array(this.#size);
    for (let entry = 0; entry < this.#size; entry++) entries[entry] = entry;
    sortByBytes(entries, (entry, index) => this.#byteAt(entry, index));
    for (const entry of entries) {
      const [chunk, start] = this.#placeOf(entry);
      const end = start + 2 + lengthAt(chunk, start);
      visit(((chunk[start + 2] ?? 0) << 8) | (chunk[start + 3] ?? 0), chunk.subarray(start + headLength, end), this.#counts[entry] ?? 0);
    }
  }

  /** Forgets all keys, and keeps the memory. */
  clear(): void {
    this.#tail = 0;
    this.#size = 0;
    this.#slots.fill(0);
  }

  #insert(slot: number, hash: number, bytes: number, count: number): void {
    const entry = this.#size;
    if (entry === this.#starts.length) this.#growEntries();
    this.#starts[entry] = this.#tail;
    this.#hashes[entry] = hash;
    this.#counts[entry] = count;
    this.#slots[slot] = entry + 1;
    this.#size += 1;
    this.#tail += bytes;
    if (this.#size * 2 > this.#slots.length) this.#growSlots();
  }

  #growEntries(): void {
    const length = this.#starts.length * 2;
    const grown = <T extends Uint32Array | Float64Array>(old: T, larger: T): T => {
      larger.set(old);
      return larger;
    };
    this.#starts = grown(this.#starts, new Uint32Array(length));
    this.#hashes = grown(this.#hashes, new Uint32Array(length));
    this.#counts = grown(this.#counts, new Float64Array(length));
  }

  #growSlots(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = (this.#hashes[entry] ?? 0) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }

  /** Whether an entry has the key that is written at `start`. */
  #isKey(entry: number, chunk: Uint8Array, start: number, length: number): boolean {
    const at = this.#starts[entry] ?? 0;
    const other = this.#chunks[at >>> chunkBits] ?? chunk;
    const offset = at & offsetMask;
    for (let index = 0; index < length; index++) if (other[offset + index] !== chunk[start + index]) return false;
    return true;
  }

  /** Returns a byte of a key, its day included; -1 beyond its end. */
  #byteAt(entry: number, index: number): number {
    const at = this.#starts[entry] ?? 0;
    const chunk = this.#chunks[at >>> chunkBits];
    const offset = at & offsetMask;
    if (chunk === undefined || index >= lengthAt(chunk, offset)) return -1;
    return chunk[offset + 2 + index] ?? -1;
  }

  #placeOf(entry: number): readonly [chunk: Uint8Array, start: number] {
    const at = this.#starts[entry] ?? 0;
    const chunk = this.#chunks[at >>> chunkBits];
    if (chunk === undefined) throw new Error('an entry has no key');
    return [chunk, at & offsetMask];
  }
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
