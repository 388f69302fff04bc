/** Keeps builds that wait for each other from waiting for ever. */

/** Who waits for whom, among builds in progress. */
export class Waits {
  private readonly waiting = new Map<string, string>();

  /** Null, without waiting, when the result waits for the waiter itself. */
  async for<T>(waiter: string, wanted: string, result: Promise<T>): Promise<{ readonly value: T } | null> {
    for (let at: string | undefined = wanted; at !== undefined; at = this.waiting.get(at)) if (at === waiter) return null;
    this.waiting.set(waiter, wanted);
    try {
      return { value: await result };
    } finally {
      this.waiting.delete(waiter);
    }
  }
}
