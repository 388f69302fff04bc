/** Prevents deadlocks among builds that wait for each other's results, by recording which build waits for which. */
export class Waits {
  readonly #waiting = new Map<string, string>();

  /** Awaits the result; returns null at once if the result is itself waiting for the waiter. */
  async waitFor<T>(waiter: string, wanted: string, result: Promise<T>): Promise<{ readonly value: T } | null> {
    for (let at: string | undefined = wanted; at !== undefined; at = this.#waiting.get(at)) if (at === waiter) return null;
    this.#waiting.set(waiter, wanted);
    try {
      return { value: await result };
    } finally {
      this.#waiting.delete(waiter);
    }
  }
}
