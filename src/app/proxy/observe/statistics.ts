/** Counts what the proxy answered, in memory of constant size. */

/** Refusals that are kept for the status page. */
const mostRefusals = 100;

/** Where a file came from. */
export type CacheOutcome = 'hit' | 'miss' | 'stale';

/** An answer, as it is counted. */
export interface CountedAnswer {
  readonly target: string;
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
  readonly cache: CacheOutcome | null;
  /** Base URL of the mirror that served it for this answer; null if it was in the cache. */
  readonly mirror: string | null;
  readonly refusal: { readonly code: string; readonly reason: string; readonly detail: string } | null;
}

/** A request that got no file. */
export interface Refusal {
  /** ISO 8601. */
  readonly at: string;
  readonly target: string;
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  readonly detail: string;
}

export class Statistics {
  /** Answers by HTTP status. */
  readonly byStatus = new Map<number, number>();
  /** Answers with a file, by where it came from. */
  readonly byCache: Record<CacheOutcome, number> = { hit: 0, miss: 0, stale: 0 };
  /** Files that each mirror served, by its base URL. */
  readonly byMirror = new Map<string, number>();
  readonly #refusals: Refusal[] = [];
  #bytes = 0;
  #seconds = 0;

  /** Bytes of bodies sent. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Sum of the answer times in seconds. */
  get seconds(): number {
    return this.#seconds;
  }

  get answers(): number {
    return [...this.byStatus.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Share of the files that were in the cache, 0 to 1; null before the first file. */
  get hitRate(): number | null {
    const { hit, miss, stale } = this.byCache;
    const files = hit + miss + stale;
    return files === 0 ? null : hit / files;
  }

  /** The last refusals, newest first. */
  get refusals(): readonly Refusal[] {
    return [...this.#refusals].reverse();
  }

  count(answer: CountedAnswer, nowMs: number): void {
    const { status, bytes, ms, cache, mirror, refusal, target } = answer;
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1);
    if (cache !== null) this.byCache[cache] += 1;
    if (mirror !== null) this.byMirror.set(mirror, (this.byMirror.get(mirror) ?? 0) + 1);
    this.#bytes += bytes;
    this.#seconds += ms / 1000;
    // An absent file is an everyday answer: tools ask for many that do not exist.
    if (refusal === null || status === 404) return;
    if (this.#refusals.length >= mostRefusals) this.#refusals.shift();
    this.#refusals.push({ at: new Date(nowMs).toISOString(), target, status, ...refusal });
  }
}
