/** The contract of a signature's review: what is reviewed, by which policy, and what it means for the file. */
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
  /** Absolute; its bytes are on the disk once `ready` resolved. */
  readonly file: string;
  readonly ready: () => Promise<void>;
}

/** What a signature means for its file. A signature that is not checked has no review. */
export type ReviewDecision = Exclude<SignatureDecision, 'ignore'>;

export interface SignatureReview {
  readonly decision: ReviewDecision;
  /** Null if no source that would know could be reached. */
  readonly verdict: SignatureVerdict | null;
  /** The signature file that decided, and whether it came from the repository; null if none is to be kept. */
  readonly signatureFile: { readonly bytes: Uint8Array; readonly fromRepository: boolean } | null;
  /** False if the canonical operator has not answered yet: it is asked again next time. */
  readonly settled: boolean;
  /** Further remarks, such as a bad signature besides a good one. Escaped. */
  readonly warnings: readonly string[];
  /** One sentence: the verdict, or why there is none. Escaped. */
  readonly sentence: string;
  readonly hint: string;
  /** Whether another body under this name could be better: the signature or the name does not fit this one. */
  readonly aboutBody: boolean;
  readonly attempts: readonly Attempt[];
}

export interface SignatureReviewer {
  /** Starts to ask, alongside the download. `holder` has the file. */
  begin(holder: Mirror | null): void;
  /** The file came from this mirror, and its checksum is good. */
  bodyVerified(mirror: Mirror): void;
  /** Whether {@link SignatureReviewer.bodyVerified} makes a difference. */
  readonly wantsEarlyChecksum: boolean;
  /** Whether a good signature is likely, judging by other files: the checksum can wait until the signature is missing. */
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
  /** Whether a pin already says which file it is, so that a lost signature proves nothing against it. */
  readonly pinned: boolean;
}

export interface ReviewOptions extends ReviewSubject {
  readonly context: RememberingContext;
  /** Id of the repository that has the file; null: no server may be asked. */
  readonly repository: string | null;
  /** Null: no server may be asked. */
  readonly sources: SignatureSources | null;
  /** The signature file of the local repository. */
  readonly local?: Uint8Array | null | undefined;
}
