/** Remembers things until the end of this turn of the event loop: what arrives together can share one look at the disk. */
export class ThisTurn<T> {
  readonly #things = new Set<T>();

  has(thing: T): boolean {
    return this.#things.has(thing);
  }

  add(thing: T): void {
    if (this.#things.size === 0) setImmediate(() => this.#things.clear());
    this.#things.add(thing);
  }
}
