/** What one client's operations share. Wired in client.ts. */
import type { ClientEvent } from '../event.js';
import type { FirstSeenRecord } from '../local-repository/first-seen.js';
import type { HighWaterMarks } from '../local-repository/high-water-mark.js';
import type { LocalRepository } from '../local-repository/local-repository.js';
import type { SignerRecord } from '../local-repository/signers.js';
import type { VerificationCache } from '../local-repository/verification-cache.js';
import type { LockView } from '../lockfile/view.js';
import type { Mirror, Repository } from '../repository/repository.js';
import type { TrustPolicy } from '../verification/policy.js';
import type { Pin } from '../verification/evidence.js';
import type { SignedSubject } from '../verification/pgp/trust-model.js';
import type { Comparisons } from './comparisons.js';
import type { AheadCount } from './inquiry.js';
import type { Wire } from './request.js';
import type { SignatureChecker } from './signature-checker.js';
import type { SignatureTally } from './signature-tally.js';

export interface Context {
  /** Opened at the first request: a warm answer needs no network code. */
  wire(): Promise<Wire>;
  readonly local: LocalRepository;
  readonly verificationCache: VerificationCache;
  readonly firstSeen: FirstSeenRecord;
  readonly highWaterMarks: HighWaterMarks;
  readonly signers: SignerRecord;
  /** Opened at the first signature: no key is read before. */
  readonly signatures: SignatureChecker;
  /** Absent: signatures are expected of nothing. */
  readonly signatureTally?: SignatureTally;
  /** Asked for signatures after the repository. */
  readonly signatureStores: readonly Mirror[];
  /** Changes of signers that the user accepts: `group:artifact` to a fingerprint. */
  readonly acceptSigners: Readonly<Record<string, string>>;
  /** Why a POM is another one than the one wanted, by its own words: a sentence's end, escaped; null where it is the one. */
  checkPom(bytes: Uint8Array, wanted: SignedSubject): Promise<string | null>;
  /** In the order to ask. */
  readonly repositories: readonly Repository[];
  /** Group pattern to repository id. */
  readonly repoFor: ReadonlyMap<string, string>;
  readonly policy: TrustPolicy;
  /** The pin of a repository path, from trusted-checksum files or the lockfile. */
  pinFor(path: string): Pin | null;
  /** The lockfile in effect; absent where there is none. */
  readonly lock?: LockView | null;
  readonly offline: boolean;
  /** Hash files again whatever the verification cache says. */
  readonly paranoid: boolean;
  readonly emit: (event: ClientEvent) => void;
  /** Group to the id of the repository that had it: spares the earlier repositories a request (design section 5). */
  readonly groupHomes: Map<string, string>;
  /** Absent: this call counts alone. */
  readonly ahead?: AheadCount;
  /** Of the operation under way; absent: files are not compared with those of other repositories. */
  readonly comparisons?: Comparisons;
  readonly artifactMaxBytes: number;
}
