/** Knows whether a place was given up: after several failures in a row it is asked for a sign of life, and given up if none comes. */
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
  #goneBecause: string | null = null;
  #waiting: Promise<void> | null = null;

  constructor({ patienceMs }: VitalityOptions) {
    this.#patienceMs = patienceMs;
  }

  /** Why the place was given up, for evidence; null if it was not. */
  get goneBecause(): string | null {
    return this.#goneBecause;
  }

  giveUp(reason: string): void {
    this.#goneBecause ??= `the place was given up${reason}`;
  }

  answered(): void {
    this.#failures = 0;
  }

  /** Waits if the place seems to be gone, until it is back or given up. @param isAlive asks for a sign of life */
  async failed(isAlive: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    if (this.#goneBecause !== null || this.#failures < mostFailures) return;
    await (this.#waiting ??= this.#waitFor(isAlive, signal).finally(() => (this.#waiting = null)));
  }

  async #waitFor(isAlive: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    const until = performance.now() + this.#patienceMs;
    for (let pause = firstPauseMs; ; pause = Math.min(2 * pause, 30_000)) {
      if (await isAlive()) {
        this.#failures = 0;
        return;
      }
      if (this.#goneBecause !== null || performance.now() + pause > until) break;
      await wait(pause, signal);
    }
    this.giveUp('');
  }
}
