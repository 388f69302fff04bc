/** One call of the public API: its deadline, and what an abort is called when it surfaces. */
import { setMaxListeners } from 'node:events';

import { ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';

/** Options that every call takes. */
export interface OperationOptions {
  /** Ends this call alone with ERR_ABORTED; its reason is the `cause`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `work` until it ends, the deadline passes (ERR_UNREACHABLE, timeout) or one of the signals aborts
 * (ERR_ABORTED, with the signal's reason as cause).
 * @param timeoutMs for the whole operation
 */
export async function runOperation<T>(
  subject: string,
  signals: readonly AbortSignal[],
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    controller.abort(new Error('the deadline passed'));
  }, timeoutMs);
  const onAbort = (event: Event): void => {
    if (event.target instanceof AbortSignal) controller.abort(event.target.reason);
  };
  // Hundreds of calls may share a signal, and hundreds of requests this one: that is no leak to warn of.
  setMaxListeners(0, controller.signal, ...signals);
  for (const signal of signals) {
    if (signal.aborted) controller.abort(signal.reason);
    else signal.addEventListener('abort', onAbort, { once: true });
  }
  try {
    controller.signal.throwIfAborted();
    return await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    const attempts = isClojarsFetchError(error) ? error.attempts : [];
    if (timedOut) {
      throw new ClojarsFetchError('ERR_UNREACHABLE', {
        reason: 'timeout',
        coordinate: subject,
        attempts,
        cause: error,
        message: `${subject}: not done within ${timeoutMs} ms`,
        hint: 'Try again, add a mirror, or allow more time with --timeout SECONDS.',
      });
    }
    throw new ClojarsFetchError('ERR_ABORTED', {
      reason: 'signal',
      coordinate: subject,
      attempts,
      cause: controller.signal.reason,
      message: `${subject}: aborted`,
    });
  } finally {
    clearTimeout(timer);
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}
