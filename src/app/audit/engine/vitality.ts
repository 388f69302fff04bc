/** Notices that a place is gone: after several failures in a row it is asked for a sign of life, and given up if none comes. */
import { wait } from '../../../base/async/wait.js';

export interface VitalityOptions {
  /** How long to wait for a place that gives no answers, in milliseconds. */
  readonly patienceMs: number;
}

/** Questions without an answer, in a row. */
const mostFailures = 5;
const firstPauseMs = 500;

export class Vitality {
  readonly #patienceMs: number;
  #failures = 0;
  #isGone = false;
  #waiting: Promise<void> | null = null;

  constructor({ patienceMs }: VitalityOptions) {
    this.#patienceMs = patienceMs;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  answered(): void {
    this.#failures = 0;
  }

  /** Waits if the place seems to be gone, until it is back or given up. @param isAlive asks for a sign of life */
  async failed(isAlive: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    if (this.#isGone || this.#failures < mostFailures) return;
    await (this.#waiting ??= this.#waitFor(isAlive, signal).finally(() => (this.#waiting = null)));
  }

  async #waitFor(isAlive: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const until = performance.now() + this.#patienceMs;
    for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, 30_000)) {
      if (await isAlive()) {
        this.#failures = 0;
        return;
      }
      if (performance.now() + pause > until) break;
      await wait(pause, signal);
    }
    this.#isGone = true;
  }
}
