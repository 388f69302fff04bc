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
 * (`isPaused`) does not count. Coarse on purpose: may notice a stall up to two fifths of a window late.
 */
export function watchForStall(limit: StallLimit, isPaused: () => boolean, onStall: () => void): StallWatch {
  let clock = clocks.get(limit);
  if (clock === undefined) clocks.set(limit, (clock = new StallClock(limit)));
  return new BodyWatch(clock, isPaused, onStall);
}

/** Bodies with the same limit share a timer: most small bodies are over before it ticks once. */
const clocks = new WeakMap<StallLimit, StallClock>();

class StallClock {
  readonly leastBytes: number;
  readonly #tickMs: number;
  readonly #watches = new Set<BodyWatch>();
  #timer: NodeJS.Timeout | null = null;

  constructor({ minBytesPerSecond, windowMs }: StallLimit) {
    this.leastBytes = (minBytesPerSecond * windowMs) / 1000;
    this.#tickMs = Math.max(1, windowMs / ticksPerWindow);
  }

  add(watch: BodyWatch): void {
    this.#watches.add(watch);
    this.#timer ??= setInterval(() => this.#tick(), this.#tickMs).unref(); // the socket keeps the process alive while an answer is expected
  }

  delete(watch: BodyWatch): void {
    this.#watches.delete(watch);
  }

  #tick(): void {
    for (const watch of this.#watches) watch.tick();
    // Not as soon as the last body ends: the next one is about to begin.
    if (this.#watches.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}

class BodyWatch implements StallWatch {
  readonly #clock: StallClock;
  readonly #isPaused: () => boolean;
  readonly #onStall: () => void;
  /** Bytes of each tick in the window; null until the first tick, since the time before it is only a part of one. */
  #ticks: number[] | null = null;
  #bytes = 0;

  constructor(clock: StallClock, isPaused: () => boolean, onStall: () => void) {
    this.#clock = clock;
    this.#isPaused = isPaused;
    this.#onStall = onStall;
    clock.add(this);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  stop(): void {
    this.#clock.delete(this);
  }

  tick(): void {
    const bytes = this.#bytes;
    this.#bytes = 0;
    if (this.#ticks === null || this.#isPaused()) {
      this.#ticks = [];
      return;
    }
    this.#ticks.push(bytes);
    if (this.#ticks.length > ticksPerWindow) this.#ticks.shift();
    if (this.#ticks.length < ticksPerWindow || this.#ticks.reduce((sum, tick) => sum + tick, 0) >= this.#clock.leastBytes) return;
    this.stop();
    this.#onStall();
  }
}
