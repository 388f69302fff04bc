/** The request for a file of one repository, and its result. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { TemporaryFile } from '../../base/disk/temporary-file.js';
import type { Attempt, AttemptOutcome } from '../../base/error.js';
import type { ClientEvent } from '../../base/event.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import type { ChecksumAlgorithm, Digests } from '../../proof/checksum/claim.js';
import type { Accepted, Pin, Refused } from '../../proof/evidence.js';
import type { FilePolicy } from '../../proof/policy.js';
import type { SignatureReview, SignatureReviewer } from '../signature/signature-review.js';
import type { FileCheck } from '../wanted-file.js';
import type { BodyFollower } from './body-follower.js';

export interface FileRequest {
  readonly repository: Repository;
  readonly path: string;
  /** For errors. */
  readonly coordinate: string;
  readonly maxBytes: number;
  readonly policy: FilePolicy;
  readonly pin: Pin | null;
  /** From the first-seen record; null if the file was never seen. */
  readonly firstSeen: { readonly sha256: string; readonly repository: string } | null;
  /** As in WantedFile. */
  readonly checksumExempt: boolean;
  /** Judges its signatures; null if signatures are not checked. */
  readonly signatures: SignatureReviewer | null;
  /** As in WantedFile. Only for small files: the check receives all bytes at once. */
  readonly check?: FileCheck | undefined;
  /** As in WantedFile. Default: false. */
  readonly mayBePage?: boolean | undefined;
  /** As in WantedFile. Default: false. */
  readonly mayBeAbsent?: boolean | undefined;
  /** As in WantedFile. Default: none. */
  readonly alsoDigest?: readonly ChecksumAlgorithm[] | undefined;
  /** Whether to ask for the checksum along with the body: the file is expected to be there. */
  readonly eager: boolean;
  readonly createTemporary: () => Promise<TemporaryFile>;
  /** As in WantedFile. */
  readonly follower?: BodyFollower | undefined;
  readonly signal: CancelSignal;
  readonly emit: (event: ClientEvent) => void;
}

/** A verified file that is not yet under its final name. */
export interface FetchedFile {
  readonly temporary: TemporaryFile;
  readonly mirror: Mirror;
  readonly size: number;
  /** From the Last-Modified of the mirror; null if it sent none. */
  readonly lastModifiedMs: number | null;
  readonly digests: Digests;
  readonly verdict: Accepted;
  /** The conclusion about its signatures; null if signatures were not checked. */
  readonly signature: SignatureReview | null;
}

export type FetchResult = { readonly kind: 'fetched'; readonly file: FetchedFile; readonly attempts: readonly Attempt[] } | FetchNothing;

/** No mirror had a file that passed verification. */
export interface FetchNothing {
  readonly kind: 'none';
  readonly attempts: readonly Attempt[];
  /** A canonical origin said 'not here'. */
  readonly canonicalNotFound: boolean;
  /** With `mayBeAbsent`: a trusted mirror said 'not here', and no mirror began to send the file. */
  readonly trustedNotFound: boolean;
  readonly allNotFound: boolean;
  readonly rejections: readonly Rejection[];
  readonly firstFailure: { readonly outcome: AttemptOutcome; readonly status: number | null } | null;
}

/** A complete file that was refused. */
export interface Rejection {
  readonly mirror: Mirror;
  readonly verdict: Refused;
}
