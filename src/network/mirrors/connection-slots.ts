import type { CancelSignal } from '../../base/async/cancellation.js';
import { onAbort } from '../../base/async/on-abort.js';

/** Limits the concurrent requests to one origin. The others wait in order of arrival, and can give up. */
export class ConnectionSlots {
  readonly #limit: number;
  readonly #waiting = new Set<(granted: boolean) => void>();
  #taken = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Resolves to true with a slot, to false if the signal aborts or {@link skipWaiting} is called first. */
  acquire(signal: CancelSignal): Promise<boolean> {
    if (signal.aborted) return refused;
    if (this.#taken < this.#limit) {
      this.#taken += 1;
      return granted;
    }
    return new Promise((resolve) => {
      const leave = (isGranted: boolean): void => {
        stopListening();
        this.#waiting.delete(leave);
        resolve(isGranted);
      };
      this.#waiting.add(leave);
      const stopListening = onAbort(signal, () => leave(false));
    });
  }

  /** Passes the slot to the request that has waited longest. */
  release(): void {
    const [next] = this.#waiting;
    if (next) next(true);
    else this.#taken -= 1;
  }

  /** Sends every waiting request away without a slot. */
  skipWaiting(): void {
    for (const leave of [...this.#waiting]) leave(false);
  }
}

const granted = Promise.resolve(true);
const refused = Promise.resolve(false);
