/** Reads what an audit found, without its findings. */
import { resolve } from 'node:path';

import { Pace } from '../../base/async/pace.js';
import type { AuditSummary } from './result/audit-summary.js';
import { ResultReader } from './result/result-reader.js';

/**
 * Reads a result to its end, and returns its first and its last line.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: it is missing, cut or changed
 */
export async function readAudit(file: string, signal?: AbortSignal): Promise<AuditSummary> {
  const reader = new ResultReader(resolve(file));
  const pace = new Pace(signal);
  try {
    while (reader.next() !== null) {
      const turn = pace.step();
      if (turn !== null) await turn;
    }
    return { header: reader.header, end: reader.end() };
  } finally {
    reader.close();
  }
}
