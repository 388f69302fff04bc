/** Reads from a result what its page shows. A result may have millions of findings: only the first are kept. */
import type { Finding } from '../contract.js';
import type { AuditSummary } from '../result/audit-summary.js';
import { ResultReader } from '../result/result-reader.js';
import { type Changes, findChanges } from './changes.js';
import type { PastAudit } from './history.js';

/** Everything on a page. */
export interface PageData extends AuditSummary {
  /** The first findings, in the order of the result. */
  readonly findings: readonly Finding[];
  /** Name of the file with all of them. */
  readonly resultFile: string;
  /** Against an earlier audit; null if none was named. */
  readonly changes: Changes | null;
  /** This audit and those of the last 30 days, the oldest first. */
  readonly history: readonly PastAudit[];
}

const mostFindings = 1000;

/** @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: one of the files is not a whole result */
export function readFindings(file: string): AuditSummary & { readonly findings: readonly Finding[] } {
  const reader = new ResultReader(file);
  try {
    const findings: Finding[] = [];
    for (let line = reader.next(); line !== null; line = reader.next()) {
      if (line.finding !== null && findings.length < mostFindings) findings.push(line.finding);
    }
    return { header: reader.header, findings, end: reader.end() };
  } finally {
    reader.close();
  }
}

/** Compares two results, each read in one pass. */
export function readChanges(earlierFile: string, file: string): Changes {
  const readers = [new ResultReader(earlierFile), new ResultReader(file)] as const;
  try {
    return findChanges(readers[0], readers[1]);
  } finally {
    for (const reader of readers) reader.close();
  }
}
