import type { CancelSignal } from './cancellation.js';

/** Waits; an abort ends the wait, and rejects with the signal's reason. */
export async function wait(ms: number, signal: CancelSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
  signal.throwIfAborted();
}
