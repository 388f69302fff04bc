/**
 * Keeps a long loop interruptible. Without a pause, no timer fires and no Ctrl-C is seen: the loop gives way to the event
 * loop every so many steps, and then looks at the signal.
 */

/** A step is meant to take a few microseconds: a turn then lasts some ten milliseconds. */
const stepsInTurn = 2048;

export class Pace {
  readonly #signal: AbortSignal | undefined;
  #left = stepsInTurn;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /**
   * Counts work that was done. Returns a promise to await if it is time to give way, else null, so that a loop creates no
   * promises that it does not need. The promise rejects with the signal's reason.
   */
  step(count = 1): Promise<void> | null {
    this.#left -= count;
    return this.#left > 0 ? null : this.#giveWay();
  }

  /** Counts work whose loop takes its next step soon. */
  add(count: number): void {
    this.#left -= count;
  }

  async #giveWay(): Promise<void> {
    this.#left = stepsInTurn;
    await new Promise((resolve) => setImmediate(resolve));
    this.#signal?.throwIfAborted();
  }
}
