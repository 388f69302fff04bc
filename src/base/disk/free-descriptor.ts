import { setTimeout as sleep } from 'node:timers/promises';

import type { CancelSignal } from '../async/cancellation.js';
import { wait } from '../async/wait.js';
import { isOutOfDescriptors } from './file-error.js';

/** Most time to wait for a file descriptor. */
export const descriptorWaitMs = 10_000;

/**
 * Opens a file or the like; if no descriptor is left, waits until others are closed, and tries again. What is opened at once is returned at
 * once, without a promise.
 */
export function whenDescriptorIsFree<T>(open: () => T | Promise<T>, signal?: CancelSignal): T | Promise<T> {
  try {
    const opened = open();
    return opened instanceof Promise ? opened.catch((error: unknown) => openLater(error, open, signal)) : opened;
  } catch (error) {
    return openLater(error, open, signal);
  }
}

async function openLater<T>(firstError: unknown, open: () => T | Promise<T>, signal: CancelSignal | undefined): Promise<T> {
  if (!isOutOfDescriptors(firstError)) throw firstError;
  for (let waitedMs = 0; ;) {
    const pauseMs = 20 + Math.random() * 80;
    await (signal === undefined ? sleep(pauseMs) : wait(pauseMs, signal));
    waitedMs += pauseMs;
    try {
      return await open();
    } catch (error) {
      if (!isOutOfDescriptors(error) || waitedMs >= descriptorWaitMs) throw error;
    }
  }
}
