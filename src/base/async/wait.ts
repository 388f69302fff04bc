import type { CancelSignal } from './cancellation.js';
import { onAbort } from './on-abort.js';

/** Waits; an abort ends the wait, and rejects with the signal's reason. */
export async function wait(ms: number, signal: CancelSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopListening = (): void => undefined;
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    stopListening = onAbort(signal, resolve);
  });
  clearTimeout(timer);
  stopListening();
  signal.throwIfAborted();
}
