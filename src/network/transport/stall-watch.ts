/** Detects a body that has become too slow ("slow retrieval attack" in the TUF specification). */

/** A body that stays under this rate for a whole window has stalled. */
export interface StallLimit {
  /** Default 1,024. */
  readonly minBytesPerSecond: number;
  /** Default 10,000 ms. */
  readonly windowMs: number;
}

const ticksPerWindow = 5;

export interface StallWatch {
  add(bytes: number): void;
  stop(): void;
}

/**
 * Calls `onStall` once, when too few bytes came within `windowMs`. Time in which the connection waited for the reader
 * (`isPaused`) does not count. Coarse on purpose: may notice a stall a fifth of a window late.
 */
export function watchForStall(limit: StallLimit, isPaused: () => boolean, onStall: () => void): StallWatch {
  const leastBytes = (limit.minBytesPerSecond * limit.windowMs) / 1000;
  let ticks: number[] = [];
  let bytes = 0;
  const timer = setInterval(
    () => {
      if (isPaused()) ticks = [];
      else {
        ticks.push(bytes);
        if (ticks.length > ticksPerWindow) ticks.shift();
        if (ticks.length === ticksPerWindow && ticks.reduce((sum, tick) => sum + tick, 0) < leastBytes) {
          clearInterval(timer);
          onStall();
        }
      }
      bytes = 0;
    },
    Math.max(1, limit.windowMs / ticksPerWindow),
  );
  timer.unref(); // the socket keeps the process alive while an answer is expected
  return {
    add: (count) => {
      bytes += count;
    },
    stop: () => clearInterval(timer),
  };
}
