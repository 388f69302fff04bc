/** `audit compare`: from the results of several vantage points to one. */
import { resolve } from 'node:path';

import { ClojarsFetchError } from '../../base/error.js';
import type { AuditSummary } from './result/audit-summary.js';
import { compareVantages } from './result/compare-vantages.js';

/** Options of {@link compareAudits}. */
export interface CompareAuditsOptions {
  /** The file to write. */
  readonly output: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts the results of several vantage points together: all findings, and a `vantage-differs` for each file about which a place lied to some
 * and not to others, or about which the origin itself shows different bytes.
 * @param results paths of results of the same plan, at least two
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: a result is cut, changed, a part, or of another plan; the message names it.
 * `ERR_LOCAL_REPOSITORY` if the file cannot be written
 */
export async function compareAudits(results: readonly string[], { output, signal }: CompareAuditsOptions): Promise<AuditSummary> {
  if (results.length > 1)
    return compareVantages(
      results.map((result) => resolve(result)),
      resolve(output),
      signal,
    );
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: "'audit compare' needs the results of two vantage points or more",
    hint: "Name the files that 'clojars-fetch audit run --vantage NAME' made.",
  });
}
