/** Finds the time of the n-th newest file, in little memory. */

export class NewestTimes {
  readonly #count: number;
  #times: number[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  add(time: number): void {
    this.#times.push(time);
    if (this.#times.length > 8 * this.#count) this.#trim();
  }

  /** Returns the time from which on the files are among the newest; null if no time was added. */
  from(): number | null {
    this.#trim();
    return this.#times.at(-1) ?? null;
  }

  #trim(): void {
    this.#times = this.#times.sort((one, other) => other - one).slice(0, this.#count);
  }
}
