/** Medians, spreads and their notation. */

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `1.23 (1.10–1.31)`: median, smallest and largest. */
export function spread(values, digits = 2) {
  return `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}–${Math.max(...values).toFixed(digits)})`;
}

/**
 * Ratio of neighbours: runs are interleaved, so that a busy moment affects both. A contender that ran once is compared with the median of
 * the other.
 */
export function ratios(values, baseline) {
  if (values.length === baseline.length) return values.map((value, at) => value / baseline[at]);
  return values.map((value) => value / median(baseline));
}
