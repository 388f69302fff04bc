import { untilAborted } from './until-aborted.js';

/** The abort signal of work that several callers wait for: it aborts when the last of them has stopped waiting. */
export class SharedAbort {
  /** Null until the signal is asked for: most work is over before it waits for anything. */
  #controller: AbortController | null = null;
  #waiting = 0;
  /** Set once the last caller has stopped waiting. */
  #end: { readonly reason: unknown } | null = null;

  get isAborted(): boolean {
    return this.#end !== null;
  }

  get signal(): AbortSignal {
    const controller = (this.#controller ??= new AbortController());
    if (this.#end !== null) controller.abort(this.#end.reason);
    return controller.signal;
  }

  /** Waits for the work until the caller's own signal aborts; without one, to the end. */
  async follow<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    this.#waiting += 1;
    try {
      return await untilAborted(work, signal);
    } finally {
      this.#waiting -= 1;
      // Work that has ended needs no abort: it would cost an event and an error for each file.
      if (this.#waiting === 0 && signal?.aborted === true) this.#abort(signal.reason);
    }
  }

  #abort(reason: unknown): void {
    this.#end ??= { reason };
    this.#controller?.abort(this.#end.reason);
  }
}
