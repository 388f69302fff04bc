/** The checks of the last 30 days, by mirror: a JSON document that each check reads, extends and writes again. */
import { pooled, sum } from './latency.js';
import type { MirrorHistory, MirrorVerdict } from './model.js';
import type { ScoreParts } from './score.js';

/** One check of one mirror. */
export interface PastCheck {
  readonly atMs: number;
  readonly verdict: MirrorVerdict;
  readonly hoursBehind: number | null;
  readonly requests: number;
  readonly meanMs: number;
  readonly deviationMs: number;
  readonly goodChecks: number;
  readonly checks: number;
}

/** By the URL of the mirror; the oldest check first. */
export type History = ReadonlyMap<string, readonly PastCheck[]>;

const dayMs = 86_400_000;
const keptDays = 30;
/** A check every 20 minutes. */
const maxChecks = 72 * keptDays;
const maxMirrors = 200;
/** The time of a check comes from the clock of a server, which tells whole seconds, and later than it was. */
const toleranceMs = 10_000;

/** Returns the history; null if the text is not one that {@link formatHistory} wrote. */
export function parseHistory(text: string): History | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || value['schemaVersion'] !== 1 || !isObject(value['mirrors'])) return null;
  const mirrors = new Map<string, readonly PastCheck[]>();
  for (const [url, checks] of Object.entries(value['mirrors'])) {
    const read = Array.isArray(checks) ? checks.map((check: unknown) => readCheck(check)) : [null];
    const sound = read.filter((check) => check !== null);
    if (sound.length < read.length) return null;
    mirrors.set(url, sound);
  }
  return mirrors;
}

export function formatHistory(history: History): string {
  const mirrors: Record<string, unknown> = {};
  for (const [url, checks] of history) mirrors[url] = checks.map(({ atMs, ...rest }) => ({ at: new Date(atMs).toISOString(), ...rest }));
  return `${JSON.stringify({ schemaVersion: 1, mirrors })}\n`;
}

/**
 * Adds a check of each of these mirrors, and drops what is older than 30 days or lies in the future. Beyond 200 mirrors, those that were
 * checked longest ago are dropped.
 */
export function extendHistory(history: History, latest: ReadonlyMap<string, PastCheck>, nowMs: number): History {
  const all = new Map(history);
  for (const [url, check] of latest) {
    const earlier = (history.get(url) ?? []).filter(({ atMs }) => atMs <= check.atMs + toleranceMs);
    all.set(url, [...earlier, check]);
  }
  const kept = [...all]
    .map(
      ([url, checks]) =>
        [url, checks.filter(({ atMs }) => atMs > nowMs - keptDays * dayMs && atMs <= nowMs + toleranceMs).slice(-maxChecks)] as const,
    )
    .filter(([, checks]) => checks.length > 0)
    .sort(([, some], [, others]) => (others.at(-1)?.atMs ?? 0) - (some.at(-1)?.atMs ?? 0));
  return new Map(kept.slice(0, maxMirrors));
}

const letters: Readonly<Record<MirrorVerdict, string>> = { good: 'g', stale: 's', faulty: 'f', unreachable: 'u' };
const fromWorst: readonly MirrorVerdict[] = ['unreachable', 'faulty', 'stale', 'good'];

export function summarizeHistory(checks: readonly PastCheck[], nowMs: number): MirrorHistory {
  const today = Math.floor(nowMs / dayMs);
  const days = Array.from({ length: keptDays }, (_, index) => {
    const day = today - keptDays + 1 + index;
    const verdicts = checks.filter(({ atMs }) => Math.floor(atMs / dayMs) === day).map(({ verdict }) => verdict);
    const worst = fromWorst.find((verdict) => verdicts.includes(verdict));
    return worst === undefined ? '-' : letters[worst];
  });
  return { checks: checks.length, days: days.join('') };
}

/** The parts of the score over several checks: the mean of the hours, all latencies as one series, and all answers together. */
export function scorePartsOf(checks: readonly PastCheck[]): ScoreParts {
  const hours = checks.flatMap(({ hoursBehind }) => (hoursBehind === null ? [] : [hoursBehind]));
  const spread = pooled(checks);
  return {
    hoursBehind: hours.length === 0 ? null : sum(hours) / hours.length,
    meanMs: spread?.meanMs ?? 0,
    deviationMs: spread?.deviationMs ?? 0,
    goodShare: sum(checks.map(({ goodChecks }) => goodChecks)) / Math.max(1, sum(checks.map((check) => check.checks))),
  };
}

function readCheck(value: unknown): PastCheck | null {
  if (!isObject(value)) return null;
  const { at, verdict, hoursBehind, requests, meanMs, deviationMs, goodChecks, checks } = value;
  const atMs = typeof at === 'string' ? Date.parse(at) : NaN;
  const known = fromWorst.find((one) => one === verdict);
  if (Number.isNaN(atMs) || known === undefined || (hoursBehind !== null && !isAmount(hoursBehind))) return null;
  if (!isAmount(requests) || !isAmount(meanMs) || !isAmount(deviationMs) || !isAmount(goodChecks) || !isAmount(checks)) return null;
  return { atMs, verdict: known, hoursBehind, requests, meanMs, deviationMs, goodChecks, checks };
}

function isAmount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
