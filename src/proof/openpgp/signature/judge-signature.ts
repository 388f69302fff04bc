/**
 * Judges a signature that matches document and key by everything else: times, expiry, revocation, the uses of the key, and the strength of
 * its algorithms.
 *
 * Source: GnuPG 2.2.40 `check_signature2` for what makes a signature bad. Where GnuPG reports 'good, but the key has expired (was
 * revoked)', the time of the signature decides: a signature made while the key was valid is good, with a note. A key that may have been
 * stolen (revoked as compromised, or for no stated reason) makes no good signatures, whatever their dates.
 */
import type { SignatureFinding } from '../../signature-verdict.js';
import type { Certificate, PublicKey, Revocation } from '../certificate/certificate.js';
import { hasExpired } from '../certificate/self-signatures.js';
import { bitLength } from '../packet/byte-reader.js';
import { type KeyPacket, keyPacketOf } from '../packet/key-packet.js';
import type { SignaturePacket } from '../packet/signature-packet.js';
import type { Candidate } from './candidates.js';
import { dateOf, describeSignature, signerName, timeOf } from './finding.js';

/** How to treat SHA-1, RIPEMD-160, and RSA and DSA under 2048 bits. MD5 is never accepted, as in GnuPG. */
export interface WeakAlgorithms {
  /** `accept`: good, with a note. The others: `weak`; the trust policy decides the consequence. */
  readonly policy: 'accept' | 'warn' | 'fail';
  /** Milliseconds since 1970: signatures dated before it are accepted whatever the policy. */
  readonly until?: number | undefined;
}

type Judgement = Pick<SignatureFinding, 'status' | 'sentence'> & { readonly notes?: readonly string[] | undefined };

const fewestBits = 2048;

/** Never throws. */
export function judgeSignature(
  packet: SignaturePacket,
  key: KeyPacket,
  certificate: Certificate,
  options: { readonly atMs: number; readonly weak: WeakAlgorithms },
): SignatureFinding {
  const candidate: Candidate = { certificate, key };
  const signing = [certificate, ...certificate.subkeys].find(({ fingerprint }) => fingerprint === key.fingerprint) ?? certificate;
  const chain: readonly PublicKey[] = signing.fingerprint === certificate.fingerprint ? [certificate] : [certificate, signing];
  const notes: string[] = [];
  const judgement = checkUsage(packet, candidate, signing, options.atMs) ??
    checkRevocation(packet, candidate, chain, notes) ??
    checkExpiry(packet, candidate, chain, options.atMs, notes) ??
    checkStrength(packet, candidate, chain, options.weak, notes) ?? {
      status: 'good',
      sentence: `Signed on ${dateOf(packet.createdAtMs)} by ${signerName(candidate)}.`,
    };
  return { ...describeSignature(packet, candidate), status: judgement.status, sentence: judgement.sentence, notes };
}

function checkUsage(packet: SignaturePacket, candidate: Candidate, signing: PublicKey, atMs: number): Judgement | null {
  const bad = (sentence: string): Judgement => ({ status: 'bad', sentence });
  const { certificate, key } = candidate;
  const by = signerName(candidate);
  if (packet.unknownCritical) return bad(`The signature by ${by} has a critical part that is not understood, so it must not count.`);
  if (packet.createdAtMs > atMs)
    return bad(`The signature by ${by} says that it was made on ${timeOf(packet.createdAtMs)}, which is in the future.`);
  if (key.createdAtMs > packet.createdAtMs)
    return bad(
      `The signature by ${by} says that it was made on ${timeOf(packet.createdAtMs)}, before its key was, on ${timeOf(key.createdAtMs)}.`,
    );
  if (!certificate.valid) return bad(`The key ${by} has no valid signature of its own, so nothing says what it may do.`);
  const isSubkey = signing.fingerprint !== certificate.fingerprint;
  if (isSubkey && !certificate.subkeys.some(({ bound, fingerprint }) => bound && fingerprint === signing.fingerprint)) {
    return bad(`The subkey ${key.fingerprint} is not validly bound to the key ${by}, or has not signed it in turn.`);
  }
  if (!signing.maySign) return bad(`The key ${key.fingerprint} of ${by} may not sign files: it is for other purposes, such as encryption.`);
  return null;
}

function checkRevocation(packet: SignaturePacket, candidate: Candidate, chain: readonly PublicKey[], notes: string[]): Judgement | null {
  for (const { revocation, fingerprint } of chain) {
    if (revocation === null) continue;
    const when = `revoked on ${dateOf(revocation.madeAtMs)} ${reasonText[revocation.reason]}`;
    if (revocation.hard || packet.createdAtMs >= revocation.madeAtMs) {
      return {
        status: 'revoked',
        sentence: `The key ${fingerprint} of ${signerName(candidate)}, which made the signature of ${dateOf(packet.createdAtMs)}, was ${when}.`,
      };
    }
    notes.push(`the key ${fingerprint} was ${when}, after it made this signature`);
  }
  return null;
}

const reasonText: Readonly<Record<Revocation['reason'], string>> = {
  unspecified: 'for no stated reason',
  superseded: 'because another key took its place',
  compromised: 'because it was compromised',
  retired: 'because it is no longer used',
  'user-id-invalid': 'because its user ID is no longer valid',
};

function checkExpiry(
  packet: SignaturePacket,
  candidate: Candidate,
  chain: readonly PublicKey[],
  atMs: number,
  notes: string[],
): Judgement | null {
  const by = signerName(candidate);
  if (packet.expiresAtMs !== null && hasExpired(packet, atMs)) {
    return { status: 'expired', sentence: `The signature by ${by} expired on ${dateOf(packet.expiresAtMs)}.` };
  }
  for (const { expiresAtMs, fingerprint } of chain) {
    if (expiresAtMs === null || expiresAtMs >= atMs) continue;
    if (packet.createdAtMs > expiresAtMs) {
      return {
        status: 'expired',
        sentence: `The signature by ${by} was made on ${timeOf(packet.createdAtMs)}, after the key ${fingerprint} had expired on ${timeOf(expiresAtMs)}.`,
      };
    }
    notes.push(`the key ${fingerprint} has expired since, on ${dateOf(expiresAtMs)}`);
  }
  return null;
}

function checkStrength(
  packet: SignaturePacket,
  candidate: Candidate,
  chain: readonly PublicKey[],
  { policy, until }: WeakAlgorithms,
  notes: string[],
): Judgement | null {
  const weak = [
    ...(packet.hash.weak ? [`the hash ${packet.hash.name}`] : []),
    ...chain.flatMap(({ packet: body, algorithm }) => (isWeakKey(keyPacketOf(body)) ? [`a key of ${algorithm}`] : [])),
  ];
  if (weak.length === 0) return null;
  const what = [...new Set(weak)].join(' and ');
  const accepted = policy === 'accept' || (until !== undefined && packet.createdAtMs < until);
  if (accepted && packet.hash.hash !== 'md5') {
    notes.push(`it uses ${what}, which is weak`);
    return null;
  }
  return {
    status: 'weak',
    sentence: `The signature of ${dateOf(packet.createdAtMs)} by ${signerName(candidate)} uses ${what}, which is too weak to count.`,
  };
}

function isWeakKey({ material }: KeyPacket): boolean {
  switch (material.kind) {
    case 'rsa':
      return bitLength(material.n) < fewestBits;
    case 'dsa':
      return bitLength(material.p) < fewestBits;
    default:
      return false;
  }
}
