/**
 * How far mirrors were behind when they were last checked (`mirrors check`). Metadata changes at any time, so a mirror that is known to be
 * stale is asked for it after the others; released files do not change, and freshness plays no part for them.
 *
 * A record counts for a day: the mirror may have caught up since. Pure; the clock is passed in.
 */

/** The result of a check; plain data, fit for JSON. */
export interface FreshnessRecord {
  /** Epoch milliseconds. */
  readonly checkedMs: number;
  readonly hoursBehind: number;
  /** Further behind than its own interval allows. */
  readonly isStale: boolean;
}

/** By the base URL of the mirror. */
export type FreshnessSnapshot = Readonly<Record<string, FreshnessRecord>>;

const countsForMs = 24 * 3_600_000;
const maxRecords = 500;

export class Freshness {
  readonly #records: ReadonlyMap<string, FreshnessRecord>;
  readonly #now: () => number;

  /** @param snapshot from a file: invalid records are dropped */
  constructor(snapshot: FreshnessSnapshot | null, now: () => number) {
    this.#records = new Map(Object.entries(snapshot ?? {}).filter(([, record]) => isRecord(record)));
    this.#now = now;
  }

  /** Null if the mirror was not checked in the last day. */
  of(mirror: URL): FreshnessRecord | null {
    if (this.#records.size === 0) return null;
    const record = this.#records.get(mirror.href);
    return record !== undefined && this.#counts(record) ? record : null;
  }

  /** Returns the records that still count, with these in addition. */
  extended(latest: FreshnessSnapshot): FreshnessSnapshot {
    const kept = [...this.#records].filter(([, record]) => this.#counts(record));
    const all = [...Object.entries(latest), ...kept.filter(([url]) => latest[url] === undefined)];
    return Object.fromEntries(all.slice(0, maxRecords));
  }

  #counts({ checkedMs }: FreshnessRecord): boolean {
    const age = this.#now() - checkedMs;
    return age >= 0 && age < countsForMs;
  }
}

function isRecord(value: unknown): value is FreshnessRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { checkedMs, hoursBehind, isStale } = value as Partial<Record<keyof FreshnessRecord, unknown>>;
  const isAmount = (amount: unknown): boolean => typeof amount === 'number' && Number.isFinite(amount) && amount >= 0;
  return isAmount(checkedMs) && isAmount(hoursBehind) && typeof isStale === 'boolean';
}
