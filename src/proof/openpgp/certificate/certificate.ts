/**
 * A certificate (transferable public key) at one point in time, judged by its own signatures.
 *
 * Certifications by other keys are kept unchecked: checking them needs those keys, and most are never used. `Certification.isBy` checks
 * one.
 */

/** Why a key or user ID was revoked. Source: RFC 9580 section 5.2.3.31. */
export type RevocationReason = 'unspecified' | 'superseded' | 'compromised' | 'retired' | 'user-id-invalid';

export interface Revocation {
  readonly reason: RevocationReason;
  /** The revoker's own text, NOT escaped. */
  readonly text: string;
  readonly madeAtMs: number;
  /** Whether the reason is a compromise, or unstated: then nothing that this key ever signed can be trusted. */
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
  /** As stated by the newest valid self-signature; null if it never expires. */
  readonly expiresAtMs: number | null;
  readonly revocation: Revocation | null;
  readonly maySign: boolean;
  readonly mayCertify: boolean;
  /** Body of its packet (RFC 9580 section 5.5.2): the input for checking signatures. */
  readonly packet: Uint8Array;
}

/** A subkey. If `bound` is false it is ignored: it has no valid binding or, for a signing key, no valid signature by itself on that binding. */
export interface Subkey extends PublicKey {
  readonly bound: boolean;
}

/** A signature on a user ID by another key, or the revocation of one; not checked. */
export interface Certification {
  /** The key ID that it names as its issuer; null if it names none. */
  readonly issuerKeyId: string | null;
  readonly issuerFingerprint: string | null;
  /** Signature type: 0x10 to 0x13 certify (0x11, a persona, is below GnuPG's min-cert-level 2 and does not count), 0x30 revokes. */
  readonly signatureType: number;
  readonly isRevocation: boolean;
  /** False if the issuer declared that later revocations do not count (subpacket 7 with value 0). */
  readonly revocable: boolean;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  /**
   * `sha1`, `sha256`, … MD5 certifications by others never count, and neither do SHA-1 ones made after 2019-01-19 (GnuPG 2.2.18 and later).
   */
  readonly hash: string;
  /** Depth of a trust signature (RFC 9580 section 5.2.3.21); 0 for an ordinary certification. */
  readonly trustDepth: number;
  /** 0 to 255: 120 or more is full, 60 or more marginal. */
  readonly trustAmount: number;
  /** Regular expression that limits a trust signature (RFC 9580 section 5.2.3.22). */
  readonly trustRegexp: string | null;
  /**
   * Whether the primary key of `issuer` really made it, and it has no unknown critical subpacket. Costs about a millisecond; the result is
   * remembered. Does not consider hash, expiry, revocation and times: the web of trust judges them as GnuPG does.
   */
  isBy(issuer: Certificate): Promise<boolean>;
}

export interface UserId {
  /** As written, NOT escaped; bytes that are not UTF-8 are replaced. */
  readonly text: string;
  /** Whether a valid self-signature binds it. */
  readonly selfSigned: boolean;
  readonly primary: boolean;
  readonly expiresAtMs: number | null;
  readonly revocation: Revocation | null;
  /** In the order of the packets, including revocations: if two are equally old, GnuPG uses the later packet. */
  readonly certifications: readonly Certification[];
}

export interface Certificate extends PublicKey {
  readonly userIds: readonly UserId[];
  readonly subkeys: readonly Subkey[];
  /** The file or server it was read from, for messages. */
  readonly source: string;
  /** The time it was judged for. */
  readonly atMs: number;
  /**
   * Whether at least one self-signature is valid (it may have expired, or revoke a user ID), or the key has neither user IDs nor signatures
   * of its own, as some keyservers deliver it. Signatures by a key that is not valid do not count, and GnuPG gives it no validity in a web
   * of trust.
   */
  readonly valid: boolean;
}
