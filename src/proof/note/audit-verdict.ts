/** Decides whether a signed audit counts as a witness now. The clock is passed in. */
import { type AuditStatement, parseStatement } from './audit-statement.js';
import type { NoteVerifier } from './note-key.js';
import { openNote } from './signed-note.js';

/** How far clocks may differ. */
const aheadMs = 5 * 60_000;

/** Limits for an audit that counts. */
export interface AuditExpectation {
  readonly verifier: NoteVerifier;
  readonly nowMs: number;
  /** An audit that ended longer ago has expired. */
  readonly maxAgeMs: number;
}

export type AuditVerdict =
  | { readonly ok: true; readonly statement: AuditStatement }
  | { readonly ok: false; /** The end of a sentence. */ readonly problem: string };

/** Opens the note of an audit: it must be signed by the key, be an audit, and be of the last days. Never throws. */
export function openAudit(note: Uint8Array, { verifier, nowMs, maxAgeMs }: AuditExpectation): AuditVerdict {
  const opened = openNote(note, verifier);
  if (!opened.ok) return opened;
  const statement = parseStatement(opened.text);
  if (statement === null) return { ok: false, problem: 'it is signed, but it is not an audit' };
  const { untilMs } = statement;
  if (untilMs > nowMs + aheadMs) return { ok: false, problem: `it ends in the future, ${new Date(untilMs).toISOString()}` };
  if (untilMs < nowMs - maxAgeMs) return { ok: false, problem: `it has expired: it ended ${new Date(untilMs).toISOString()}` };
  return { ok: true, statement };
}
