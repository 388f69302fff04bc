/**
 * Counts by key: a hash table over bytes. A string for each key would take four times the memory, and one for each line that is
 * counted most of the time.
 *
 * A key is a day and a text. Entries lie one after another in chunks of memory: their head, their count, and their text with zeros up to
 * the next word, so that keys are hashed and compared by words. New keys wait until there are some hundred: the places of memory that
 * they need are then fetched side by side, which takes most of the time in a table that is larger than the cache of the processor.
 */
import { sortByWords } from './sort-by-words.js';
import type { VisitKey } from './visit-key.js';

const chunkBits = 18;
/** Length of a chunk in words of four bytes. */
const chunkWords = 1 << chunkBits;
const wordMask = chunkWords - 1;
/** Room for the keys that wait. */
const waitingWords = 1 << 15;

/** The first word of an entry is its day, and the length of its text. The end of a chunk may be marked by zero. */
const dayShift = 16;
const lengthMask = 0xffff;
/** Words before the text, and before the count. */
const headWords = 3;
const countWord = 1;

/** A table has at most this many keys, whose places in a sort are 20 bits. */
export const mostKeys = 1 << 20;

/**
 * The bits of a slot for the place of its entry, in words: a table may have 60 MB of entries. The other bits are the high bits of its
 * hash: other keys are mostly told apart by them.
 */
const placeMask = (1 << 24) - 1;

const fewSlots = 1 << 13;

/** Three views of the same memory. */
interface Memory {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly view: DataView;
}

export class CountTable {
  readonly #chunks: Memory[] = [];
  /** The place of the next entry, in words: the number of its chunk, then its offset. */
  #tail = 0;
  /**
   * The place of the entry plus one, below high bits of its hash, by the low ones; 0 is free. Only the slots up to the mask are used. The
   * array has its largest size from the start, because the system gives memory only to pages that are written: growing would leave
   * garbage of the same size.
   */
  readonly #slots = new Uint32Array(mostKeys * 2);
  #mask = fewSlots - 1;
  #size = 0;
  /** Entries that wait, one after another. */
  readonly #waiting = createMemory(waitingWords);
  readonly #hashes = new Uint32Array(waitingWords / (headWords + 1));
  #waitingEnd = 0;
  #waitingKeys = 0;
  /** Keeps the engine from dropping loads that only fetch memory. */
  fetched = 0;

  /** Number of keys, at most: those that wait may be known. */
  get size(): number {
    return this.#size + this.#waitingKeys;
  }

  /** Bytes that all entries take. */
  get keyBytes(): number {
    return this.#tail * 4;
  }

  /**
   * Returns the bytes to write the text of the next key into, from {@link textStart} on.
   * @param length most bytes of the text, less than 2^16; three times as many if they may not be UTF-8
   */
  reserve(length: number): Uint8Array {
    if (this.#waitingEnd + headWords + (length >>> 2) + 1 > waitingWords) this.#settle();
    return this.#waiting.bytes;
  }

  /** The place of the text of the next key in the bytes that {@link reserve} returned. */
  get textStart(): number {
    return (this.#waitingEnd + headWords) * 4;
  }

  /** Adds to the count of the key whose text was written from {@link textStart} to `textEnd`. */
  add(day: number, textEnd: number, count: number): void {
    const { bytes, words, view } = this.#waiting;
    const start = this.#waitingEnd;
    const textStart = this.textStart;
    let wordEnd = fillWord(bytes, textEnd);
    let length = textEnd - textStart;
    if (!isAscii(words, start + headWords, wordEnd)) {
      length = asUtf8(bytes, textStart, textEnd) - textStart;
      wordEnd = fillWord(bytes, textStart + length);
    }
    words[start] = (day << dayShift) | length;
    view.setFloat64((start + countWord) * 4, count);
    this.#hashes[this.#waitingKeys++] = hashOf(words, start, wordEnd);
    this.#waitingEnd = wordEnd;
  }

  /** Calls back with each key in the order of days, then bytes. */
  inOrder(visit: VisitKey): void {
    this.#settle();
    for (const place of this.#sorted()) {
      const { bytes, words, view } = this.#chunkAt(place);
      const word = place & wordMask;
      const head = words[word] ?? 0;
      const textStart = (word + headWords) * 4;
      visit(head >>> dayShift, bytes, textStart, textStart + (head & lengthMask), view.getFloat64((word + countWord) * 4));
    }
  }

  /** Forgets all keys, and keeps the memory. */
  clear(): void {
    this.#tail = 0;
    this.#size = 0;
    this.#waitingEnd = 0;
    this.#waitingKeys = 0;
    this.#slots.fill(0, 0, this.#mask + 1);
  }

  /** Takes in the keys that wait. */
  #settle(): void {
    this.#fetch();
    const { words } = this.#waiting;
    let start = 0;
    for (let key = 0; key < this.#waitingKeys; key++) {
      const end = endOfEntry(words, start);
      this.#take(this.#hashes[key] ?? 0, start, end);
      start = end;
    }
    this.#waitingEnd = 0;
    this.#waitingKeys = 0;
  }

  /** Reads the slots, and then the entries, that the waiting keys need. */
  #fetch(): void {
    let fetched = 0;
    for (let key = 0; key < this.#waitingKeys; key++) fetched ^= this.#slots[(this.#hashes[key] ?? 0) & this.#mask] ?? 0;
    for (let key = 0; key < this.#waitingKeys; key++) {
      const place = (this.#slots[(this.#hashes[key] ?? 0) & this.#mask] ?? 0) & placeMask;
      if (place > 0) fetched ^= this.#chunkAt(place - 1).words[(place - 1) & wordMask] ?? 0;
    }
    this.fetched = fetched;
  }

  /** Takes in the key that waits from `start` to `end`. */
  #take(hash: number, start: number, end: number): void {
    const { words, view } = this.#waiting;
    const mask = this.#mask;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const known = this.#slots[slot] ?? 0;
      if (known === 0) {
        this.#insert(slot, hash, words, start, end);
        return;
      }
      if (((known ^ hash) & ~placeMask) !== 0) continue;
      const place = (known & placeMask) - 1;
      const other = this.#chunkAt(place);
      if (!isSameKey(other.words, place & wordMask, words, start, end)) continue;
      const countAt = ((place & wordMask) + countWord) * 4;
      other.view.setFloat64(countAt, other.view.getFloat64(countAt) + view.getFloat64((start + countWord) * 4));
      return;
    }
  }

  #insert(slot: number, hash: number, words: Uint32Array, start: number, end: number): void {
    const length = end - start;
    if ((this.#tail & wordMask) + length > chunkWords) {
      this.#chunkAt(this.#tail).words[this.#tail & wordMask] = 0;
      this.#tail = nextChunk(this.#tail);
    }
    const target = this.#chunkAt(this.#tail).words;
    const offset = this.#tail & wordMask;
    for (let at = 0; at < length; at++) target[offset + at] = words[start + at] ?? 0;
    this.#slots[slot] = slotOf(this.#tail, hash);
    this.#size += 1;
    this.#tail += length;
    if (this.#size * 2 > this.#mask && this.#mask < mostKeys * 2 - 1) this.#growSlots();
  }

  /** Four times as many, so that few keys are hashed again. */
  #growSlots(): void {
    const mask = (this.#mask = this.#mask * 4 + 3);
    this.#slots.fill(0, 0, mask + 1);
    this.#eachPlace((place, words, start, end) => {
      const hash = hashOf(words, start, end);
      let slot = hash & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = slotOf(place, hash);
    });
  }

  #sorted(): Uint32Array {
    const places = new Uint32Array(this.#size);
    let size = 0;
    this.#eachPlace((place) => (places[size++] = place));
    sortByWords(places, (place, index) => this.#wordAt(place, index));
    return places;
  }

  /** Calls back with the place of each entry, in the order in which they were added. */
  #eachPlace(visit: (place: number, words: Uint32Array, start: number, end: number) => void): void {
    for (let place = 0; place < this.#tail;) {
      const { words } = this.#chunkAt(place);
      const start = place & wordMask;
      const isMark = words[start] === 0;
      const end = endOfEntry(words, start);
      if (!isMark) visit(place, words, start, end);
      place = isMark || end === chunkWords ? nextChunk(place) : place + end - start;
    }
  }

  /** Returns the day of a key for 0, and then four bytes of its text after another, with zeros beyond its end; -1 if it has ended before. */
  #wordAt(place: number, index: number): number {
    const { words, view } = this.#chunkAt(place);
    const word = place & wordMask;
    const head = words[word] ?? 0;
    if (index === 0) return head >>> dayShift;
    return index - 4 < (head & lengthMask) ? view.getUint32((word + headWords) * 4 + index - 4) : -1;
  }

  /** Returns the chunk of a place, which is made if it is missing. */
  #chunkAt(place: number): Memory {
    const index = place >>> chunkBits;
    return this.#chunks[index] ?? (this.#chunks[index] = createMemory(chunkWords));
  }
}

function createMemory(length: number): Memory {
  const memory = new ArrayBuffer(length * 4);
  return { bytes: new Uint8Array(memory), words: new Uint32Array(memory), view: new DataView(memory) };
}

function nextChunk(place: number): number {
  return ((place >>> chunkBits) + 1) << chunkBits;
}

function endOfEntry(words: Uint32Array, start: number): number {
  return start + headWords + ((((words[start] ?? 0) & lengthMask) + 3) >>> 2);
}

function slotOf(place: number, hash: number): number {
  return (hash & ~placeMask) | (place + 1);
}

/** Fills the last word of a text with zeros. Returns the word after it. */
function fillWord(bytes: Uint8Array, textEnd: number): number {
  let end = textEnd;
  for (; (end & 3) !== 0; end++) bytes[end] = 0;
  return end >>> 2;
}

function isAscii(words: Uint32Array, start: number, end: number): boolean {
  let bits = 0;
  for (let at = start; at < end; at++) bits |= words[at] ?? 0;
  return (bits & 0x80808080) === 0;
}

/** Whether two entries have the same head and text. */
function isSameKey(one: Uint32Array, oneStart: number, other: Uint32Array, start: number, end: number): boolean {
  if (one[oneStart] !== other[start]) return false;
  const distance = oneStart - start;
  for (let at = start + headWords; at < end; at++) if (one[at + distance] !== other[at]) return false;
  return true;
}

/** FNV-1a of words, with high bits mixed into the low ones, which choose the slot. The count does not take part. */
function hashOf(words: Uint32Array, start: number, end: number): number {
  let hash = Math.imul((words[start] ?? 0) ^ 0x811c9dc5, 0x9e3779b1);
  for (let at = start + headWords; at < end; at++) {
    hash = Math.imul(hash ^ (words[at] ?? 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

/** Replaces what is not UTF-8, as a reader of the log as text would: otherwise two keys could look the same. Returns the new end. */
function asUtf8(bytes: Uint8Array, start: number, end: number): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
  return start + Buffer.from(bytes.buffer, bytes.byteOffset + start).write(text, 'utf8');
}
