/**
 * A circuit per origin: it remembers who failed, so that a dead mirror is not asked first again and again.
 *
 * Closed: asked as usual. Open: it goes to the end of the list until a time. Half-open: that time has passed, and
 * one probe may find out whether it lives. Pure: the clock is passed in, and the state goes out and in as data, so
 * that it can be kept across processes.
 */
import type { AttemptOutcome } from '../../base/error.js';
import { retryAfterMaxMs } from '../transport/retry-after.js';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** What is kept of one origin; plain data, fit for JSON. */
export interface CircuitRecord {
  /** Failures since the last success. */
  readonly failures: number;
  /** True once it has answered. */
  readonly answered: boolean;
  /** Epoch milliseconds until which it is open, or null while closed. */
  readonly openUntilMs: number | null;
  /** How long it was opened for last, in milliseconds: the next time is twice as long. */
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

export interface Circuits {
  /** It answered; `ttfbMs` is the time from the written request to the first byte. Closes the circuit. */
  recordSuccess(origin: string, ttfbMs: number): void;
  /**
   * It failed. `retryAfterMs` opens the circuit at once for that long, at most 30 minutes.
   * @returns epoch milliseconds until which the circuit is now open, or null when it stays closed.
   */
  recordFailure(
    origin: string,
    outcome: AttemptOutcome,
    options?: { readonly status?: number | null | undefined; readonly retryAfterMs?: number | null | undefined },
  ): number | null;
  state(origin: string): CircuitState;
  /**
   * True for one caller once the circuit is half-open: that caller may ask, and must record how it went. A probe of
   * which nothing was heard for 30 s no longer counts.
   */
  shouldProbe(origin: string): boolean;
  /** 95th percentile of the recent first-byte times in milliseconds; null without any. */
  p95(origin: string): number | null;
  /** All that is worth keeping, as plain data. */
  snapshot(): CircuitSnapshot;
  /** Replaces everything by a snapshot. Records that make no sense are left out: the cache file is not trusted. */
  restore(snapshot: CircuitSnapshot): void;
}

const failuresToOpen = 3;
/** Longer than a minute: a second process started a minute after an outage began must not pay for it again. */
const firstOpenMs = 120_000;
/** A probe of which nothing was heard for so long no longer counts. */
const probeMs = 30_000;
const longestOpenMs = 5 * 60_000;
const keptLatencies = 32;

/** Outcomes that say nothing about the health of the origin. */
const neutral = new Set<AttemptOutcome>(['ok', 'not-found', 'aborted', 'io']);
/** As the first answer ever, one of these is enough: there is no reason to believe that the origin exists. */
const deadOnArrival = new Set<AttemptOutcome>(['refused', 'dns', 'timeout']);

interface Entry {
  failures: number;
  answered: boolean;
  openUntilMs: number | null;
  openForMs: number;
  latenciesMs: number[];
  probingSinceMs: number | null;
}

export function createCircuits({ now, state }: CircuitsOptions): Circuits {
  const entries = new Map<string, Entry>();

  const entryOf = (origin: string): Entry => {
    let entry = entries.get(origin);
    if (!entry) {
      entry = { failures: 0, answered: false, openUntilMs: null, openForMs: 0, latenciesMs: [], probingSinceMs: null };
      entries.set(origin, entry);
    }
    return entry;
  };

  const stateOf = (origin: string): CircuitState => {
    const until = entries.get(origin)?.openUntilMs ?? null;
    if (until === null) return 'closed';
    return now() < until ? 'open' : 'half-open';
  };

  const restore = (snapshot: CircuitSnapshot): void => {
    entries.clear();
    for (const [origin, record] of Object.entries(snapshot)) {
      const entry = readRecord(record, now());
      if (entry) entries.set(origin, entry);
    }
  };
  if (state) restore(state);

  return {
    recordSuccess(origin, ttfbMs) {
      const entry = entryOf(origin);
      entry.failures = 0;
      entry.answered = true;
      entry.openUntilMs = null;
      entry.openForMs = 0;
      entry.probingSinceMs = null;
      if (Number.isFinite(ttfbMs) && ttfbMs >= 0) {
        entry.latenciesMs.push(ttfbMs);
        if (entry.latenciesMs.length > keptLatencies) entry.latenciesMs.shift();
      }
    },

    recordFailure(origin, outcome, { status = null, retryAfterMs = null } = {}) {
      const entry = entryOf(origin);
      const before = stateOf(origin);
      if (neutral.has(outcome)) {
        entry.probingSinceMs = null; // an aborted probe found nothing out: another may try
        return before === 'closed' ? null : entry.openUntilMs;
      }
      const first = !entry.answered && entry.failures === 0;
      entry.failures += 1;
      entry.probingSinceMs = null;
      const askedForMs = retryAfterMs === null ? 0 : Math.min(Math.max(0, retryAfterMs), retryAfterMaxMs);
      const opens =
        status === 429 ||
        askedForMs > 0 ||
        before === 'half-open' ||
        entry.failures >= failuresToOpen ||
        (first && deadOnArrival.has(outcome));
      if (before === 'open') {
        // Requests already under way when it opened must not double the time: they are news of the same outage.
        if (askedForMs > 0) entry.openUntilMs = Math.max(entry.openUntilMs ?? 0, now() + askedForMs);
        return entry.openUntilMs;
      }
      if (!opens) return null;
      entry.openForMs = entry.openForMs === 0 ? firstOpenMs : Math.min(entry.openForMs * 2, longestOpenMs);
      entry.openUntilMs = now() + (askedForMs > 0 ? askedForMs : entry.openForMs);
      return entry.openUntilMs;
    },

    state: stateOf,

    shouldProbe(origin) {
      if (stateOf(origin) !== 'half-open') return false;
      const entry = entryOf(origin);
      if (entry.probingSinceMs !== null && now() - entry.probingSinceMs < probeMs) return false;
      entry.probingSinceMs = now();
      return true;
    },

    p95(origin) {
      const sorted = [...(entries.get(origin)?.latenciesMs ?? [])].sort((a, b) => a - b);
      return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? null;
    },

    snapshot() {
      return Object.fromEntries(
        [...entries].map(([origin, { probingSinceMs: _, ...kept }]) => [origin, { ...kept, latenciesMs: [...kept.latenciesMs] }]),
      );
    },

    restore,
  };
}

/** A record from outside, or null when it makes no sense; no open time beyond the longest a server may ask for. */
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
