/**
 * Checks a digest with the openpgp package: DSA, and ECDSA over the NIST curves.
 *
 * The package hashes whatever it verifies. Here the digest is already known, so we build a signature packet with only the numbers and set
 * its digest (`hashed`, which the package's types do not show; a test guards it).
 */
import type { PublicKeyPacket } from 'openpgp';

import { concatBytes } from './byte-reader.js';
import type { KeyPacket } from './key-packet.js';
import type { SignaturePacket } from './signature-packet.js';

const keys = new WeakMap<KeyPacket, Promise<PublicKeyPacket | null>>();

/** Also false if the package cannot read the key. */
export async function verifyByOpenpgp(key: KeyPacket, signature: SignaturePacket, digest: Uint8Array): Promise<boolean> {
  const { SignaturePacket: Packet, config } = await import('openpgp');
  const reading = keys.get(key) ?? readKey(key);
  keys.set(key, reading);
  const keyPacket = await reading;
  if (keyPacket === null) return false;
  const bytes = concatBytes([
    // Version, type, algorithms; a creation time in 1970 as the only hashed subpacket, none unhashed.
    Uint8Array.of(4, 0, signature.algorithm, signature.hash.number, 0, 6, 5, 2, 0, 0, 0, 0, 0, 0),
    digest.subarray(0, 2),
    signature.parameters,
  ]);
  try {
    const packet = new Packet();
    packet.read(bytes);
    Object.assign(packet, { hashed: digest, issuerKeyID: keyPacket.getKeyID() });
    // The policy decides elsewhere which algorithms are weak.
    const everything = { ...config, rejectHashAlgorithms: new Set<never>(), rejectMessageHashAlgorithms: new Set<never>() };
    await packet.verify(keyPacket, 0, new Uint8Array(0), undefined, true, everything);
    return true;
  } catch {
    // The package throws if a signature does not match, and also if the numbers are out of range.
    return false;
  }
}

async function readKey(key: KeyPacket): Promise<PublicKeyPacket | null> {
  const { PublicKeyPacket: Packet } = await import('openpgp');
  try {
    const packet = new Packet();
    await packet.read(key.body);
    return packet;
  } catch {
    return null;
  }
}
