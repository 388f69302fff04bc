/** The contract of a signature's review: its subject, its policy, and its consequence for the file. */
import type { Attempt } from '../../base/error.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { SignedDocument } from '../../proof/openpgp/packet/signed-document.js';
import type { SignatureDecision, SignaturePolicy } from '../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { SignedSubject } from '../../proof/signed-subject.js';
import type { SignatureSources } from './signature-sources.js';
import type { RememberingContext } from './signer-history.js';

/** A file whose signatures are to be judged. */
export interface SignedBody {
  readonly document: SignedDocument;
  /** Absolute; its bytes are on disk once `ready` has resolved. */
  readonly file: string;
  readonly ready: () => Promise<void>;
  /** Returns the bytes of a small body that is still in memory; null if they must be read from `file`. */
  readonly bytes: (() => Promise<Uint8Array>) | null;
}

/** The consequence of a signature for its file. A signature that is not checked has no review. */
export type ReviewDecision = Exclude<SignatureDecision, 'ignore'>;

export interface SignatureReview {
  readonly decision: ReviewDecision;
  /** Null if no source that would know could be reached. */
  readonly verdict: SignatureVerdict | null;
  /** The deciding signature file, and whether it came from the repository; null if none should be kept. */
  readonly signatureFile: { readonly bytes: Uint8Array; readonly fromRepository: boolean } | null;
  /** False if the canonical operator has not answered yet: it is asked again next time. */
  readonly settled: boolean;
  /** Further remarks, such as a bad signature alongside a good one. Escaped. */
  readonly warnings: readonly string[];
  /** One sentence: the verdict, or why there is none. Escaped. */
  readonly sentence: string;
  readonly hint: string;
  /** Whether another body under this name could pass: the signature or the name does not match this one. */
  readonly aboutBody: boolean;
  readonly attempts: readonly Attempt[];
}

export interface SignatureReviewer {
  /** Starts asking, alongside the download. `holder` has the file. */
  begin(holder: Mirror | null): void;
  /** Notes that the file came from this mirror with a good checksum. */
  bodyVerified(mirror: Mirror): void;
  /** Whether {@link SignatureReviewer.bodyVerified} makes a difference. */
  readonly wantsEarlyChecksum: boolean;
  /** Whether a good signature is likely, judging by other files: then the checksum is requested only if the signature is missing. */
  expectsProof(): boolean;
  /** Judges one body. Rejects on abort, or if keyrings or records cannot be read. */
  review(body: SignedBody): Promise<SignatureReview>;
}

/** The signed artifact, and the policy for its signatures. */
export interface ReviewSubject {
  /** Repository path of the file. */
  readonly path: string;
  readonly subject: SignedSubject;
  readonly snapshot: boolean;
  readonly policy: SignaturePolicy;
  /** Whether a pin already identifies the file, so that a lost signature proves nothing against it. */
  readonly pinned: boolean;
}

export interface ReviewOptions extends ReviewSubject {
  readonly context: RememberingContext;
  /** Id of the repository that has the file; null if no server may be asked. */
  readonly repository: string | null;
  /** Null if no server may be asked. */
  readonly sources: SignatureSources | null;
  /** The signature file of the local repository. */
  readonly local?: Uint8Array | null | undefined;
}
