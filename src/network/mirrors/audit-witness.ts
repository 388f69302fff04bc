/**
 * Audits of mirrors, as far as requests need them: further witnesses of a file's checksum, and the mirrors that were caught lying. The audits
 * themselves are opened by `fetch/audits`.
 */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { AttemptOutcome } from '../../base/error.js';
import type { Repository } from './repository.js';

/** A signed audit that may be a witness. */
export interface AuditWitness {
  readonly operator: string;
  /** URL of its note. */
  readonly url: string;
  /** Never rejects: without an answer, the audit is not a witness. */
  ask(repository: Repository, path: string, signal: CancelSignal): Promise<AuditAnswer>;
}

/** The answer of an audit about one file. */
export interface AuditAnswer {
  /** Lower-case hex; null if the audit is not a witness for this file. */
  readonly sha256: string | null;
  /** Why it could not be asked, and for which file; null if it was. */
  readonly failure: AuditFailure | null;
}

/** The failure of a request for the note or the list of an audit. */
export interface AuditFailure {
  readonly kind: 'failed';
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly detail: string;
  /** The name of the note or the list. */
  readonly path: string;
}

/** An audit that found lies at a mirror. */
export interface CaughtLying {
  /** Maker of the audit. */
  readonly operator: string;
  /** URL of its note. */
  readonly audit: string;
  /** When the audit ended, epoch milliseconds. */
  readonly untilMs: number;
  /** The number of lies. */
  readonly lies: number;
}

/** The mirrors that trusted, fresh audits caught lying. */
export interface CaughtMirrors {
  /** Empty for a mirror that was not caught. */
  of(mirror: URL): readonly CaughtLying[];
}
