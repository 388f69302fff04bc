/** Describes a key: its own statements, checked, and its validity in the web of trust. */
import type { Certificate, PublicKey, Revocation, RevocationReason } from '../../proof/openpgp/certificate/certificate.js';
import type { Ownertrust } from '../../proof/openpgp/certificate/certificate-source.js';
import type { KeyValidity, Validity } from '../../proof/openpgp/web-of-trust/validity.js';

/** A revocation. Times are ISO 8601. */
export interface RevocationDescription {
  readonly reason: RevocationReason;
  /** The revoker's explanation, NOT escaped. */
  readonly text: string;
  readonly madeAt: string;
}

/** Facts about a primary key or a subkey. */
export interface KeyFacts {
  /** Upper-case hex, 40 digits (version 4) or 64 (version 6). */
  readonly fingerprint: string;
  /** 16 upper-case hex digits. */
  readonly keyId: string;
  /** `RSA 4096`, `Ed25519`, `ECDSA P-256`, … */
  readonly algorithm: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; null if it never expires. */
  readonly expiresAt: string | null;
  readonly revocation: RevocationDescription | null;
  readonly maySign: boolean;
}

/** A user ID of a key, with its validity. */
export interface UserIdDescription {
  /** As the key has it, NOT escaped. */
  readonly text: string;
  readonly validity: Validity;
  /** Whether the key itself signed it. If not, anyone may have added it. */
  readonly selfSigned: boolean;
  readonly primary: boolean;
}

/** A subkey of a key. */
export interface SubkeyDescription extends KeyFacts {
  /** Whether it is proven to belong to the key. If not, it is ignored. */
  readonly bound: boolean;
}

/** A key, as `keys show` describes it. */
export interface KeyDescription extends KeyFacts {
  /** 4 or 6. */
  readonly version: number;
  /**
   * How certain the web of trust is that the key belongs to the person it names; `invalid`: the key lacks the self-signatures that it must
   * have.
   */
  readonly validity: KeyValidity['key'];
  /** How far its owner is trusted to certify other keys. */
  readonly ownertrust: Ownertrust;
  readonly userIds: readonly UserIdDescription[];
  readonly subkeys: readonly SubkeyDescription[];
  /** Paths of the keyrings that have it, each once. */
  readonly keyrings: readonly string[];
}

/**
 * Describes a certificate.
 * @param validity null if the web of trust does not know the key
 */
export function describeKey(certificate: Certificate, validity: KeyValidity | null, keyrings: readonly string[]): KeyDescription {
  const validityOf = (text: string): Validity => validity?.userIds.find((userId) => userId.text === text)?.validity ?? 'unknown';
  return {
    ...factsOf(certificate),
    version: certificate.version,
    validity: validity?.key ?? 'unknown',
    ownertrust: validity?.ownertrust ?? 'unknown',
    userIds: certificate.userIds.map(({ text, selfSigned, primary }) => ({ text, validity: validityOf(text), selfSigned, primary })),
    subkeys: certificate.subkeys.map((subkey) => ({ ...factsOf(subkey), bound: subkey.bound })),
    keyrings: [...new Set(keyrings)],
  };
}

function factsOf({ fingerprint, keyId, algorithm, createdAtMs, expiresAtMs, revocation, maySign }: PublicKey): KeyFacts {
  return {
    fingerprint,
    keyId,
    algorithm,
    createdAt: isoTime(createdAtMs),
    expiresAt: expiresAtMs === null ? null : isoTime(expiresAtMs),
    revocation: revocation === null ? null : describeRevocation(revocation),
    maySign,
  };
}

function describeRevocation({ reason, text, madeAtMs }: Revocation): RevocationDescription {
  return { reason, text, madeAt: isoTime(madeAtMs) };
}

/** Formats a time. A key may claim to expire after the year 275,760, at which JavaScript's dates end. */
export function isoTime(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toISOString();
}
