/**
 * Decides when built-in third parties may be asked for a file: once every canonical origin has had its say, is known to be down, or has been
 * silent for so long that the file should not wait for it.
 */
import type { AttemptWatch } from './attempt-watch.js';
import type { Health } from './health.js';
import { originOf } from './order.js';
import type { Mirror } from './repository.js';

export class CanonicalOrigins {
  readonly #health: Health;
  /** Canonical mirrors without a final answer. */
  readonly #open: Set<Mirror>;
  readonly #attempts = new Map<Mirror, AttemptWatch>();
  /** When the first request for the file was sent. */
  #startedMs = Infinity;

  constructor(mirrors: readonly Mirror[], health: Health) {
    this.#health = health;
    const isAwaited = ({ canonical, url }: Mirror): boolean => canonical && !health.isDemoted(originOf(url)) && !health.isCaught(url);
    this.#open = new Set(mirrors.filter(isAwaited));
  }

  /** Notes that a request was sent, to whichever mirror. */
  started(watch: AttemptWatch): void {
    this.#startedMs = Math.min(this.#startedMs, watch.startedMs);
    if (this.#open.has(watch.mirror)) this.#attempts.set(watch.mirror, watch);
  }

  /** Notes that the mirror failed, or said 'not here'. */
  settled(mirror: Mirror): void {
    this.#open.delete(mirror);
  }

  /** Waits for none of them any longer. */
  clear(): void {
    this.#open.clear();
  }

  /** Whether third parties may be asked. Looks again each time: other files may have found out in the meantime that an origin is down. */
  areDown(): boolean {
    for (const mirror of this.#open) if (!this.#health.isDemoted(originOf(mirror.url)) && !this.#isSilent(mirror)) return false;
    return true;
  }

  /** Returns when third parties may be asked if the canonical origins stay silent; null if that may not be waited for. */
  downAtMs(): number | null {
    const times = [...this.#open].map((mirror) => this.#silentAtMs(mirror));
    return times.length === 0 || times.includes(Infinity) ? null : Math.max(...times);
  }

  /** Says that third parties are asked: the proof of their file need not wait for silent origins, either. */
  noteSilence(): void {
    for (const mirror of this.#open) if (this.#isSilent(mirror)) this.#health.noteSilence(originOf(mirror.url));
  }

  #isSilent(mirror: Mirror): boolean {
    return this.#health.now() >= this.#silentAtMs(mirror);
  }

  /** When the origin will be late, and the file will have waited long enough for its operator. `Infinity` if it answers this file or others. */
  #silentAtMs(mirror: Mirror): number {
    const watch = this.#attempts.get(mirror);
    if (watch?.isSilent !== true || this.#health.hasCompleted(watch.origin, watch.startedMs)) return Infinity;
    const { origin, startedMs } = watch;
    return Math.max(startedMs + this.#health.hedgeDelay(origin), this.#startedMs + this.#health.silencePatience(origin));
  }
}
