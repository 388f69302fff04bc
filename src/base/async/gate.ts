import type { Foresight } from './foresight.js';
import { Queue } from './queue.js';

/**
 * Lets a limited number of tasks run at once; the others wait in the order of their arrival. Waiting tasks do not listen
 * to the signal, since thousands of listeners are slow: after an abort, each is refused when its turn comes, at once.
 */
export class Gate {
  readonly #limit: number;
  /** How many tasks may run for one that is not needed yet to start. */
  readonly #aheadLimit: number;
  readonly #waiting = new Queue<() => void>();
  #running = 0;
  /** Tasks that are not needed yet. */
  #ahead: Set<() => void> | null = null;

  /** @param aheadLimit the places that tasks which are not needed yet may fill; the rest is kept free for others. Default: all */
  constructor(limit: number, aheadLimit = limit) {
    this.#limit = limit;
    this.#aheadLimit = aheadLimit;
  }

  /**
   * Waits for a place. Returns the function that gives it up; calling that twice does nothing. Rejects with the signal's reason.
   * @param foresight of a task that is not needed yet: it waits until no other task does. Default: the task is needed
   */
  async enter(signal: AbortSignal, foresight?: Foresight): Promise<() => void> {
    if (foresight?.isNeeded === false) await this.#enterAhead(foresight);
    else if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    let isInside = true;
    const leave = (): void => {
      if (isInside) this.#leave();
      isInside = false;
    };
    if (signal.aborted) leave();
    signal.throwIfAborted();
    return leave;
  }

  async run<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const leave = await this.enter(signal);
    try {
      return await work();
    } finally {
      leave();
    }
  }

  /** Hands the place to the task that has waited longest. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#running -= 1;
      if (this.#ahead !== null) this.#admitAhead(this.#ahead);
      return;
    }
    next();
  }

  async #enterAhead(foresight: Foresight): Promise<void> {
    if (this.#running < this.#aheadLimit) {
      this.#running += 1;
      return;
    }
    const ahead = (this.#ahead ??= new Set());
    await new Promise<void>((resolve) => {
      ahead.add(resolve);
      foresight.onNeeded(() => {
        if (!ahead.delete(resolve)) return;
        if (this.#running >= this.#limit) return void this.#waiting.push(resolve);
        this.#running += 1;
        resolve();
      });
    });
  }

  #admitAhead(ahead: Set<() => void>): void {
    for (const enter of ahead) {
      if (this.#running >= this.#aheadLimit) return;
      ahead.delete(enter);
      this.#running += 1;
      enter();
    }
  }
}
