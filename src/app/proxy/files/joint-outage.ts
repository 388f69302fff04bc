/** The outages of several repositories that one request asks together: it goes on while one of those that failed has patience left. */
import { steadyNow } from '../../../base/async/steady-now.js';
import { isClojarsFetchError } from '../../../base/error.js';
import type { Outage } from './outage.js';
import { isOutOfReach, type Patience, tryOnce } from './patience.js';

export class JointOutage implements Pick<Outage, 'patienceEndsMs' | 'tryMs' | 'failed' | 'answered'> {
  readonly #patienceMs: number;
  readonly #now: () => number;
  /** Of the repositories that could not be reached in the last try. */
  readonly #failed = new Set<Outage>();

  constructor({ patienceMs, now = steadyNow }: Pick<Patience, 'patienceMs' | 'now'>) {
    this.#patienceMs = patienceMs;
    this.#now = now;
  }

  /** Asks one of the repositories for no longer than its own outage allows, and notes whether it can be reached. Rejects as the work. */
  async ask<T>(outage: Outage, work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
    const beganMs = this.#now();
    this.#failed.delete(outage);
    try {
      return await tryOnce(work, signal, outage.tryMs(beganMs, this.#patienceMs));
    } catch (error) {
      if (signal.aborted) throw error;
      if (isOutOfReach(error)) {
        outage.failed(beganMs, this.#now());
        this.#failed.add(outage);
      } else if (isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND') outage.answered();
      throw error;
    }
  }

  patienceEndsMs(nowMs: number, patienceMs: number): number {
    const ends = [...this.#failed].map((outage) => outage.patienceEndsMs(nowMs, patienceMs));
    return ends.length === 0 ? nowMs + patienceMs : Math.max(...ends);
  }

  /** Each repository limits its own part of a try. */
  tryMs(_nowMs: number, patienceMs: number): number {
    return patienceMs;
  }

  failed(): void {
    // Known from `ask`.
  }

  answered(): void {
    // Known from `ask`.
  }
}
