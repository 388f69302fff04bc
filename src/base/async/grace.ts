import { Cancellation, type CancelSignal } from './cancellation.js';
import { onAbort } from './on-abort.js';

/** Time that is left after an abort for what must be tidied up elsewhere. */
const graceMs = 10_000;

/** Returns a signal that aborts ten seconds after another one: for requests that release or remove what the operation has made. */
export function withGrace(signal: CancelSignal): CancelSignal {
  const later = new Cancellation();
  onAbort(signal, () => void setTimeout(() => later.abort(signal.reason), graceMs).unref());
  return later;
}
