/**
 * A certificate (transferable public key) as it stands at one time: what its own signatures say, checked.
 *
 * Certifications by others are carried unchecked, since checking needs their keys and most are never asked about:
 * `Certification.isBy` does it.
 */

/** Why a key or user ID was revoked. Source: RFC 9580 section 5.2.3.31. */
export type RevocationReason = 'unspecified' | 'superseded' | 'compromised' | 'retired' | 'user-id-invalid';

export interface Revocation {
  readonly reason: RevocationReason;
  /** The revoker's own words, NOT escaped. */
  readonly text: string;
  readonly madeAtMs: number;
  /** Compromised, or for no stated reason: nothing this key ever signed is to be believed. */
  readonly hard: boolean;
}

export interface PublicKey {
  /** Upper-case hex, 40 digits (version 4) or 64 (version 6). */
  readonly fingerprint: string;
  /** 16 upper-case hex digits. */
  readonly keyId: string;
  readonly version: number;
  /** `RSA 4096`, `DSA 1024`, `Ed25519`, `ECDSA P-256`, … */
  readonly algorithm: string;
  readonly createdAtMs: number;
  /** As the newest valid self-signature states; null: never. */
  readonly expiresAtMs: number | null;
  readonly revocation: Revocation | null;
  readonly maySign: boolean;
  readonly mayCertify: boolean;
  /** Body of its packet (RFC 9580 section 5.5.2): what signatures are checked with. */
  readonly packet: Uint8Array;
}

/** A subkey. If `bound` is false it is ignored: it has no valid binding or, for a signing key, no valid signature by itself on that binding. */
export interface Subkey extends PublicKey {
  readonly bound: boolean;
}

/** A signature on a user ID by another key, or its revocation; not checked. */
export interface Certification {
  /** Key ID that it names as its issuer; null where it names none. */
  readonly issuerKeyId: string | null;
  readonly issuerFingerprint: string | null;
  /** Signature type: 0x10 to 0x13 certify (0x11, a persona, is below GnuPG's min-cert-level 2 and does not count), 0x30 revokes. */
  readonly signatureType: number;
  readonly isRevocation: boolean;
  /** False: the issuer said that no later revocation counts (subpacket 7 with value 0). */
  readonly revocable: boolean;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /** `sha1`, `sha256`, …: MD5 certifications by others never count, nor SHA-1 ones made after 2019-01-19 (GnuPG 2.2.18 and later). */
  readonly hash: string;
  /** Trust signature (RFC 9580 section 5.2.3.21): 0 is an ordinary certification. */
  readonly trustDepth: number;
  /** 0 to 255: 120 and more is full, 60 and more marginal. */
  readonly trustAmount: number;
  /** Regular expression that limits a trust signature (RFC 9580 section 5.2.3.22). */
  readonly trustRegexp: string | null;
  /**
   * Whether it is what it claims: made by the primary key of `issuer`, cryptographically. Costs about a millisecond; remembered.
   * Hash, expiry, revocation and times are not its business (the web of trust judges them as GnuPG does); an unknown critical subpacket is.
   */
  isBy(issuer: Certificate): Promise<boolean>;
}

export interface UserId {
  /** As written, NOT escaped; bytes that are not UTF-8 are replaced. */
  readonly text: string;
  /** A valid self-signature binds it. */
  readonly selfSigned: boolean;
  readonly primary: boolean;
  readonly expiresAtMs: number | null;
  readonly revocation: Revocation | null;
  /** In the order of the packets, revocations too: among equally old ones GnuPG takes the later. */
  readonly certifications: readonly Certification[];
}

export interface Certificate extends PublicKey {
  readonly userIds: readonly UserId[];
  readonly subkeys: readonly Subkey[];
  /** Where it was read from, for messages. */
  readonly source: string;
  /** The time it was judged for. */
  readonly atMs: number;
  /**
   * At least one self-signature is valid, also one that has expired or revokes a user ID; or the key has neither user
   * IDs nor signatures of its own, as some keyservers hand them out. Signatures by a key that is not valid do not count,
   * and GnuPG gives it no validity in a web of trust.
   */
  readonly valid: boolean;
}
