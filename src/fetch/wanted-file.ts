/** A file as wanted and as found: the data that the steps of resolving pass to each other. */
import type { CachedSignature } from '../local/ledger/verification-cache.js';
import type { ChecksumAlgorithm, Digests } from '../proof/checksum/claim.js';
import type { Pin, Witness } from '../proof/evidence.js';
import type { Level } from '../proof/level.js';
import type { TrustPolicy } from '../proof/policy.js';
import type { Proof } from '../proof/proof.js';
import type { SignedSubject } from '../proof/signed-subject.js';
import type { BodyFollower } from './download/body-follower.js';

/** A wanted file, by repository path, with its policy and pin. Made by `wantedFile` (artifact.ts). */
export interface WantedFile {
  readonly path: string;
  readonly group: string;
  readonly snapshot: boolean;
  /** For messages and errors. */
  readonly coordinate: string;
  readonly maxBytes: number;
  /** The policy of the group. */
  readonly policy: TrustPolicy;
  readonly pin: Pin | null;
  /** Whether the checksum file may be missing: signatures are published without one. It does not replace a proof. */
  readonly checksumExempt: boolean;
  /** The artifact that a signature alongside the file covers; null for files without one: signatures, checksum files. */
  readonly signed: SignedSubject | null;
  /** Path for a copy of a timestamped snapshot: the same file under its base version. */
  readonly basePath?: string | undefined;
  /**
   * Describes why a complete file is useless; null if it is not. If the serving mirror's own checksum is the best proof of a useless file,
   * the file is rejected and the next mirror is asked.
   */
  readonly check?: FileCheck | undefined;
  /**
   * Accept an HTML page even if its Content-Type does not say so, provided that it is verified: some repositories publish one as a POM.
   * Default: false.
   */
  readonly mayBePage?: boolean | undefined;
  /**
   * For a file that is fetched before it is known to be needed. Called once the file is fetched and verified: true places it, false
   * discards it (ERR_ABORTED, `unwanted`). It must settle. Not called for a file that is already there.
   */
  readonly isStillWanted?: (() => Promise<boolean>) | undefined;
  /**
   * Whether a build tool asks, which asks for many files that do not exist: a trusted mirror's 'not here' then counts while the canonical
   * operator is out of reach, and nothing waits long for mirrors that do not answer. Default: false.
   */
  readonly mayBeAbsent?: boolean | undefined;
  /** Digests to compute while the file arrives, besides those that its verification needs. Default: none. */
  readonly alsoDigest?: readonly ChecksumAlgorithm[] | undefined;
  /** Told about the bytes of a large file while they arrive. Default: not followed. */
  readonly follower?: BodyFollower | undefined;
}

/** @param sha256 SHA-256 of the bytes, lower-case hex */
export type FileCheck = (bytes: Uint8Array, sha256: string) => Promise<string | null>;

/** A verified file in the local repository. */
export interface ResolvedFile {
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  readonly sha256: string;
  /** Repository id; null if another tool put the file there without a record. */
  readonly repository: string | null;
  /** Mirror that served it in this call; null if it was already there. */
  readonly mirror: string | null;
  /** When the mirror that served it in this call says that it was last changed; undefined if none did. */
  readonly lastModifiedMs?: number | undefined;
  readonly level: Level;
  /** Strongest first. */
  readonly proofs: readonly Proof[];
  /** The verdict on its signature; undefined if signatures are not checked, or no source that would know could be reached. */
  readonly signature?: CachedSignature | undefined;
  /** The digests that were computed in this call; undefined if there was no need to read the file. */
  readonly digests?: Digests | undefined;
  /** The checksum that each operator published in this call; undefined if no operator was asked. */
  readonly witnesses?: readonly Witness[] | undefined;
  /** Mirrors that published a matching checksum over plain http in this call. They are not witnesses. */
  readonly overHttp?: readonly string[] | undefined;
}
