import type { CancelSignal } from './cancellation.js';
import { onAbort } from './on-abort.js';

/** Waits for the promise, or until the signal aborts: then rejects with the signal's reason, and the work itself goes on. */
export function untilAborted<T>(promise: Promise<T>, signal: CancelSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) return Promise.race([promise, Promise.reject(reasonOf(signal))]);
  return new Promise((resolve, reject) => {
    const stopListening = onAbort(signal, () => reject(reasonOf(signal)));
    promise.then(
      (value) => {
        stopListening();
        resolve(value);
      },
      () => {
        stopListening();
        resolve(promise); // rejects with its reason
      },
    );
  });
}

function reasonOf({ reason }: CancelSignal): Error {
  return reason instanceof Error ? reason : new Error('aborted', { cause: reason });
}
