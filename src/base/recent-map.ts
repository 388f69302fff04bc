/**
 * A map of at most so many entries that forgets those not used lately. It has two halves: when the younger one is full, the older one is
 * forgotten, and what is found there moves to the younger one. So a lookup costs no more than in a plain map.
 */
export class RecentMap<Key, Value> {
  readonly #half: number;
  #younger = new Map<Key, Value>();
  #older = new Map<Key, Value>();

  /** @param most entries */
  constructor(most: number) {
    this.#half = Math.ceil(most / 2);
  }

  /** Entries that are remembered. */
  get size(): number {
    return this.#younger.size + this.#older.size;
  }

  get(key: Key): Value | undefined {
    const found = this.#younger.get(key);
    if (found !== undefined) return found;
    const older = this.#older.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: Key, value: Value): void {
    this.#older.delete(key);
    if (this.#younger.size >= this.#half && !this.#younger.has(key)) {
      this.#older = this.#younger;
      this.#younger = new Map();
    }
    this.#younger.set(key, value);
  }

  delete(key: Key): void {
    this.#younger.delete(key);
    this.#older.delete(key);
  }
}
