/** A file as it is wanted, and as it is found: what the steps of resolving one hand to each other. */
import type { CachedSignature } from '../local/ledger/verification-cache.js';
import type { Witness } from '../proof/evidence.js';
import type { Level } from '../proof/level.js';
import type { Proof } from '../proof/proof.js';
import type { SignedSubject } from '../proof/signed-subject.js';

/** A file wanted, by repository path. */
export interface FileSubject {
  readonly path: string;
  readonly group: string;
  readonly snapshot: boolean;
  /** For messages and errors. */
  readonly coordinate: string;
  readonly maxBytes: number;
  /** Signatures need no checksum of their own. */
  readonly checksumExempt: boolean;
  /** What a signature beside the file is over; null for what has none: signatures themselves, checksum files. */
  readonly signed: SignedSubject | null;
  /** Where a copy of a timestamped snapshot goes: the same file under its base version. */
  readonly basePath?: string | undefined;
  /**
   * Why a file that came whole is useless, or null. What no better proof than the serving mirror's own checksum
   * speaks for, and is useless, is not taken: the next mirror is asked.
   */
  readonly check?: FileCheck | undefined;
  /** Take a page whose Content-Type does not say so, if it is verified: some repositories have one for a POM. Default false. */
  readonly mayBePage?: boolean | undefined;
  /**
   * For a file that is fetched before it is known to be needed. Asked when it is fetched and verified: it is placed if
   * the answer is true, else discarded (ERR_ABORTED, `unwanted`). The answer must come. Not asked for what is there.
   */
  readonly wanted?: (() => Promise<boolean>) | undefined;
}

/** @param sha256 of the bytes, lower-case hex */
export type FileCheck = (bytes: Uint8Array, sha256: string) => string | null;

/** A verified file in the local repository. */
export interface ResolvedFile {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  /** Repository id, null when another tool put the file there and did not say. */
  readonly repository: string | null;
  /** Mirror it came from in this call, null when it was there. */
  readonly mirror: string | null;
  readonly level: Level;
  /** Strongest first. */
  readonly proofs: readonly Proof[];
  /** What was concluded about its signature; absent where none was looked at, or nobody could say. */
  readonly signature?: CachedSignature | undefined;
  /** Who said what of its checksum in this call; absent where nobody was asked. */
  readonly witnesses?: readonly Witness[] | undefined;
}
