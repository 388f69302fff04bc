/** Describes findings for the user. All untrusted text is escaped. */
import { escapeForDisplay } from '../../../base/escape.js';
import type { SignatureFinding } from '../../signature-verdict.js';
import type { Certificate } from '../certificate/certificate.js';
import type { SignaturePacket } from '../packet/signature-packet.js';
import type { Candidate } from './candidates.js';

const longestShownUserId = 100;

/** Collects the facts about a signature, without status and sentence. */
export function describeSignature(
  packet: SignaturePacket,
  { certificate, key }: Candidate,
): Omit<SignatureFinding, 'status' | 'sentence' | 'notes'> {
  return {
    fingerprint: certificate.fingerprint,
    signingKey: key.fingerprint,
    keyId: packet.issuerKeyId,
    userId: primaryUserId(certificate),
    signedAtMs: packet.createdAtMs,
    algorithm: key.name,
    hash: packet.hash.name,
  };
}

/** @param packet the signature packet, if it could be read */
export function malformedFinding(sentence: string, packet?: SignaturePacket): SignatureFinding {
  return {
    status: 'malformed',
    fingerprint: null,
    signingKey: packet?.issuerFingerprint ?? null,
    keyId: packet?.issuerKeyId ?? null,
    userId: null,
    signedAtMs: packet?.createdAtMs ?? null,
    algorithm: null,
    hash: null,
    sentence,
    notes: [],
  };
}

export function unknownKeyFinding(packet: SignaturePacket): SignatureFinding {
  const issuer = packet.issuerFingerprint ?? packet.issuerKeyId;
  const sentence =
    issuer === null
      ? `A signature of ${dateOf(packet.createdAtMs)} does not say which key made it.`
      : `The key ${issuer}, which a signature of ${dateOf(packet.createdAtMs)} names, is in none of the keyrings.`;
  return { ...malformedFinding(sentence, packet), status: 'unknown-key', hash: packet.hash.name };
}

export function badFinding(packet: SignaturePacket, candidate: Candidate): SignatureFinding {
  return {
    ...describeSignature(packet, candidate),
    status: 'bad',
    sentence: `The signature does not fit the file: file or signature were changed, or the key ${signerName(candidate)} did not make it.`,
    notes: [],
  };
}

/** Formats `Rich Hickey <rich@example.org> (FINGERPRINT)`, escaped. */
export function signerName({ certificate }: Candidate): string {
  const userId = primaryUserId(certificate);
  return userId === null ? certificate.fingerprint : `${escapeForDisplay(userId, longestShownUserId)} (${certificate.fingerprint})`;
}

/** Formats `2024-05-01`, in UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Formats `2024-05-01 12:00:00 UTC`. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function primaryUserId({ userIds }: Certificate): string | null {
  return userIds.find(({ primary }) => primary)?.text ?? null;
}
