import type { EventListener } from '../../base/event.js';
import type { AuditTimes } from '../../local/ledger/audit-times.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { Network } from '../../network/mirrors/request.js';

/** The parts that all audits of a session share. */
export interface AuditParts {
  readonly cacheFolder: string;
  readonly times: AuditTimes;
  readonly repositories: readonly Repository[];
  readonly offline: boolean;
  /** Opens the network when a note or a list is fetched. */
  readonly network: () => Promise<Network>;
  /** The signal of the session: a list that one file no longer waits for may serve the next one. */
  readonly signal: AbortSignal;
  readonly emit: EventListener;
  /** Epoch milliseconds. */
  readonly now: () => number;
}
