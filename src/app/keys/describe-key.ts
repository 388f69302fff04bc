/** A key for people and programs: what it says of itself, checked, and what the web of trust makes of it. */
import type { Certificate, PublicKey, Revocation, RevocationReason } from '../../proof/openpgp/certificate/certificate.js';
import type { Ownertrust } from '../../proof/openpgp/certificate/certificate-source.js';
import type { KeyValidity, Validity } from '../../proof/openpgp/web-of-trust/validity.js';

/** A revocation. Times are ISO 8601. */
export interface RevocationDescription {
  readonly reason: RevocationReason;
  /** The revoker's own words, NOT escaped. */
  readonly text: string;
  readonly madeAt: string;
}

/** What primary keys and subkeys have in common. */
export interface KeyFacts {
  /** Upper-case hex, 40 digits (version 4) or 64 (version 6). */
  readonly fingerprint: string;
  /** 16 upper-case hex digits. */
  readonly keyId: string;
  /** `RSA 4096`, `Ed25519`, `ECDSA P-256`, … */
  readonly algorithm: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** ISO 8601; null: never. */
  readonly expiresAt: string | null;
  readonly revocation: RevocationDescription | null;
  readonly maySign: boolean;
}

/** A user ID of a key, with its validity. */
export interface UserIdDescription {
  /** As it is written, NOT escaped. */
  readonly text: string;
  readonly validity: Validity;
  /** The key itself signed it; else anybody may have written it there. */
  readonly selfSigned: boolean;
  readonly primary: boolean;
}

export interface SubkeyDescription extends KeyFacts {
  /** False: nothing shows that it belongs to the key, and it counts for nothing. */
  readonly bound: boolean;
}

export interface KeyDescription extends KeyFacts {
  /** 4 or 6. */
  readonly version: number;
  /** How sure it is that the key belongs to whom it names, by the web of trust; `invalid`: it signed nothing of itself as it must. */
  readonly validity: KeyValidity['key'];
  /** How far its owner is trusted to certify others. */
  readonly ownertrust: Ownertrust;
  readonly userIds: readonly UserIdDescription[];
  readonly subkeys: readonly SubkeyDescription[];
  /** Keyrings that hold it. */
  readonly keyrings: readonly string[];
}

/** @param validity null where the web of trust does not know the key */
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

/** A key may say that it expires after the year 275,760, where JavaScript's time ends. */
export function isoTime(ms: number): string {
  return new Date(Math.min(ms, 8.64e15)).toISOString();
}
