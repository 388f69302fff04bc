import { onAbort } from './on-abort.js';

/** Wakes all tasks that wait for a change. They look for themselves whether it is the one that they need. */
export class Pulse {
  readonly #waiting = new Set<() => void>();

  beat(): void {
    const woken = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of woken) wake();
  }

  /** Waits for the next beat. Rejects with the signal's reason. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        stopListening();
        resolve();
      };
      this.#waiting.add(wake);
      const stopListening = onAbort(signal, () => {
        this.#waiting.delete(wake);
        const reason: unknown = signal.reason;
        reject(reason instanceof Error ? reason : new Error('aborted', { cause: reason }));
      });
    });
  }
}
