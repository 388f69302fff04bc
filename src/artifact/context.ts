/** What one client's operations share. Wired in client.ts. */
import type { ClientEvent } from '../event.js';
import type { FirstSeenRecord } from '../local-repository/first-seen.js';
import type { HighWaterMarks } from '../local-repository/high-water-mark.js';
import type { LocalRepository } from '../local-repository/local-repository.js';
import type { VerificationCache } from '../local-repository/verification-cache.js';
import type { Repository } from '../repository/repository.js';
import type { TrustPolicy } from '../verification/policy.js';
import type { Pin } from '../verification/evidence.js';
import type { AheadCount } from './inquiry.js';
import type { Wire } from './request.js';

export interface Context {
  /** Opened at the first request: a warm answer needs no network code. */
  wire(): Promise<Wire>;
  readonly local: LocalRepository;
  readonly verificationCache: VerificationCache;
  readonly firstSeen: FirstSeenRecord;
  readonly highWaterMarks: HighWaterMarks;
  /** In the order to ask. */
  readonly repositories: readonly Repository[];
  /** Group pattern to repository id. */
  readonly repoFor: ReadonlyMap<string, string>;
  readonly policy: TrustPolicy;
  /** The pin of a repository path, from trusted-checksum files. */
  pinFor(path: string): Pin | null;
  readonly offline: boolean;
  /** Hash files again whatever the verification cache says. */
  readonly paranoid: boolean;
  readonly emit: (event: ClientEvent) => void;
  /** Group to the id of the repository that had it: spares the earlier repositories a request (design section 5). */
  readonly groupHomes: Map<string, string>;
  /** Absent: this call counts alone. */
  readonly ahead?: AheadCount;
  readonly artifactMaxBytes: number;
}
