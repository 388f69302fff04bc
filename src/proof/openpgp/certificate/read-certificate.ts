/** Reads a certificate and judges it by its own signatures, at one point in time. */
import { createHash } from 'node:crypto';

import { usageOfAlgorithm } from '../packet/algorithms.js';
import { keyObjectOf } from '../packet/key-object.js';
import type { KeyPacket } from '../packet/key-packet.js';
import { isMalformed } from '../packet/malformed.js';
import { hashedSubpacket, secondsOf, type SignaturePacket, signatureType } from '../packet/signature-packet.js';
import { subpacketType } from '../packet/subpackets.js';
import type { Certificate, PublicKey, Subkey, UserId } from './certificate.js';
import type { CertificateBytes, CertificateSource } from './certificate-source.js';
import { certificationsOf } from './certification.js';
import { parseComponents } from './components.js';
import { designatedRevocations } from './designated-revoker.js';
import { checkSelfSignatures, hasExpired, revocationOf, type SelfSigned, type SignedSubkey, type SignedUserId } from './self-signatures.js';

/** Reads a certificate; null if it is malformed or not supported. */
export type CertificateReader = (bytes: CertificateBytes) => Promise<Certificate | null>;

/**
 * Creates a reader that caches certificates by their bytes.
 *
 * @param atMs the time to judge for, milliseconds since 1970
 * @param find looks up keys that may revoke others (designated revokers, RFC 9580 section 5.2.3.23); without it their revocations do not
 * count
 */
export function createCertificateReader(atMs: number, find?: CertificateSource['find']): CertificateReader {
  const known = new Map<string, Promise<Certificate | null>>();
  // Most keyrings return the same object each time, which saves the hashing.
  const handedOut = new WeakMap<CertificateBytes, Promise<Certificate | null>>();
  return (certificate) => {
    const before = handedOut.get(certificate);
    if (before !== undefined) return before;
    const digest = createHash('sha256').update(certificate.bytes).digest('hex');
    const reading = known.get(digest) ?? readCertificate(certificate, atMs, find);
    known.set(digest, reading);
    handedOut.set(certificate, reading);
    return reading;
  };
}

/**
 * Reads the certificate as of a time; null if it is malformed, or of a version other than 4 and 6.
 *
 * @param atMs milliseconds since 1970
 * @param find as for {@link createCertificateReader}
 * @throws whatever `find` throws, and nothing else
 */
export async function readCertificate(
  certificate: CertificateBytes,
  atMs: number,
  find?: CertificateSource['find'],
): Promise<Certificate | null> {
  try {
    const components = parseComponents(certificate.bytes);
    const designated = find === undefined ? [] : await designatedRevocations(components, atMs, find);
    return createCertificate(components.key, await checkSelfSignatures(components, atMs, designated), certificate.source, atMs);
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return null;
  }
}

function createCertificate(key: KeyPacket, signed: SelfSigned, source: string, atMs: number): Certificate {
  const userIds = signed.userIds.filter(({ signature }) => signature !== null);
  const applicable = userIds.flatMap(({ signature }) =>
    signature === null || isRevocation(signature) || hasExpired(signature, atMs) ? [] : [signature],
  );
  return {
    ...publicKey(
      key,
      flagsOf(signed.direct) ?? flagsOf(newestWith(applicable, (signature) => flagsOf(signature) !== null)),
      expiryOfPrimary(key, signed.direct, applicable),
      signed.revocation,
    ),
    // RFC 9580 section 5.2.3.29: a primary key may certify, whatever its flags.
    mayCertify: usageOfAlgorithm(key.algorithm).certify,
    userIds: readUserIds(key, signed.userIds, atMs),
    subkeys: signed.subkeys.map((subkey) => readSubkey(subkey)),
    source,
    atMs,
    valid: signed.direct !== null || userIds.length > 0 || signed.bare,
  };
}

function publicKey(key: KeyPacket, flags: KeyFlags | null, expiresAtMs: number | null, revocation: PublicKey['revocation']): PublicKey {
  const usage = usageOfAlgorithm(key.algorithm);
  return {
    fingerprint: key.fingerprint,
    keyId: key.keyId,
    version: key.version,
    algorithm: key.name,
    createdAtMs: key.createdAtMs,
    expiresAtMs,
    revocation,
    maySign: usage.sign && (flags?.sign ?? true),
    mayCertify: usage.certify && (flags?.certify ?? true),
    packet: key.body,
  };
}

function readSubkey({ component: { key }, binding, revocation, crossCertified }: SignedSubkey): Subkey {
  const flags = binding === null ? { certify: false, sign: false } : flagsOf(binding);
  const subkey = publicKey(key, flags, binding === null ? null : expiryBy(binding, key), revocation);
  return { ...subkey, bound: binding !== null && (!subkey.maySign || (crossCertified && keyObjectOf(key.material) !== null)) };
}

interface KeyFlags {
  readonly certify: boolean;
  readonly sign: boolean;
}

/** Null if the signature has no flags: then the algorithm decides. Empty flags forbid everything. */
function flagsOf(signature: SignaturePacket | null): KeyFlags | null {
  const body = signature === null ? null : hashedSubpacket(signature, subpacketType.keyFlags, 0);
  const flags = body?.[0] ?? 0;
  return body === null ? null : { certify: (flags & 1) !== 0, sign: (flags & 2) !== 0 };
}

/** As in GnuPG: the direct-key signature decides; otherwise the newest user ID with an expiry. */
function expiryOfPrimary(key: KeyPacket, direct: SignaturePacket | null, userIds: readonly SignaturePacket[]): number | null {
  const own = direct === null ? null : expiryBy(direct, key);
  if (own !== null) return own;
  const newest = newestWith(userIds, (signature) => expiryBy(signature, key) !== null);
  return newest === null ? null : expiryBy(newest, key);
}

function expiryBy(signature: SignaturePacket, key: KeyPacket): number | null {
  const body = hashedSubpacket(signature, subpacketType.keyExpires, 4);
  const seconds = body === null ? 0 : secondsOf(body);
  return seconds === 0 ? null : key.createdAtMs + seconds * 1000;
}

/** Returns the newest signature that has the property; of equally new ones the first. */
function newestWith(signatures: readonly SignaturePacket[], has: (signature: SignaturePacket) => boolean): SignaturePacket | null {
  let newest: SignaturePacket | null = null;
  for (const signature of signatures)
    if (has(signature) && (newest === null || signature.createdAtMs > newest.createdAtMs)) newest = signature;
  return newest;
}

function isRevocation({ type }: SignaturePacket): boolean {
  return type === signatureType.certificationRevocation;
}

function readUserIds(key: KeyPacket, signed: readonly SignedUserId[], atMs: number): readonly UserId[] {
  const primary = primaryOf(signed, atMs);
  return signed.map((userId) => {
    const { component, signature } = userId;
    const revoked = signature !== null && isRevocation(signature);
    return {
      text: Buffer.from(component.body).toString('utf8'),
      selfSigned: signature !== null && !revoked,
      primary: userId === primary,
      expiresAtMs: revoked ? null : (signature?.expiresAtMs ?? null),
      revocation: revoked ? revocationOf(signature) : null,
      certifications: certificationsOf(key, component),
    };
  });
}

/** Returns the newest user ID marked as primary; otherwise the newest; otherwise, of those without a valid signature, the greatest. */
function primaryOf(signed: readonly SignedUserId[], atMs: number): SignedUserId | null {
  const createdAt = ({ signature }: SignedUserId): number =>
    signature === null || isRevocation(signature) || hasExpired(signature, atMs) ? 0 : signature.createdAtMs;
  const isMarked = (userId: SignedUserId): boolean =>
    createdAt(userId) > 0 &&
    userId.signature !== null &&
    (hashedSubpacket(userId.signature, subpacketType.primaryUserId, 1)?.[0] ?? 0) !== 0;
  const marked = signed.filter(isMarked);
  return greatest(
    marked.length > 0 ? marked : signed,
    (a, b) => createdAt(a) - createdAt(b) || compareText(a.component.body, b.component.body),
  );
}

function greatest<Item>(items: readonly Item[], compare: (a: Item, b: Item) => number): Item | null {
  let best: Item | null = null;
  for (const item of items) if (best === null || compare(item, best) > 0) best = item;
  return best;
}

/** Compares as GnuPG's `cmp_user_ids`: by length, then by bytes. */
function compareText(a: Uint8Array, b: Uint8Array): number {
  return a.length - b.length || Buffer.compare(a, b);
}
