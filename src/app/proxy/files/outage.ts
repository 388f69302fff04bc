import type { Repository } from '../../../network/mirrors/repository.js';

/**
 * The time for which a repository has been out of reach. Its requests share the patience: once one has waited in vain, the next ones are
 * tried once. Otherwise each of the optional files that Ivy asks for would wait in turn. Pure: the caller passes the time.
 */

/** After a rest of this length nothing is known about the repository. */
const restMs = 60_000;

/** Longer than the mirrors' own time limits for a connection and a first byte. */
const leastTryMs = 6_000;

export class Outage {
  readonly #onReach: (isInReach: boolean) => void;
  #spell: { readonly sinceMs: number; lastMs: number } | null = null;

  /** @param onReach told after each try that found the repository out of reach, and after each answer */
  constructor(onReach: (isInReach: boolean) => void = () => undefined) {
    this.#onReach = onReach;
  }

  /** Whether the repository was out of reach when it was asked last. */
  get isOn(): boolean {
    return this.#spell !== null;
  }

  /** Returns the end of the patience of a request that begins now. */
  patienceEndsMs(nowMs: number, patienceMs: number): number {
    const spell = this.#spell;
    const isRecent = spell !== null && nowMs >= spell.lastMs && nowMs - spell.lastMs < restMs;
    return (isRecent ? spell.sinceMs : nowMs) + patienceMs;
  }

  /** Returns the time of a single try that begins now: it has some even if the patience is used up. */
  tryMs(nowMs: number, patienceMs: number): number {
    return Math.max(this.patienceEndsMs(nowMs, patienceMs) - nowMs, Math.min(patienceMs, leastTryMs));
  }

  /** Learns that a try that began then found the repository out of reach. */
  failed(beganMs: number, nowMs: number): void {
    const spell = this.#spell;
    if (spell === null || nowMs < spell.lastMs || beganMs - spell.lastMs >= restMs) this.#spell = { sinceMs: beganMs, lastMs: nowMs };
    else spell.lastMs = nowMs;
    this.#onReach(false);
  }

  /** Learns that the repository answered. */
  answered(): void {
    this.#spell = null;
    this.#onReach(true);
  }

  /** Learns that this mirror served a file. Only the canonical operator and trusted mirrors speak for the repository. */
  served({ mirrors }: Repository, mirror: string | null): void {
    if (mirrors.some(({ url, canonical, trusted }) => url.href === mirror && (canonical || trusted))) this.answered();
  }
}
