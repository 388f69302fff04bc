/** Tells what a mirror may not have yet. Pure: all times are by the clock of the origin. */
import { allowedHours, hourMs } from '../../mirror-check/verdict/freshness.js';

export class Allowance {
  readonly #createdMs: number;
  readonly #allowedMs: number;

  /** @param created of the plan @param intervalSeconds of the mirror; null if it does not say */
  constructor(created: string, intervalSeconds: number | null) {
    this.#createdMs = Date.parse(created);
    this.#allowedMs = allowedHours(intervalSeconds) * hourMs;
  }

  /** Returns how old something was when the plan was made; null if that is unknown. */
  ageMs(time: string | undefined): number | null {
    return time === undefined ? null : Math.max(0, this.#createdMs - Date.parse(time));
  }

  /** Whether the mirror need not have it yet. */
  isYoung(time: string | undefined): boolean {
    const age = this.ageMs(time);
    return age !== null && age <= this.#allowedMs;
  }
}
