/**
 * Maps with symbols as keys, in the order in which Clojure iterates them.
 *
 * For newcomers: a Clojure map with up to eight entries is an array, and keeps the order in which they were added. The
 * ninth entry turns it into a hash map, which stays one: its order depends on the hashes of the keys alone. tools.deps
 * works through such maps, so the order of the libraries of a project can decide which version is seen first.
 *
 * Source of the rule: Clojure 1.11 `PersistentArrayMap`, `PersistentHashMap`, `Symbol.hasheq`, `Murmur3`.
 */

/** `PersistentArrayMap.HASHTABLE_THRESHOLD`, in entries. */
const mostInArray = 8;

/** A map that is built up and then iterated. Setting a key again keeps its place. */
export class SymbolMap<V> implements Iterable<readonly [string, V]> {
  readonly #entries = new Map<string, V>();

  /** A map as written in a file, or built by adding one entry after the other. */
  constructor(entries: Iterable<readonly [string, V]> = []) {
    for (const [name, value] of entries) this.set(name, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  get(name: string): V | undefined {
    return this.#entries.get(name);
  }

  set(name: string, value: V): void {
    this.#entries.set(name, value);
  }

  /** Returns this map with the entries of another, which are stronger: `(merge this other)`. */
  merge(other: SymbolMap<V>): SymbolMap<V> {
    const merged = new SymbolMap(this);
    merged.add(other);
    return merged;
  }

  /** Adds the entries of another map, which are stronger. */
  add(other: SymbolMap<V>): void {
    for (const [name, value] of other) this.set(name, value);
  }

  [Symbol.iterator](): Iterator<readonly [string, V]> {
    if (this.#entries.size <= mostInArray) return this.#entries[Symbol.iterator]();
    const hashed = [...this.#entries].map((entry) => ({ entry, hash: hashOfSymbol(entry[0]) }));
    // Sorting is stable: equal hashes keep the order in which they were added, as in a collision node.
    return hashed
      .sort((a, b) => compareHashes(a.hash, b.hash))
      .map(({ entry }) => entry)
      [Symbol.iterator]();
  }
}

/** Orders two hashes by their digits of five bits, the lowest first. */
function compareHashes(a: number, b: number): number {
  for (let shift = 0; shift < 32; shift += 5) {
    const difference = ((a >>> shift) & 31) - ((b >>> shift) & 31);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** `Symbol.hasheq` of `namespace/name` or `name`, as a signed number of 32 bits. */
export function hashOfSymbol(symbol: string): number {
  const slash = symbol === '/' ? -1 : symbol.indexOf('/');
  const namespace = slash < 0 ? 0 : hashOfString(symbol.slice(0, slash));
  return combine(murmur3(slash < 0 ? symbol : symbol.slice(slash + 1)), namespace);
}

/** `Util.hashCombine`. */
function combine(seed: number, hash: number): number {
  return seed ^ (hash + 0x9e3779b9 + (seed << 6) + (seed >> 2));
}

/** Java's `String.hashCode`. */
function hashOfString(text: string): number {
  let hash = 0;
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(index)) | 0;
  return hash;
}

/** `Murmur3.hashUnencodedChars`. */
function murmur3(text: string): number {
  let hash = 0;
  for (let index = 1; index < text.length; index += 2) {
    hash ^= mixKey(text.charCodeAt(index - 1) | (text.charCodeAt(index) << 16));
    hash = (Math.imul(rotate(hash, 13), 5) + 0xe6546b64) | 0;
  }
  if (text.length % 2 === 1) hash ^= mixKey(text.charCodeAt(text.length - 1));
  hash ^= 2 * text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function mixKey(key: number): number {
  return Math.imul(rotate(Math.imul(key, 0xcc9e2d51), 15), 0x1b873593);
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}
