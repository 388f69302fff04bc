import { type CancelSignal, noLongerNeeded } from './cancellation.js';
import { onAbort } from './on-abort.js';

/** An abort signal that follows others, without leaving listeners behind on signals that outlive it. */
export interface LinkedAbort {
  /** Aborts as soon as one of the signals does, with that signal's reason, or when {@link LinkedAbort.abort} is called. */
  readonly signal: AbortSignal;
  /** Aborts this signal alone, and stops following the others. */
  abort(reason?: unknown): void;
  /** Stops following. Call it when the work is done; the signal stays as it is. */
  release(): void;
}

/**
 * Links a new signal to others. Cheaper than `AbortSignal.any`, which keeps a weak reference per signal for as long as
 * the longest-lived one exists, and which cannot be aborted on its own.
 */
export function linkedAbort(...signals: readonly (CancelSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const followed: (() => void)[] = [];
  const release = (): void => {
    for (const stop of followed.splice(0)) stop();
  };
  const abort = (reason?: unknown): void => {
    release();
    controller.abort(reason ?? noLongerNeeded);
  };
  for (const signal of signals) {
    if (signal !== undefined && !controller.signal.aborted) followed.push(onAbort(signal, () => abort(signal.reason)));
  }
  return { signal: controller.signal, abort, release };
}
