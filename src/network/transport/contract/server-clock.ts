/** The clock of a server, learned from its answers: this machine's may be wrong by years. */
import { parseHttpDate } from './retry-after.js';
import type { TransportAnswer } from './transport.js';

/** The header tells full seconds, and the answer took some time to come. Within that, both clocks agree. */
const unsureMs = 2000;

export class ServerClock {
  #aheadMs: number | null = null;

  /** How far the server's clock is ahead of this machine's, in milliseconds; null if no answer has told the time. */
  get aheadMs(): number | null {
    return this.#aheadMs;
  }

  /** The present time by the server's clock, in epoch milliseconds; by this machine's as long as it is unknown. */
  now(): number {
    return Date.now() + (this.#aheadMs ?? 0);
  }

  learn({ headers }: Pick<TransportAnswer, 'headers'>): void {
    const own = Date.now();
    const date = parseHttpDate(headers['date'] ?? '', own);
    if (date === null) return;
    const told = date + ageMs(headers['age']);
    this.#aheadMs = Math.abs(own - told) < unsureMs ? 0 : told - own;
  }
}

/** How long an answer lay in a cache, which keeps its date: RFC 9111 section 5.1. */
function ageMs(text: string | undefined): number {
  return /^\d{1,10}$/.test(text ?? '') ? Number(text) * 1000 : 0;
}
