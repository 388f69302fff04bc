/**
 * Revocations of a key by another key that its owner designated for this (RFC 9580 section 5.2.3.23).
 *
 * Follows GnuPG 2.2.40's `check_revocation_keys`: every key named by a valid direct-key signature may revoke, even if it has itself been
 * revoked. GnuPG checks only if the key's own revocation is missing, which has the same effect.
 */
import { hexOf } from '../packet/byte-reader.js';
import { keyIdOf, type KeyPacket } from '../packet/key-packet.js';
import { isMalformed } from '../packet/malformed.js';
import { type SignaturePacket, signatureType } from '../packet/signature-packet.js';
import { subpacketType } from '../packet/subpackets.js';
import type { CertificateSource } from './certificate-source.js';
import { type CertificateComponents, parseComponents } from './components.js';
import { isKeySignatureBy } from './key-signature.js';

/** No honest key has so many; each costs a look-up and a verification. */
const maxRevokers = 20;

/** Returns the revocations that count. @throws whatever `find` throws */
export async function designatedRevocations(
  { key, signatures }: CertificateComponents,
  atMs: number,
  find: CertificateSource['find'],
): Promise<readonly SignaturePacket[]> {
  const packets = signatures.flatMap((signature) => signature.packet() ?? []);
  const revocations = packets
    .filter(({ type, issuerKeyId }) => type === signatureType.keyRevocation && issuerKeyId !== null && issuerKeyId !== key.keyId)
    .slice(0, maxRevokers);
  if (revocations.length === 0 || key.createdAtMs > atMs) return [];
  const named = new Set<string>();
  for (const signature of packets) {
    if (signature.type !== signatureType.directKey || signature.issuerKeyId !== key.keyId || signature.createdAtMs < key.createdAtMs)
      continue;
    const fingerprints = signature.hashed.flatMap(({ type, body }) =>
      type === subpacketType.revocationKey && isRevoker(body) ? [hexOf(body.subarray(2))] : [],
    );
    if (fingerprints.length === 0 || named.size >= maxRevokers || !(await isKeySignatureBy(key, signature, { primary: key }))) continue;
    for (const fingerprint of fingerprints) named.add(fingerprint);
  }
  const counted: SignaturePacket[] = [];
  for (const revocation of revocations) {
    for (const fingerprint of [...named].slice(0, maxRevokers)) {
      if (keyIdOf(fingerprint) !== revocation.issuerKeyId) continue;
      const revoker = await findKey(fingerprint, find);
      if (revoker === null || revoker.createdAtMs > revocation.createdAtMs || revoker.createdAtMs > atMs) continue;
      if (await isKeySignatureBy(revoker, revocation, { primary: key })) counted.push(revocation);
    }
  }
  return counted;
}

/** Class octet with its top bit set, algorithm, fingerprint of a version 4 key. */
function isRevoker(body: Uint8Array): boolean {
  return body.length === 22 && ((body[0] ?? 0) & 0x80) !== 0;
}

async function findKey(fingerprint: string, find: CertificateSource['find']): Promise<KeyPacket | null> {
  for (const { bytes } of await find(fingerprint)) {
    try {
      const { key, subkeys } = parseComponents(bytes);
      const found = [key, ...subkeys.map((subkey) => subkey.key)].find((candidate) => candidate.fingerprint === fingerprint);
      if (found !== undefined) return found;
    } catch (error) {
      if (!isMalformed(error)) throw error;
    }
  }
  return null;
}
