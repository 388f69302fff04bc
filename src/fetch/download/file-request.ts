/** What a file of one repository is asked for with, and how asking for it ends. */
import type { TemporaryFile } from '../../base/disk/temporary-file.js';
import type { Attempt, AttemptOutcome } from '../../base/error.js';
import type { ClientEvent } from '../../base/event.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import type { Digests } from '../../proof/checksum/claim.js';
import type { Accepted, Pin, Refused } from '../../proof/evidence.js';
import type { FilePolicy } from '../../proof/verifier.js';
import type { SignatureReview, SignatureReviewer } from '../signature/signature-review.js';
import type { FileCheck } from '../wanted-file.js';

export interface FileRequest {
  readonly repository: Repository;
  readonly path: string;
  /** For errors. */
  readonly coordinate: string;
  readonly maxBytes: number;
  readonly policy: FilePolicy;
  readonly pin: Pin | null;
  /** Of the first-seen record, null when the file was never seen. */
  readonly firstSeen: { readonly sha256: string; readonly repository: string } | null;
  /** Signatures and the like need no checksum of their own. */
  readonly checksumExempt: boolean;
  /** Judges its signatures; null where none are looked at. */
  readonly signatures: SignatureReviewer | null;
  /** As in WantedFile. Only for small files: it gets all bytes. */
  readonly check?: FileCheck | undefined;
  /** As in WantedFile. Default false. */
  readonly mayBePage?: boolean | undefined;
  /** Ask for the checksum beside the body: the file is expected to be there. */
  readonly eager: boolean;
  readonly createTemporary: () => Promise<TemporaryFile>;
  readonly signal: AbortSignal;
  readonly emit: (event: ClientEvent) => void;
}

/** A verified file that is not yet under its final name. */
export interface FetchedFile {
  readonly temporary: TemporaryFile;
  readonly mirror: Mirror;
  readonly size: number;
  readonly digests: Digests;
  readonly verdict: Accepted;
  /** What was concluded about its signatures; null where none were looked at. */
  readonly signature: SignatureReview | null;
}

export type FetchResult =
  | { readonly kind: 'fetched'; readonly file: FetchedFile; readonly attempts: readonly Attempt[] }
  | {
      readonly kind: 'none';
      readonly attempts: readonly Attempt[];
      /** A canonical origin said 'not here'. */
      readonly canonicalNotFound: boolean;
      readonly allNotFound: boolean;
      readonly rejections: readonly Rejection[];
      readonly firstFailure: { readonly outcome: AttemptOutcome; readonly status: number | null } | null;
    };

/** A file that came whole and did not pass. */
export interface Rejection {
  readonly mirror: Mirror;
  readonly verdict: Refused;
}
