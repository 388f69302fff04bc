/**
 * Lets a limited number of tasks run at once; the others wait in the order of their arrival. Waiting tasks do not listen
 * to the signal, since thousands of listeners are slow: after an abort, each is refused when its turn comes, at once.
 */
export class Gate {
  readonly #limit: number;
  readonly #waiting: (() => void)[] = [];
  #next = 0;
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Waits for a place. Returns the function that gives it up; calling that twice does nothing. Rejects with the signal's reason. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
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
    const next = this.#waiting[this.#next];
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#next += 1;
    if (this.#next === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#next = 0;
    }
    next();
  }
}
