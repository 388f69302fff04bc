import { untilAborted } from './until-aborted.js';

/** The abort signal of work that several callers wait for: it aborts when the last of them has stopped waiting. */
export class SharedAbort {
  readonly #controller = new AbortController();
  #waiting = 0;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Waits for the work until the caller's own signal aborts; without one, to the end. */
  async follow<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#waiting += 1;
    try {
      return await untilAborted(work, signal);
    } finally {
      this.#waiting -= 1;
      // Work that has ended needs no abort: it would cost an event and an error for each file.
      if (this.#waiting === 0 && signal?.aborted === true) this.#controller.abort(signal.reason);
    }
  }
}
