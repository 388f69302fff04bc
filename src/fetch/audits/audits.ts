import type { CancelSignal } from '../../base/async/cancellation.js';
import type { AuditSource } from '../../local/settings/configuration.js';
import type { AuditWitness, CaughtLying, CaughtMirrors } from '../../network/mirrors/audit-witness.js';
import { Audit } from './audit.js';
import type { Standing } from './audit-note.js';
import type { AuditParts } from './audit-parts.js';

/** An audit, and whether it counts now. */
export interface AuditStanding {
  readonly operator: string;
  /** URL of its note. */
  readonly url: string;
  readonly standing: Standing;
}

/** All audits that the user trusts, for one session. */
export class Audits implements CaughtMirrors {
  readonly #audits: readonly Audit[];
  readonly #closing = new AbortController();

  constructor(sources: readonly AuditSource[], parts: Omit<AuditParts, 'signal'>) {
    this.#audits = sources.map((source) => new Audit(source, { ...parts, signal: this.#closing.signal }));
  }

  get witnesses(): readonly AuditWitness[] {
    return this.#audits;
  }

  /** Uses the notes that earlier processes fetched. Sends no request. */
  async readKept(): Promise<void> {
    await Promise.all(this.#audits.map((audit) => audit.readKept()));
  }

  /** Fetches notes behind the work of the session, so that liars are asked last even if no file needs a quorum. */
  refresh(): void {
    for (const audit of this.#audits) audit.standing(this.#closing.signal).catch(() => undefined);
  }

  of(mirror: URL): readonly CaughtLying[] {
    return this.#audits.flatMap((audit) => audit.caught(mirror) ?? []);
  }

  /** Fetches notes that are due, and says which audits count. */
  standings(signal: CancelSignal): Promise<readonly AuditStanding[]> {
    return Promise.all(
      this.#audits.map(async (audit) => ({ operator: audit.operator, url: audit.url, standing: await audit.standing(signal) })),
    );
  }

  close(): void {
    this.#closing.abort();
    for (const audit of this.#audits) audit.close();
  }
}
