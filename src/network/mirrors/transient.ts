import type { AttemptOutcome } from '../../base/error.js';

/** Outcomes that may be temporary. */
const outcomes = new Set<AttemptOutcome>(['refused', 'reset', 'truncated', 'stalled', 'dns']);
const statuses = new Set([500, 502, 503, 504]);

/** Whether asking the same mirror again in a moment may help. */
export function isTransient({ outcome, status }: { readonly outcome: AttemptOutcome; readonly status: number | null }): boolean {
  return outcomes.has(outcome) || statuses.has(status ?? 0);
}
