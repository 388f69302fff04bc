/** What the verifier is given and what it answers. */
import type { ChecksumAlgorithm, ChecksumClaim, Digests } from './checksum/claim.js';
import type { Level } from './level.js';
import type { Proof } from './proof.js';
import type { SignatureStatus } from './signature-verdict.js';

/** Who delivered the body. */
export interface Server {
  /** Base URL, display form without credentials; the same string as in that mirror's claims. */
  readonly mirror: string;
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /** The body came over verified https (or from a local file). */
  readonly secure: boolean;
}

/** A checksum that the user's own files demand. */
export interface Pin {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
  /** Others that are as good, lower-case hex. */
  readonly alternatives?: readonly string[] | undefined;
  /** Where it is written, for messages: `clojars-fetch.lock`, `.mvn/checksums/checksums-central.sha512`. */
  readonly source: string;
  /** Of a lockfile's pin: the level that the file was proven at when it was locked. */
  readonly lockedLevel?: Level | undefined;
}

/** All that is known of one file when it is to be judged. */
export interface Evidence {
  /** Repository path: the subject of messages. */
  readonly path: string;
  /** Digests of the body, of every algorithm that a claim, the pin or the first-seen record needs. */
  readonly digests: Digests;
  /** Null for a file found in the local repository. */
  readonly servedBy: Server | null;
  readonly claims: readonly ChecksumClaim[];
  readonly pin?: Pin | undefined;
  /** sha256 of this release when it was first seen. */
  readonly firstSeen?: string | undefined;
  /** Ids of the repositories, where it was first seen in another one than the one that serves it now: for the message. */
  readonly moved?: { readonly from: string; readonly to: string } | undefined;
  /** False when every origin of the canonical operator failed for this file. */
  readonly canonicalReachable: boolean;
  /** Put into the local repository by another tool. */
  readonly local?: boolean | undefined;
  /** A file that repositories publish without checksum files (`.asc`): its absence is no failure. */
  readonly checksumFileExempt?: boolean | undefined;
  /** A signature that the signature policy found good. */
  readonly signature?: { /** Upper-case hex. */ readonly fingerprint: string } | undefined;
}

/** What further evidence could change a refusal. */
export type Need = 'canonical-checksum' | 'other-checksums' | 'signature';

/** One operator's word on a file's checksum. */
export interface Witness {
  readonly operator: string;
  /** Base URL of the mirror that said it. */
  readonly mirror: string;
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
  /** The file has this checksum. */
  readonly agrees: boolean;
}

export interface Accepted {
  readonly ok: true;
  /** The strongest of the proofs. */
  readonly level: Level;
  /** Strongest first. */
  readonly proofs: readonly Proof[];
  /** The best published checksum that the body has, and who published it; null when none did. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly source: string } | null;
  readonly warnings: readonly string[];
  /** Mirrors whose claims were wrong: to be quarantined for this path. */
  readonly dissenters: readonly string[];
  /** Who said what, by operator and mirror. Unknown operators and words over plain http are no witnesses. */
  readonly witnesses: readonly Witness[];
}

export interface Refused {
  readonly ok: false;
  readonly code: 'ERR_CHECKSUM' | 'ERR_QUORUM' | 'ERR_SIGNATURE' | 'ERR_LOCKFILE';
  readonly reason: 'mismatch' | 'missing' | 'malformed' | 'weak' | 'changed' | 'too-few' | 'disagreement' | SignatureStatus;
  readonly message: string;
  readonly hint?: string | undefined;
  /** `sha1 …` */
  readonly expected?: string | undefined;
  readonly actual?: string | undefined;
  readonly dissenters?: readonly string[] | undefined;
  /** Fetch these and ask again, once; absent when nothing would help. */
  readonly needs?: readonly Need[] | undefined;
}

export type Verdict = Accepted | Refused;
