/** Computes how far a mirror is behind, from its trace and from the releases that it lacks. Pure: the time is passed in. */
import type { FileState } from './findings.js';

export const hourMs = 3_600_000;

/** A mirror's clock may be this far ahead. A time further in the future tells nothing. */
const clockToleranceMs = 10 * 60_000;

/** The allowance of a mirror that does not say how often it syncs, and the most that a mirror may allow itself. */
const longestIntervalHours = 24;
/** A run takes time, and CDNs keep metadata for a while. */
const graceHours = 1;

export function isInFuture(timeMs: number, nowMs: number): boolean {
  return timeMs > nowMs + clockToleranceMs;
}

/** Hours since the last run that the mirror admits to; null if it names no time, or one in the future. */
export function hoursByTrace(finishedMs: number | null, lastSyncMs: number | null, nowMs: number): number | null {
  const times = [finishedMs, lastSyncMs].filter((time) => time !== null && !isInFuture(time, nowMs));
  if (times.length === 0) return null;
  return Math.max(0, nowMs - Math.max(...times.map(Number))) / hourMs;
}

export interface NewRelease {
  readonly releasedMs: number;
  readonly state: FileState;
}

/**
 * Hours since the oldest of the newest releases that the mirror lacks; 0 if it lacks none. Null if nothing is known. If it lacks all of
 * them, it may be further behind.
 */
export function hoursByReleases(newest: readonly NewRelease[], nowMs: number): number | null {
  const known = newest.filter(({ state }) => state === 'right' || state === 'wrong' || state === 'missing');
  if (known.length === 0) return null;
  const missing = known.filter(({ state }) => state === 'missing').map(({ releasedMs }) => releasedMs);
  return missing.length === 0 ? 0 : Math.max(0, nowMs - Math.min(...missing)) / hourMs;
}

/** The larger of two ages of which either may be unknown: a trace can be too new, and releases tell only of some files. */
export function hoursBehind(byTrace: number | null, byReleases: number | null): number | null {
  if (byTrace === null || byReleases === null) return byTrace ?? byReleases;
  return Math.max(byTrace, byReleases);
}

/** How many hours a mirror may be behind before it is stale: its own interval and some grace. */
export function allowedHours(intervalSeconds: number | null): number {
  return Math.min(intervalSeconds === null ? longestIntervalHours : intervalSeconds / 3600, longestIntervalHours) + graceHours;
}
