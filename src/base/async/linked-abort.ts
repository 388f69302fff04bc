import { noLongerNeeded } from './cancellation.js';

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
export function linkedAbort(...signals: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const follow = (event: Event): void => abort(event.target instanceof AbortSignal ? event.target.reason : undefined);
  const release = (): void => {
    for (const signal of signals) signal?.removeEventListener('abort', follow);
  };
  const abort = (reason?: unknown): void => {
    release();
    controller.abort(reason ?? noLongerNeeded);
  };
  const aborted = signals.find((signal) => signal?.aborted === true);
  if (aborted !== undefined) controller.abort(aborted.reason);
  else for (const signal of signals) signal?.addEventListener('abort', follow, { once: true });
  return { signal: controller.signal, abort, release };
}
