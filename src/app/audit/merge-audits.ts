/** `audit merge`: from the parts of one audit to its result. */
import { resolve } from 'node:path';

import { ClojarsFetchError } from '../../base/error.js';
import type { AuditSummary } from './result/audit-summary.js';
import { mergeResults } from './result/merge-results.js';

/** Options of {@link mergeAudits}. */
export interface MergeAuditsOptions {
  /** The file to write. */
  readonly output: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Puts the parts of one audit together. The result has the bytes that one machine would have written, apart from its times.
 * @param parts paths of files that `audit run --shard` made, in any order: each shard of one plan exactly once
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: a part is cut, changed, of another audit, missing or there twice; the message names
 * it. `ERR_LOCAL_REPOSITORY` if the result cannot be written
 */
export async function mergeAudits(parts: readonly string[], { output, signal }: MergeAuditsOptions): Promise<AuditSummary> {
  if (parts.length > 0)
    return mergeResults(
      parts.map((part) => resolve(part)),
      resolve(output),
      signal,
    );
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: "'audit merge' needs the parts of an audit",
    hint: "Name the files that 'clojars-fetch audit run --shard' made.",
  });
}
