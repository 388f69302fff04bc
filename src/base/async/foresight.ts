/** Says whether work that was begun ahead of time is needed by now. Work without one is needed from the start. */
export class Foresight {
  #isNeeded = false;
  readonly #listeners: (() => void)[] = [];

  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** Says that a caller waits for the work: from now on it goes before work that is not needed yet. */
  need(): void {
    if (this.#isNeeded) return;
    this.#isNeeded = true;
    for (const listener of this.#listeners.splice(0)) listener();
  }

  /** Calls the listener once the work is needed. */
  onNeeded(listener: () => void): void {
    this.#listeners.push(listener);
  }
}
