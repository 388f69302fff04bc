/** Reads from a result what its page shows. A result may have millions of findings: only the first are kept, lies before all others. */
import { type Finding, type FindingClass, findingClasses } from '../contract.js';
import type { AuditSummary } from '../result/audit-summary.js';
import { ResultReader } from '../result/result-reader.js';
import { type Changes, findChanges } from './changes.js';
import type { PastAudit } from './history.js';

/** Everything on a page. */
export interface PageData extends AuditSummary {
  /** The first findings, class by class: lies first. */
  readonly findings: readonly Finding[];
  /** Name of the file with all of them. */
  readonly resultFile: string;
  /** Against an earlier audit; null if none was named. */
  readonly changes: Changes | null;
  /** This audit and those of the last 30 days, the oldest first. */
  readonly history: readonly PastAudit[];
}

const mostFindings = 1000;
/** Findings of each class that are shown in any case. */
const leastOfClass = 100;

/** @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-part`: one of the files is not a whole result */
export function readFindings(file: string): AuditSummary & { readonly findings: readonly Finding[] } {
  const reader = new ResultReader(file);
  try {
    const byClass = new Map<FindingClass, Finding[]>(Object.values(findingClasses).map((name) => [name, []]));
    for (let line = reader.next(); line !== null; line = reader.next()) {
      const known = line.finding === null ? undefined : byClass.get(line.finding.class);
      if (line.finding !== null && known !== undefined && known.length < mostFindings) known.push(line.finding);
    }
    return { header: reader.header, findings: share([...byClass.values()]), end: reader.end() };
  } finally {
    reader.close();
  }
}

/** Takes some of each class, and as many as fit of the first classes. */
function share(classes: readonly (readonly Finding[])[]): readonly Finding[] {
  let room = mostFindings - classes.reduce((sum, findings) => sum + Math.min(findings.length, leastOfClass), 0);
  return classes.flatMap((findings) => {
    const more = Math.min(Math.max(0, findings.length - leastOfClass), room);
    room -= more;
    return findings.slice(0, leastOfClass + more);
  });
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
