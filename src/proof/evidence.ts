/** The verifier's input (evidence) and output (verdict). */
import type { ChecksumAlgorithm, ChecksumClaim, Digests } from './checksum/claim.js';
import type { Level } from './level.js';
import type { Proof } from './proof.js';
import type { SignatureStatus } from './signature-verdict.js';

/** The mirror that served the body. */
export interface Server {
  /** Base URL, display form without credentials; the same string as in that mirror's claims. */
  readonly mirror: string;
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /** Whether the body came over verified https (or from a local file). */
  readonly secure: boolean;
}

/** A checksum that one of the user's own files requires. */
export interface Pin {
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
  /** Other accepted values, lower-case hex. */
  readonly alternatives?: readonly string[] | undefined;
  /** File that holds the pin, for messages: `clojars-fetch.lock`, `.mvn/checksums/checksums-central.sha512`. */
  readonly source: string;
  /** Level of the file when it was locked; only for a lockfile's pin. */
  readonly lockedLevel?: Level | undefined;
}

/** Everything known about one file when it is judged. */
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
  /** Repository ids, set if the file was first seen in a repository other than the one serving it now. For the message. */
  readonly moved?: { readonly from: string; readonly to: string } | undefined;
  /** False if every origin of the canonical operator failed for this file. */
  readonly canonicalReachable: boolean;
  /** Whether the file was found in the local repository: it may then be used without any other proof. */
  readonly local?: boolean | undefined;
  /** Proofs that an earlier run found for the same bytes, under the same policy for checksums. Pins and signatures do not count. */
  readonly earlier?: readonly Proof[] | undefined;
  /**
   * Whether repositories publish this kind of file without checksum files (`.asc`), so that a missing one is not a failure at a mirror
   * whose own checksum would suffice. It does not replace a proof: an untrusted mirror or a minimum level still requires one.
   */
  readonly checksumFileExempt?: boolean | undefined;
  /** A signature that the signature policy found good. */
  readonly signature?: { /** Upper-case hex. */ readonly fingerprint: string } | undefined;
}

/** Further evidence that could change a refusal. */
export type Need = 'canonical-checksum' | 'other-checksums' | 'signature';

/** A checksum that one operator publishes for a file. */
export interface Witness {
  readonly operator: string;
  /** Base URL of the mirror that published it. */
  readonly mirror: string;
  readonly algorithm: ChecksumAlgorithm;
  /** Lower-case hex. */
  readonly value: string;
  /** Whether the file has this checksum. */
  readonly agrees: boolean;
}

export interface Accepted {
  readonly ok: true;
  /** The strongest of the proofs. */
  readonly level: Level;
  /** Strongest first. */
  readonly proofs: readonly Proof[];
  /** The strongest published checksum that matches, and the mirror that published it; null if none matches. */
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly source: string } | null;
  readonly warnings: readonly string[];
  /** Mirrors that published a wrong checksum: the caller quarantines them for this path. */
  readonly dissenters: readonly string[];
  /** The verdict without its signature, null if the file would be refused; applies if the signature turns out not to count. */
  readonly withoutSignature: { readonly level: Level; readonly proofs: readonly Proof[] } | null;
  /** Published checksums by operator and mirror. Unknown operators, and claims over plain http, are left out. */
  readonly witnesses: readonly Witness[];
  /** Mirrors that publish a matching checksum over plain http, where an attacker on the network path could have written it. */
  readonly overHttp: readonly string[];
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
  /** Evidence to fetch before judging once more; absent if nothing would help. */
  readonly needs?: readonly Need[] | undefined;
}

export type Verdict = Accepted | Refused;
