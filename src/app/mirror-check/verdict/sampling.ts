/** Draws random samples that the same seed draws again. */

/** The largest seed: nine digits, to be typed again. */
export const maxSeed = 999_999_999;

/** Returns a function that draws whole numbers from 0 up to, but not including, its argument (mulberry32). */
export function createDraw(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Keeps a uniform sample of a stream of unknown length (Vitter's algorithm R). */
export class Reservoir<Item> {
  readonly #size: number;
  readonly #draw: (below: number) => number;
  readonly #kept: Item[] = [];
  #seen = 0;

  constructor(size: number, draw: (below: number) => number) {
    this.#size = size;
    this.#draw = draw;
  }

  add(item: Item): void {
    this.#seen += 1;
    if (this.#kept.length < this.#size) {
      this.#kept.push(item);
      return;
    }
    const at = this.#draw(this.#seen);
    if (at < this.#size) this.#kept[at] = item;
  }

  /** The sample in a random order: the first items of it are a sample, too. */
  items(): readonly Item[] {
    const items = [...this.#kept];
    for (let last = items.length - 1; last > 0; last -= 1) {
      const at = this.#draw(last + 1);
      const [one, other] = [items[last], items[at]];
      if (one !== undefined && other !== undefined) [items[last], items[at]] = [other, one];
    }
    return items;
  }
}
