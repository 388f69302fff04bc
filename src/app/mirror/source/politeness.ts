/** Keeps the load on a source within what its operator and ours allow: requests at once, requests and bytes a second, and its pauses. */
import { Gate } from '../../../base/async/gate.js';
import { wait } from '../../../base/async/wait.js';

export interface PolitenessOptions {
  /** Requests at once. */
  readonly connections: number;
  /** Requests a second; null for no limit. */
  readonly rate: number | null;
  /** Bytes a second; null for no limit. */
  readonly bandwidth: number | null;
}

/** The clock to wait by; another one for tests. */
export interface PoliteClock {
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

const ownClock: PoliteClock = { now: () => performance.now(), wait };

export class Politeness {
  readonly #gate: Gate;
  readonly #msPerRequest: number;
  readonly #msPerByte: number;
  /** When the next request may start, and the next bytes may be taken, by `performance.now`. */
  #nextRequest = 0;
  #nextBytes = 0;
  readonly #clock: PoliteClock;
  #requests = 0;
  #finished = 0;
  #busyMs = 0;
  #bytes = 0;

  constructor({ connections, rate, bandwidth }: PolitenessOptions, clock: PoliteClock = ownClock) {
    this.#clock = clock;
    this.#gate = new Gate(connections);
    this.#msPerRequest = rate === null ? 0 : 1000 / rate;
    this.#msPerByte = bandwidth === null ? 0 : 1000 / bandwidth;
  }

  get traffic(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#requests, bytes: this.#bytes };
  }

  /** Waits until a request may start. Returns the function that ends it. */
  async enter(signal: AbortSignal): Promise<() => void> {
    const leave = await this.#gate.enter(signal);
    try {
      const now = this.#clock.now();
      const start = Math.max(now, this.#nextRequest);
      this.#nextRequest = start + this.#msPerRequest;
      if (start > now) await this.#clock.wait(start - now, signal);
      this.#requests += 1;
      return this.#timed(leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** The mean time of the requests so far; null if none has ended. */
  get msPerRequest(): number | null {
    return this.#finished === 0 ? null : this.#busyMs / this.#finished;
  }

  /** Starts no request for this long: the server asked for it. */
  pause(ms: number): void {
    this.#nextRequest = Math.max(this.#nextRequest, this.#clock.now() + ms);
  }

  /** Counts bytes that came. Returns a promise if the next ones must wait. */
  spend(bytes: number, signal: AbortSignal): Promise<void> | null {
    this.#bytes += bytes;
    if (this.#msPerByte === 0) return null;
    const now = this.#clock.now();
    this.#nextBytes = Math.max(now, this.#nextBytes) + bytes * this.#msPerByte;
    // Short waits are gathered: a timer is not exact to the millisecond.
    return this.#nextBytes - now < 20 ? null : this.#clock.wait(this.#nextBytes - now, signal);
  }

  #timed(leave: () => void): () => void {
    const started = this.#clock.now();
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#finished += 1;
      this.#busyMs += this.#clock.now() - started;
      leave();
    };
  }
}
