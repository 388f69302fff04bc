/** Signatures over keys and user IDs: the data they sign, and whether they match (RFC 9580 section 5.2.4). */
import { createHash } from 'node:crypto';

import { concatBytes } from '../packet/byte-reader.js';
import { keyForHash, type KeyPacket } from '../packet/key-packet.js';
import type { SignaturePacket } from '../packet/signature-packet.js';
import { fitsDigest } from '../packet/verify-digest.js';

/** The part of a certificate that a signature covers, besides the primary key, which every signature covers. */
export interface KeySignatureTarget {
  readonly primary: KeyPacket;
  /** Body of the user ID packet. */
  readonly userId?: Uint8Array | undefined;
  readonly subkey?: KeyPacket | undefined;
}

/**
 * Whether `signer` made the signature over the target; not whether signer or signature are otherwise valid.
 *
 * As in GnuPG, MD5 never counts, and neither does a signature with an unknown critical subpacket.
 */
export async function isKeySignatureBy(signer: KeyPacket, signature: SignaturePacket, target: KeySignatureTarget): Promise<boolean> {
  if (signature.hash.hash === 'md5' || signature.unknownCritical) return false;
  const bytes = concatBytes([signature.salt, ...targetBytes(signature, target), signature.trailer]);
  const digest = createHash(signature.hash.hash).update(bytes).digest();
  return fitsDigest(signer, signature, { digest, parts: () => partsOf(bytes), small: true });
}

function targetBytes(signature: SignaturePacket, { primary, userId, subkey }: KeySignatureTarget): readonly Uint8Array[] {
  const parts = [keyForHash(primary.body, signature.version)];
  if (subkey !== undefined) parts.push(keyForHash(subkey.body, signature.version));
  if (userId !== undefined) {
    const { length } = userId;
    // Version 3 signatures hash a user ID without a header.
    if (signature.version !== 3) parts.push(Uint8Array.of(0xb4, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255));
    parts.push(userId);
  }
  return parts;
}

async function* partsOf(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
