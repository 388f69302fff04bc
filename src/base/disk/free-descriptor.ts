import { setTimeout as sleep } from 'node:timers/promises';

import { isOutOfDescriptors } from './file-error.js';

/** Most time to wait for a file descriptor. */
export const descriptorWaitMs = 10_000;

/** Opens a file or the like; if no descriptor is left, waits until others are closed, and tries again. */
export async function whenDescriptorIsFree<T>(open: () => T | Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let waitedMs = 0; ;) {
    try {
      return await open();
    } catch (error) {
      if (!isOutOfDescriptors(error) || waitedMs >= descriptorWaitMs) throw error;
    }
    const pauseMs = 20 + Math.random() * 80;
    await sleep(pauseMs, undefined, { signal });
    waitedMs += pauseMs;
  }
}
