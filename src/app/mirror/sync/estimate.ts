/** Estimates what a sync would cost, from its plan. */
import type { MirrorSource } from '../source/source.js';
import type { PlanCounts } from './plan.js';

/** Requests at once, if the user does not say how many. */
export const standardConnections = 8;

export interface EstimateOptions {
  /** Files to fetch. */
  readonly files: number;
  /** Bytes to fetch, as far as they are known. */
  readonly bytes: number;
  /** Requests at once. */
  readonly connections: number;
  /** Requests a second; null for no limit. */
  readonly rate: number | null;
  /** Bytes a second; null for no limit. */
  readonly bandwidth: number | null;
  /** The mean time of the requests so far; null if there was none. */
  readonly msPerRequest: number | null;
}

/** The expected cost of a sync. */
export interface SyncEstimate {
  /** Requests to the source. */
  readonly requests: number;
  /** Seconds, roughly. */
  readonly seconds: number;
}

/** If the user does not say: 100 Mbit/s. */
const usualBandwidth = 12_500_000;
/** For a source that is not asked file by file, or was not asked yet. */
const usualMsPerRequest = 5;

/** The slowest of three decides: the requests one after another, their rate, and the bytes. */
export function estimateSync({ files, bytes, connections, rate, bandwidth, msPerRequest }: EstimateOptions): SyncEstimate {
  const byLatency = (files * (msPerRequest ?? usualMsPerRequest)) / 1000 / connections;
  const byRate = rate === null ? 0 : files / rate;
  const byBytes = bytes / (bandwidth ?? usualBandwidth);
  return { requests: files, seconds: Math.ceil(Math.max(byLatency, byRate, byBytes)) };
}

/** Limits as the user gives them. */
interface Limits {
  readonly connections?: number | undefined;
  readonly rate?: number | undefined;
  readonly bandwidth?: number | undefined;
}

/** Estimates what it would take to carry out a plan. */
export function estimateOf(
  { missing, suspect, bytes }: PlanCounts,
  { connections = standardConnections, rate, bandwidth }: Limits,
  { msPerRequest }: MirrorSource,
): SyncEstimate {
  const limits = { connections, rate: rate ?? null, bandwidth: bandwidth ?? null };
  return estimateSync({ files: missing + suspect, bytes, ...limits, msPerRequest: msPerRequest ?? null });
}
