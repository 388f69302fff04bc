/** Extra requests allowed, as a share of all requests. The design's limit is 5 %. */
const share = 0.02;
const burst = 2;

/** Limits the requests that are made only because another one is late: a token bucket that every request fills a little. */
export class HedgeBudget {
  #tokens: number = burst;

  countRequest(): void {
    this.#tokens = Math.min(burst + 1, this.#tokens + share);
  }

  /** Takes a token; false if there is none. */
  take(): boolean {
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
