import type { AuditList } from '../../local/audits/audit-list.js';
import type { KeptAudit } from '../../local/audits/kept-audit.js';
import type { AuditSource } from '../../local/settings/configuration.js';
import type { AuditStatement } from '../../proof/note/audit-statement.js';
import type { AuditParts } from './audit-parts.js';
import { AuditFault, fetchList } from './fetch-audit.js';

type ListName = AuditStatement['list'];

/** After a failure, files do not wait for another one in this time. */
const retryMs = 60_000;

/** Opens the lists of an audit: the one of the newest note, fetched when a file first needs it. */
export class ListOpener {
  readonly #source: AuditSource;
  readonly #parts: AuditParts;
  readonly #kept: KeptAudit;
  #opened: { readonly sha256: string; readonly list: Promise<AuditList> } | null = null;
  #failedMs: number | null = null;

  constructor(source: AuditSource, parts: AuditParts, kept: KeptAudit) {
    this.#source = source;
    this.#parts = parts;
    this.#kept = kept;
  }

  /** Returns the list, the same for all callers. @throws AuditFault */
  open(list: ListName): Promise<AuditList> {
    if (this.#opened?.sha256 === list.sha256 && !this.#mayRetry) return this.#opened.list;
    this.close();
    this.#failedMs = null;
    const opened = this.#open(list);
    this.#opened = { sha256: list.sha256, list: opened };
    opened.catch(() => {
      this.#failedMs = this.#parts.now();
    });
    return opened;
  }

  get #mayRetry(): boolean {
    return this.#failedMs !== null && Math.abs(this.#parts.now() - this.#failedMs) >= retryMs;
  }

  close(): void {
    this.#opened?.list.then(
      (list) => list.close(),
      () => undefined,
    );
    this.#opened = null;
  }

  async #open({ sha256, name }: ListName): Promise<AuditList> {
    const { network, signal, offline } = this.#parts;
    const kept = this.#kept.openList(sha256);
    if (kept !== null) return kept;
    const unkept = (detail: string): AuditFault => new AuditFault(name, { outcome: 'io', status: null, detail });
    if (offline) throw unkept('offline, and the list is not kept on this machine');
    await fetchList(await network(), this.#source.folder, name, this.#kept.createList(sha256), signal);
    await this.#kept.removeOtherLists(sha256);
    const opened = this.#kept.openList(sha256);
    if (opened === null) throw unkept('the list was removed while it was opened');
    return opened;
  }
}
