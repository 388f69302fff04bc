/** Rates a mirror as Arch Linux does: (hours behind + mean + deviation of latency in seconds) / share of good checks. */

export interface ScoreParts {
  readonly hoursBehind: number | null;
  readonly meanMs: number;
  readonly deviationMs: number;
  /** From 0 to 1. */
  readonly goodShare: number;
}

/** Smaller is better. Null if it is unknown how far the mirror is behind, or if no check was good. */
export function scoreOf({ hoursBehind, meanMs, deviationMs, goodShare }: ScoreParts): number | null {
  if (hoursBehind === null || !(goodShare > 0)) return null;
  return (hoursBehind + (meanMs + deviationMs) / 1000) / goodShare;
}
