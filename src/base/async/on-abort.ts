import type { CancelSignal } from './cancellation.js';

const once = { once: true } as const;
const nothing = (): void => undefined;

/**
 * Calls the listener when the signal aborts, at once if it already has: an aborted signal sends no event. Returns the
 * function that stops listening; call it when the work is done, so that nothing is left on a signal that lives longer.
 */
export function onAbort(signal: CancelSignal, listener: () => void): () => void {
  if (signal.aborted) {
    listener();
    return nothing;
  }
  signal.addEventListener('abort', listener, once);
  return () => signal.removeEventListener('abort', listener);
}
