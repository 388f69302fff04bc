import { setTimeout as sleep } from 'node:timers/promises';

import type { CancelSignal } from '../async/cancellation.js';
import { wait } from '../async/wait.js';
import { isOutOfDescriptors } from './file-error.js';

/** Most time to wait for a file descriptor. */
export const descriptorWaitMs = 10_000;

/** Opens a file or the like; if no descriptor is left, waits until others are closed, and tries again. */
export async function whenDescriptorIsFree<T>(open: () => T | Promise<T>, signal?: CancelSignal): Promise<T> {
  for (let waitedMs = 0; ;) {
    try {
      return await open();
    } catch (error) {
      if (!isOutOfDescriptors(error) || waitedMs >= descriptorWaitMs) throw error;
    }
    const pauseMs = 20 + Math.random() * 80;
    await (signal === undefined ? sleep(pauseMs) : wait(pauseMs, signal));
    waitedMs += pauseMs;
  }
}
