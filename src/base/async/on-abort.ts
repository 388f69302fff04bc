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
  if (signal instanceof AbortSignal) return follow(signal, listener);
  signal.addEventListener('abort', listener);
  return () => signal.removeEventListener('abort', listener);
}

/** The followers of each abort signal that has any. */
const known = new WeakMap<AbortSignal, Followers>();

function follow(signal: AbortSignal, listener: () => void): () => void {
  let followers = known.get(signal);
  if (followers === undefined) known.set(signal, (followers = new Followers(signal)));
  followers.add(listener);
  return () => followers.remove(listener);
}

/**
 * Listeners that share one listener of the event. Hundreds of requests follow the signal of their operation, and adding and removing a
 * listener of an event takes ten times as long as a member of a set.
 */
class Followers {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();
  readonly #call = (): void => {
    known.delete(this.#signal);
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this.#call, once);
  }

  add(listener: () => void): void {
    this.#listeners.add(listener);
  }

  remove(listener: () => void): void {
    if (!this.#listeners.delete(listener) || this.#listeners.size > 0) return;
    known.delete(this.#signal);
    this.#signal.removeEventListener('abort', this.#call);
  }
}
