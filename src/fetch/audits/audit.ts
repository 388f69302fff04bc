import type { CancelSignal } from '../../base/async/cancellation.js';
import { untilAborted } from '../../base/async/until-aborted.js';
import { KeptAudit } from '../../local/audits/kept-audit.js';
import type { AuditSource } from '../../local/settings/configuration.js';
import type { AuditAnswer, AuditWitness, CaughtLying } from '../../network/mirrors/audit-witness.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { fileUrl } from '../../network/mirrors/request.js';
import type { AuditStatement } from '../../proof/note/audit-statement.js';
import { AuditNote, type Standing } from './audit-note.js';
import type { AuditParts } from './audit-parts.js';
import { isAuditOf, liesOf } from './audit-subject.js';
import { AuditFault } from './fetch-audit.js';
import { ListOpener } from './open-list.js';

const noWitness: AuditAnswer = { sha256: null, failure: null };

/** One signed audit that the user trusts: a witness for the files in its list. */
export class Audit implements AuditWitness {
  readonly operator: string;
  readonly url: string;
  readonly #name: string;
  readonly #note: AuditNote;
  readonly #lists: ListOpener;
  #lies: { readonly statement: AuditStatement; readonly byMirror: ReadonlyMap<string, number> } | null = null;

  constructor(source: AuditSource, parts: AuditParts) {
    this.operator = source.operator;
    this.url = fileUrl(source.folder.url, source.name).href;
    this.#name = source.name;
    const kept = new KeptAudit(parts.cacheFolder, `${this.url} ${source.key}`);
    const told = new Set<string>();
    this.#note = new AuditNote(source, parts, kept, (problem) => {
      if (told.has(problem)) return;
      told.add(problem);
      parts.emit({ type: 'warning', warning: 'audit', message: `the audit ${this.url} of ${this.operator} does not count: ${problem}` });
    });
    this.#lists = new ListOpener(source, parts, kept);
  }

  /** Uses the note that an earlier process fetched. Sends no request. */
  readKept(): Promise<void> {
    return this.#note.readKept();
  }

  /** Whether the audit counts. Fetches its note if that was not done in the last hour. Rejects only on abort. */
  standing(signal: CancelSignal): Promise<Standing> {
    return untilAborted(this.#note.standing(), signal);
  }

  async ask(repository: Repository, path: string, signal: CancelSignal): Promise<AuditAnswer> {
    try {
      const standing = await this.standing(signal);
      if (!standing.ok) return { sha256: null, failure: standing.failure };
      if (!isAuditOf(standing.statement, repository)) return noWitness;
      const list = await untilAborted(this.#lists.open(standing.statement.list), signal);
      return { sha256: list.find(path), failure: null };
    } catch (error) {
      if (error instanceof AuditFault) return { sha256: null, failure: error.failure };
      const detail = error instanceof Error ? error.message : String(error);
      const outcome = signal.aborted ? 'aborted' : 'io';
      return { sha256: null, failure: { kind: 'failed', outcome, status: null, detail, path: this.#name } };
    }
  }

  /** Returns the lies that the audit found at a mirror; null if there are none, or if it does not count. */
  caught(mirror: URL): CaughtLying | null {
    const { statement } = this.#note;
    if (statement === null) return null;
    if (this.#lies?.statement !== statement) this.#lies = { statement, byMirror: liesOf(statement) };
    const lies = this.#lies.byMirror.get(mirror.href);
    return lies === undefined ? null : { operator: this.operator, audit: this.url, untilMs: statement.untilMs, lies };
  }

  close(): void {
    this.#lists.close();
  }
}
