/**
 * Notices that a place is so slow that it makes the audit wait for longer than it works: a mirror that sends a byte now and then keeps within
 * every limit of a single request, and would stretch the audit to years.
 */

export interface SlownessOptions {
  /** An answer is late after this time, and that which its bytes may take. */
  readonly graceMs: number;
  /** How long the audit may wait for late answers, besides as long as it works. */
  readonly patienceMs: number;
  readonly onTooSlow: () => void;
  /** Milliseconds that never go back; another clock for tests. */
  readonly now?: (() => number) | undefined;
}

/** A request under way. */
export interface Timed {
  /** Counts bytes that came. */
  add(bytes: number): void;
  end(): void;
}

/** 16 KiB a second. */
const bytesPerMs = 16;

export class Slowness {
  readonly #options: SlownessOptions;
  readonly #now: () => number;
  readonly #tickMs: number;
  readonly #running = new Set<TimedRequest>();
  #timer: NodeJS.Timeout | null = null;
  #lastTickMs = 0;
  /** The time in which answers were late, and in which they were not. */
  #lateMs = 0;
  #workMs = 0;

  constructor(options: SlownessOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#tickMs = options.graceMs / 2;
  }

  begin(): Timed {
    const request = new TimedRequest(this.#now(), (ended) => void this.#running.delete(ended));
    this.#running.add(request);
    if (this.#timer === null) {
      this.#lastTickMs = this.#now();
      this.#timer = setInterval(() => this.tick(), this.#tickMs).unref();
    }
    return request;
  }

  /** Adds the time since the last tick. Called by a timer, and by tests. */
  tick(): void {
    const now = this.#now();
    const passedMs = now - this.#lastTickMs;
    this.#lastTickMs = now;
    if (this.#running.size === 0) return this.#stop();
    // This machine was busy, or asleep: answers may lie here unread.
    if (passedMs > 2 * this.#tickMs) return;
    const late = [...this.#running].filter((request) => request.isLate(now, this.#options.graceMs)).length;
    const lateMs = (passedMs * late) / this.#running.size;
    this.#lateMs += lateMs;
    this.#workMs += passedMs - lateMs;
    if (this.#lateMs <= this.#options.patienceMs + this.#workMs) return;
    this.#stop();
    this.#options.onTooSlow();
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}

class TimedRequest implements Timed {
  readonly #startedMs: number;
  readonly #onEnd: (request: TimedRequest) => void;
  #bytes = 0;

  constructor(startedMs: number, onEnd: (request: TimedRequest) => void) {
    this.#startedMs = startedMs;
    this.#onEnd = onEnd;
  }

  add(bytes: number): void {
    this.#bytes += bytes;
  }

  end(): void {
    this.#onEnd(this);
  }

  isLate(nowMs: number, graceMs: number): boolean {
    return nowMs - this.#startedMs > graceMs + this.#bytes / bytesPerMs;
  }
}
