/** The note of a trusted audit: fetched at most once an hour, kept on the disk, and held against the rules for witnesses. */
import { escapeForDisplay } from '../../base/escape.js';
import type { KeptAudit } from '../../local/audits/kept-audit.js';
import type { AuditSource } from '../../local/settings/configuration.js';
import type { AuditFailure } from '../../network/mirrors/audit-witness.js';
import type { AuditStatement } from '../../proof/note/audit-statement.js';
import { openAudit } from '../../proof/note/audit-verdict.js';
import { type NoteVerifier, parseVerifierKey } from '../../proof/note/note-key.js';
import type { AuditParts } from './audit-parts.js';
import { isAuditOf } from './audit-subject.js';
import { AuditFault, fetchNote } from './fetch-audit.js';

/** Whether an audit counts now. */
export type Standing =
  | { readonly ok: true; readonly statement: AuditStatement }
  | {
      readonly ok: false;
      /** The end of a sentence. */
      readonly problem: string;
      /** Set if the note could not be fetched. */
      readonly failure: AuditFailure | null;
    };

/** A note that was fetched in this time is not fetched again. */
const currentMs = 3_600_000;
/** After a failure, files do not wait for another one in this time. */
const retryMs = 60_000;

export class AuditNote {
  readonly #source: AuditSource;
  readonly #parts: AuditParts;
  readonly #kept: KeptAudit;
  readonly #verifier: NoteVerifier;
  readonly #onProblem: (problem: string) => void;
  #standing: Standing | null = null;
  /** When the note may be fetched again. */
  #dueMs = -Infinity;
  #renewal: Promise<Standing> | null = null;

  /**
   * @param onProblem called for a note that does not count, though it could be fetched
   * @throws TypeError for a key that the configuration would refuse
   */
  constructor(source: AuditSource, parts: AuditParts, kept: KeptAudit, onProblem: (problem: string) => void) {
    const verifier = parseVerifierKey(source.key);
    if (verifier === null) throw new TypeError('not a verifier key');
    this.#source = source;
    this.#parts = parts;
    this.#kept = kept;
    this.#verifier = verifier;
    this.#onProblem = onProblem;
  }

  /** Uses the note that an earlier process fetched. Sends no request. */
  async readKept(): Promise<void> {
    const note = this.#kept.readNote();
    const standing = note === null ? null : await this.#judge(note.bytes);
    if (note === null || standing?.ok !== true) return;
    this.#standing = standing;
    this.#dueMs = note.fetchedMs + currentMs;
  }

  /** The statement that is known to count now; null if there is none. Sends no request. */
  get statement(): AuditStatement | null {
    const standing = this.#standing;
    const isFresh = standing?.ok === true && standing.statement.untilMs >= this.#parts.now() - this.#source.maxAgeMs;
    return isFresh ? standing.statement : null;
  }

  /** Whether the audit counts. Fetches the note if it is time. Never rejects. */
  async standing(): Promise<Standing> {
    const { statement } = this;
    const { offline } = this.#parts;
    if (statement !== null && (offline || !this.#isDue)) return { ok: true, statement };
    if (offline) return { ok: false, problem: 'offline, and no note that counts is kept on this machine', failure: null };
    if (this.#standing?.ok === false && !this.#isDue) return this.#standing;
    return (this.#renewal ??= this.#renew().finally(() => (this.#renewal = null)));
  }

  /** Whether it is time to fetch the note; always, if the clock was set back. */
  get #isDue(): boolean {
    const leftMs = this.#dueMs - this.#parts.now();
    return leftMs <= 0 || leftMs > 2 * currentMs;
  }

  async #renew(): Promise<Standing> {
    const fetched = await this.#fetch();
    if (!fetched.ok && fetched.failure === null) this.#onProblem(fetched.problem);
    const { statement } = this;
    // A note that does not count takes nothing away from one that still does.
    this.#standing = fetched.ok || statement === null ? fetched : { ok: true, statement };
    this.#dueMs = this.#parts.now() + (fetched.ok ? currentMs : retryMs);
    return this.#standing;
  }

  async #fetch(): Promise<Standing> {
    try {
      const note = await fetchNote(await this.#parts.network(), this.#source.folder, this.#source.name, this.#parts.signal);
      const standing = await this.#judge(note);
      if (standing.ok) await this.#keep(note, standing.statement);
      return standing;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const failure = error instanceof AuditFault ? error.failure : null;
      return { ok: false, problem: `its note cannot be fetched: ${message}`, failure };
    }
  }

  async #judge(note: Uint8Array): Promise<Standing> {
    const { now, repositories, times } = this.#parts;
    const no = (problem: string): Standing => ({ ok: false, problem, failure: null });
    const verdict = openAudit(note, { verifier: this.#verifier, nowMs: now(), maxAgeMs: this.#source.maxAgeMs });
    if (!verdict.ok) return no(verdict.problem);
    const { statement } = verdict;
    if (!repositories.some((repository) => isAuditOf(statement, repository)))
      return no(`it is an audit of ${escapeForDisplay(statement.repository)}, which is not one of the repositories`);
    try {
      const newestMs = await times.newest(this.#source.key, statement.repository);
      if (newestMs === null || statement.untilMs >= newestMs) return verdict;
      return no(
        `it ended ${new Date(statement.untilMs).toISOString()}, but one that ended ${new Date(newestMs).toISOString()} was seen before`,
      );
    } catch (error) {
      return no(`the record of audits cannot be read: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Failures to write the note only cost another request. @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY`: an old note might count later */
  async #keep(note: Uint8Array, { repository, untilMs }: AuditStatement): Promise<void> {
    await this.#parts.times.raise(this.#source.key, repository, untilMs);
    await this.#kept.writeNote(note).catch(() => undefined);
  }
}
