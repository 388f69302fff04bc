/**
 * A circuit per origin: remembers failures, so that a dead mirror is not asked first again and again.
 *
 * Closed: the origin is asked as usual. Open: it is asked last, until a given time. Half-open: that time has passed, and
 * one probe may find out whether the origin works again. Pure: the clock is passed in, and the state is plain data that
 * can be kept across processes.
 */
import type { AttemptOutcome } from '../../base/error.js';
import { retryAfterMaxMs } from '../transport/contract/retry-after.js';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** The history of one origin; plain data, fit for JSON. */
export interface CircuitRecord {
  /** Failures since the last success. */
  readonly failures: number;
  /** Whether the origin has ever answered. */
  readonly answered: boolean;
  /** Epoch milliseconds until which the circuit is open; null while it is closed. */
  readonly openUntilMs: number | null;
  /** How long the circuit was last opened, in milliseconds. The next time is twice as long. */
  readonly openForMs: number;
  /** The last first-byte times in milliseconds, oldest first, at most 32. */
  readonly latenciesMs: readonly number[];
}

export type CircuitSnapshot = Readonly<Record<string, CircuitRecord>>;

export interface CircuitsOptions {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly state?: CircuitSnapshot | undefined;
}

/** The parts of a failed answer that decide how long the origin is left alone. */
export interface FailureDetails {
  readonly status?: number | null | undefined;
  readonly retryAfterMs?: number | null | undefined;
}

const failuresToOpen = 3;
/** Longer than a minute, so that a second process, started a minute after an outage began, need not discover it again. */
const firstOpenMs = 120_000;
/** A probe without a result counts as lost after this time. */
const probeMs = 30_000;
const longestOpenMs = 5 * 60_000;
const keptLatencies = 32;

/** Outcomes that do not affect the health of the origin. */
const neutral = new Set<AttemptOutcome>(['ok', 'not-found', 'aborted', 'io']);
/** As the result of the very first request, one of these is enough: nothing suggests that the origin exists. */
const deadOnArrival = new Set<AttemptOutcome>(['refused', 'dns', 'timeout']);

interface Entry {
  failures: number;
  answered: boolean;
  openUntilMs: number | null;
  openForMs: number;
  latenciesMs: number[];
  probingSinceMs: number | null;
  /** The 95th percentile of the latencies; undefined until it is asked for again. It is asked for several times for each file. */
  p95Ms?: number | null | undefined;
}

export class Circuits {
  readonly #now: () => number;
  readonly #entries = new Map<string, Entry>();

  constructor({ now, state }: CircuitsOptions) {
    this.#now = now;
    if (state) this.restore(state);
  }

  /** Closes the circuit. `ttfbMs` is the time from the written request to the first byte of the answer. */
  recordSuccess(origin: string, ttfbMs: number): void {
    const entry = this.#entry(origin);
    entry.failures = 0;
    entry.answered = true;
    entry.openUntilMs = null;
    entry.openForMs = 0;
    entry.probingSinceMs = null;
    if (!Number.isFinite(ttfbMs) || ttfbMs < 0) return;
    entry.latenciesMs.push(ttfbMs);
    entry.p95Ms = undefined;
    if (entry.latenciesMs.length > keptLatencies) entry.latenciesMs.shift();
  }

  /**
   * Counts a failure. `retryAfterMs` opens the circuit at once for that long, at most 30 minutes.
   * @returns epoch milliseconds until which the circuit is now open, or null if it stays closed.
   */
  recordFailure(origin: string, outcome: AttemptOutcome, { status = null, retryAfterMs = null }: FailureDetails = {}): number | null {
    const entry = this.#entry(origin);
    const before = this.state(origin);
    entry.probingSinceMs = null; // also after an aborted probe, which found out nothing: another request may try
    if (neutral.has(outcome)) return before === 'closed' ? null : entry.openUntilMs;
    const isFirst = !entry.answered && entry.failures === 0;
    entry.failures += 1;
    const askedForMs = retryAfterMs === null ? 0 : Math.min(Math.max(0, retryAfterMs), retryAfterMaxMs);
    if (before === 'open') {
      // Requests that were under way when the circuit opened report the same outage: they must not double the time.
      if (askedForMs > 0) entry.openUntilMs = Math.max(entry.openUntilMs ?? 0, this.#now() + askedForMs);
      return entry.openUntilMs;
    }
    const opens =
      status === 429 ||
      askedForMs > 0 ||
      before === 'half-open' ||
      entry.failures >= failuresToOpen ||
      (isFirst && deadOnArrival.has(outcome));
    if (!opens) return null;
    entry.openForMs = entry.openForMs === 0 ? firstOpenMs : Math.min(entry.openForMs * 2, longestOpenMs);
    entry.openUntilMs = this.#now() + (askedForMs > 0 ? askedForMs : entry.openForMs);
    return entry.openUntilMs;
  }

  state(origin: string): CircuitState {
    const until = this.#entries.get(origin)?.openUntilMs ?? null;
    if (until === null) return 'closed';
    return this.#now() < until ? 'open' : 'half-open';
  }

  /**
   * Returns true to one caller once the circuit is half-open: that caller may ask, and must record the result. A probe
   * without a result no longer counts after 30 s.
   */
  shouldProbe(origin: string): boolean {
    if (this.state(origin) !== 'half-open') return false;
    const entry = this.#entry(origin);
    if (entry.probingSinceMs !== null && this.#now() - entry.probingSinceMs < probeMs) return false;
    entry.probingSinceMs = this.#now();
    return true;
  }

  /** Returns the 95th percentile of the recent first-byte times in milliseconds; null without any. */
  p95(origin: string): number | null {
    const entry = this.#entries.get(origin);
    if (entry === undefined) return null;
    return entry.p95Ms === undefined ? (entry.p95Ms = percentile95(entry.latenciesMs)) : entry.p95Ms;
  }

  /** Returns everything that is worth keeping, as plain data. */
  snapshot(): CircuitSnapshot {
    return Object.fromEntries(
      [...this.#entries].map(([origin, { probingSinceMs: _, p95Ms: __, ...kept }]) => [
        origin,
        { ...kept, latenciesMs: [...kept.latenciesMs] },
      ]),
    );
  }

  /** Replaces everything with a snapshot. Drops invalid records: the cache file is not trusted. */
  restore(snapshot: CircuitSnapshot): void {
    this.#entries.clear();
    for (const [origin, record] of Object.entries(snapshot)) {
      const entry = readRecord(record, this.#now());
      if (entry) this.#entries.set(origin, entry);
    }
  }

  #entry(origin: string): Entry {
    let entry = this.#entries.get(origin);
    if (!entry) {
      entry = { failures: 0, answered: false, openUntilMs: null, openForMs: 0, latenciesMs: [], probingSinceMs: null };
      this.#entries.set(origin, entry);
    }
    return entry;
  }
}

/** Null without any. Of up to 19 values it is the largest, of more (there are at most 32) the second largest. */
function percentile95(values: readonly number[]): number | null {
  let largest: number | null = null;
  let second: number | null = null;
  for (const value of values) {
    if (largest === null || value > largest) {
      second = largest;
      largest = value;
    } else if (second === null || value > second) second = value;
  }
  return Math.ceil(values.length * 0.95) < values.length ? second : largest;
}

/** Checks a record from a file; null if it is invalid. Limits the open time to the longest that a server may ask for. */
function readRecord(record: CircuitRecord, nowMs: number): Entry | null {
  const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;
  if (typeof record !== 'object' || record === null || !isCount(record.failures) || !isCount(record.openForMs)) return null;
  if (record.openUntilMs !== null && !isCount(record.openUntilMs)) return null;
  if (!Array.isArray(record.latenciesMs)) return null;
  return {
    failures: record.failures,
    answered: record.answered === true,
    openUntilMs: record.openUntilMs === null ? null : Math.min(record.openUntilMs, nowMs + retryAfterMaxMs),
    openForMs: Math.min(record.openForMs, longestOpenMs),
    latenciesMs: record.latenciesMs.filter(isCount).slice(-keptLatencies),
    probingSinceMs: null,
  };
}
