import type { EndLine, ResultHeader } from '../contract.js';

/** The first and the last line of a result: what was audited, and how many findings there are. */
export interface AuditSummary {
  readonly header: ResultHeader;
  readonly end: EndLine;
}
