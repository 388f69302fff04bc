/** Times to the first byte of an answer, in milliseconds. */
export interface Latency {
  readonly requests: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly meanMs: number;
  /** Standard deviation. */
  readonly deviationMs: number;
}

/** Null without any. Percentiles are by nearest rank, so that each is a time that was measured. */
export function latencyOf(times: readonly number[]): Latency | null {
  const sorted = [...times].sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const rank = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const meanMs = sum(sorted) / sorted.length;
  return {
    requests: sorted.length,
    medianMs: rank(0.5),
    p95Ms: rank(0.95),
    meanMs,
    deviationMs: Math.sqrt(sum(sorted.map((time) => (time - meanMs) ** 2)) / sorted.length),
  };
}

/** Mean and deviation of several series, as if they were one. */
export interface Spread {
  readonly requests: number;
  readonly meanMs: number;
  readonly deviationMs: number;
}

/** Null without any. */
export function pooled(series: readonly Spread[]): Spread | null {
  const requests = sum(series.map((one) => one.requests));
  if (requests === 0) return null;
  const meanMs = sum(series.map((one) => one.requests * one.meanMs)) / requests;
  const squares = sum(series.map((one) => one.requests * (one.deviationMs ** 2 + (one.meanMs - meanMs) ** 2)));
  return { requests, meanMs, deviationMs: Math.sqrt(squares / requests) };
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
