/** What one client's operations share. Wired in client.ts. */
import type { ClientEvent } from '../base/event.js';
import type { FirstSeenRecord } from '../local/ledger/first-seen.js';
import type { HighWaterMarks } from '../local/ledger/high-water-mark.js';
import type { SignerRecord } from '../local/ledger/signers.js';
import type { VerificationCache } from '../local/ledger/verification-cache.js';
import type { LockView } from '../local/lockfile/view.js';
import type { LocalRepository } from '../local/repository/local-repository.js';
import type { ComparisonMode } from '../network/mirrors/comparison.js';
import type { Mirror, Repository } from '../network/mirrors/repository.js';
import type { Network } from '../network/mirrors/request.js';
import type { Pin } from '../proof/evidence.js';
import type { SignatureAllowance } from '../proof/key-map/model/key-map.js';
import type { SignedDocument } from '../proof/openpgp/packet/signed-document.js';
import type { TrustPolicy } from '../proof/policy.js';
import type { SignaturePolicy } from '../proof/signature-policy.js';
import type { SignatureVerdict } from '../proof/signature-verdict.js';
import type { SignedSubject } from '../proof/signed-subject.js';

export interface Context {
  /** Opened at the first request: a warm answer needs no network code. */
  network(): Promise<Network>;
  readonly local: LocalRepository;
  readonly verificationCache: VerificationCache;
  readonly firstSeen: FirstSeenRecord;
  readonly highWaterMarks: HighWaterMarks;
  readonly signers: SignerRecord;
  /** Opened at the first signature: no key is read before. */
  readonly signatures: SignatureChecker;
  /** Absent: signatures are expected of nothing. */
  readonly signatureTally?: SignatureTally | undefined;
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
  readonly lock?: LockView | null | undefined;
  readonly offline: boolean;
  /** Hash files again whatever the verification cache says. */
  readonly paranoid: boolean;
  readonly emit: (event: ClientEvent) => void;
  /** Group to the id of the repository that had it: spares the earlier repositories a request (design section 5). */
  readonly groupHomes: Map<string, string>;
  /** Absent: this call counts alone. */
  readonly ahead?: AheadCount | undefined;
  /** Of the operation under way; absent: files are not compared with those of other repositories. */
  readonly comparisons?: Comparisons | undefined;
  readonly artifactMaxBytes: number;
}

/** How many files of a client are asked for ahead just now; one for each client. */
export interface AheadCount {
  running: number;
}

export interface Comparisons {
  readonly mode: ComparisonMode;
  /** Begins one. It must not reject; its signal aborts when nobody waits for it any more. */
  begin(compare: (signal: AbortSignal) => Promise<void>): void;
  /** Whether it is to be told that this repository does not answer: once, and not by an operation that failed. */
  tellsSilence(repositoryId: string): boolean;
  /** Waits as said above, then ends those that are left. */
  finish(): Promise<void>;
  /** Ends all: the operation failed. */
  abandon(): Promise<void>;
}

export interface SignatureChecker {
  /** Differs whenever a verdict may differ: keyrings by path, size and time, and the trust model. Costs some stats, once. */
  identity(): Promise<string>;
  /** Under `keyring` and `web-of-trust` the signer of a `group:artifact` is remembered; a key map says who it is. */
  readonly remembersSigners: boolean;
  /**
   * Every signature of a file, judged with trust; good ones first, then the most serious. Never empty.
   * @throws ClojarsFetchError ERR_CONFIG where a keyring cannot be read; what signatures and keys hold never throws
   */
  check(
    signatureFile: Uint8Array,
    document: SignedDocument,
    subject: SignedSubject,
    policy: SignaturePolicy,
  ): Promise<readonly SignatureVerdict[]>;
  /** What a key map lets pass besides good signatures; null where no key map is asked. */
  allowance(subject: SignedSubject): Promise<SignatureAllowance | null>;
}

/**
 * Which libraries and repositories were signed so far. Where a good signature is to be expected, the checksum, which it
 * makes superfluous, is asked for only if there is none after all: as many requests as without signatures.
 */
export interface SignatureTally {
  /** @param name `group:artifact` */
  note(name: string, repository: string, isProof: boolean): void;
  /**
   * Whether the checksum can wait for the signature. Where nothing is known yet, all but the first few can: those will tell,
   * and most files of many are asked for before they have.
   */
  expectsProof(name: string, repository: string): boolean;
}
