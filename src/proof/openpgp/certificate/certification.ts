/** Signatures by other keys on a user ID, not checked until a caller asks for it. */
import { type KeyPacket, keyPacketOf } from '../packet/key-packet.js';
import { hashedSubpacket, type SignaturePacket, signatureType } from '../packet/signature-packet.js';
import { subpacketType } from '../packet/subpackets.js';
import type { Certificate, Certification } from './certificate.js';
import type { UserIdComponent } from './components.js';
import { isKeySignatureBy } from './key-signature.js';

/** Returns the certifications in the order of the certificate. */
export function certificationsOf(primary: KeyPacket, { body: userId, signatures }: UserIdComponent): readonly Certification[] {
  return signatures.flatMap((signature) => {
    const packet = signature.packet();
    if (packet === null || packet.issuerKeyId === primary.keyId || !isCertification(packet)) return [];
    return [createCertification(primary, userId, packet)];
  });
}

function isCertification({ type }: SignaturePacket): boolean {
  return (type >= signatureType.certifyFirst && type <= signatureType.certifyLast) || type === signatureType.certificationRevocation;
}

function createCertification(primary: KeyPacket, userId: Uint8Array, packet: SignaturePacket): Certification {
  const trust = hashedSubpacket(packet, subpacketType.trust, 2);
  const expression = trust === null ? null : hashedSubpacket(packet, subpacketType.regularExpression, 1);
  const known = new Map<string, Promise<boolean>>();
  return {
    issuerKeyId: packet.issuerKeyId,
    issuerFingerprint: packet.issuerFingerprint,
    signatureType: packet.type,
    isRevocation: packet.type === signatureType.certificationRevocation,
    createdAtMs: packet.createdAtMs,
    // GnuPG treats a certification with a lifetime of 0 as expired.
    expiresAtMs: packet.expiresAtMs ?? (hashedSubpacket(packet, subpacketType.signatureExpires, 4) === null ? null : packet.createdAtMs),
    hash: packet.hash.hash,
    trustDepth: trust?.[0] ?? 0,
    trustAmount: trust?.[1] ?? 0,
    trustRegexp: expression === null ? null : textOfExpression(expression),
    revocable: hashedSubpacket(packet, subpacketType.revocable, 1)?.[0] !== 0,
    isBy(issuer: Certificate): Promise<boolean> {
      const { keyId, fingerprint } = issuer;
      if (packet.issuerKeyId !== null && packet.issuerKeyId !== keyId) return Promise.resolve(false);
      const checking = known.get(fingerprint) ?? isKeySignatureBy(keyPacketOf(issuer.packet), packet, { primary, userId });
      known.set(fingerprint, checking);
      return checking;
    },
  };
}

/** It ends in a zero byte (RFC 9580 section 5.2.3.22). */
function textOfExpression(bytes: Uint8Array): string | null {
  const end = bytes.indexOf(0);
  const text = Buffer.from(end === -1 ? bytes : bytes.subarray(0, end)).toString('utf8');
  return text === '' ? null : text;
}
