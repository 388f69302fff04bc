/** Reads certificates from files: cut apart, named by the fingerprints computed from their keys; damaged ones are skipped. */
import { fingerprintOf } from '../../proof/openpgp/packet/key-packet.js';
import { isMalformed, maxCertificateBytes } from '../../proof/openpgp/packet/malformed.js';
import { formatPacket, type Packet, packetTag, readPacket, readPackets } from '../../proof/openpgp/packet/packets.js';
import { decodeKeyArmor, isArmored } from './key-armor.js';
import type { Warn } from './keyring.js';
import { publicPartOf } from './public-part.js';

/** Fingerprints of the primary key, then of the subkeys, in upper case. */
export type KeyNames = readonly [string, ...string[]];

export interface NamedCertificate {
  readonly bytes: Uint8Array;
  readonly fingerprints: KeyNames;
  /** Whether it had secret key material, which was left out. */
  readonly hadSecrets: boolean;
}

/** Computes the fingerprints of a certificate's keys; null if it is damaged or of an unknown version. */
export function readKeyNames(certificate: Uint8Array): KeyNames | null {
  try {
    const names: string[] = [];
    for (const { tag, body, offset } of readPackets(certificate)) {
      if ((offset === 0) !== (tag === packetTag.publicKey)) return null;
      if ((tag === packetTag.publicKey || tag === packetTag.publicSubkey) && isKnownVersion(body)) names.push(fingerprintOf(body));
      else if (offset === 0) return null;
    }
    const [primary, ...subkeys] = names;
    return primary === undefined ? null : [primary, ...subkeys];
  } catch (error) {
    if (isMalformed(error)) return null;
    throw error;
  }
}

/** Reads the user IDs of a certificate as they are written: unchecked, NOT escaped. */
export function readUserIds(certificate: Uint8Array): readonly string[] {
  return [...readPackets(certificate)].filter(({ tag }) => tag === packetTag.userId).map(({ body }) => Buffer.from(body).toString('utf8'));
}

/**
 * Reads all certificates in the bytes of a file, armored (any number of blocks) or binary, and the public part of secret
 * keys. Skips damaged parts with a warning that names the place.
 */
export function readCertificates(bytes: Uint8Array, source: string, warn: Warn): NamedCertificate[] {
  if (!isArmored(bytes)) return cutApart(bytes, source, warn);
  return decodeKeyArmor(bytes, source, warn).flatMap((block) =>
    cutApart(block.bytes, `${source}, armored block at offset ${block.offset}`, warn),
  );
}

/** Packets of one certificate: as many as fit into its maximum size if they are all of the smallest kind. */
const packetsMax = 200_000;
/** Certificates of one file. */
const certificatesMax = 200_000;

function cutApart(bytes: Uint8Array, source: string, warn: Warn): NamedCertificate[] {
  const found: NamedCertificate[] = [];
  let packets: Packet[] = [];
  let count = 0;
  const finish = (): void => {
    const certificate = toCertificate(bytes, packets, count, source, warn);
    if (certificate !== null) found.push(certificate);
    packets = [];
  };
  for (let at = 0; at < bytes.length;) {
    let packet: Packet;
    try {
      packet = readPacket(bytes, at);
    } catch (error) {
      if (!isMalformed(error)) throw error;
      // A certificate that is cut off is not used: a revocation may be missing from its end.
      const [first] = packets;
      const from = first?.offset ?? at;
      warn(`${source}: damaged at offset ${at} (${error.message}); the ${bytes.length - from} bytes from offset ${from} on were skipped`);
      return found;
    }
    if (packet.tag === packetTag.publicKey || packet.tag === packetTag.secretKey) {
      finish();
      if (found.length >= certificatesMax) {
        warn(`${source} contains more than ${certificatesMax} keys; the ${bytes.length - at} bytes from offset ${at} on were skipped`);
        return found;
      }
      packets = [packet];
      count = 1;
    } else if (packets.length > 0) {
      count += 1;
      // Only the last of the surplus packets is kept, for the length.
      if (count > packetsMax) packets.pop();
      packets.push(packet);
    }
    at = packet.end;
  }
  finish();
  return found;
}

function toCertificate(bytes: Uint8Array, packets: readonly Packet[], count: number, source: string, warn: Warn): NamedCertificate | null {
  const [first] = packets;
  const last = packets.at(-1);
  if (first === undefined || last === undefined) return null;
  const skip = (what: string): null => {
    warn(`${source}: the key at offset ${first.offset} ${what}; it was skipped`);
    return null;
  };
  if (last.end - first.offset > maxCertificateBytes)
    return skip(`has ${last.end - first.offset} bytes, more than the ${maxCertificateBytes} allowed`);
  if (count > packetsMax) return skip(`has ${count} packets, more than the ${packetsMax} allowed`);
  const hadSecrets = packets.some(isSecret);
  const certificate = hadSecrets ? Buffer.concat(packets.map(withoutSecret)) : bytes.subarray(first.offset, last.end);
  const fingerprints = readKeyNames(certificate);
  return fingerprints === null ? skip('is of an unknown version or algorithm') : { bytes: certificate, fingerprints, hadSecrets };
}

function isSecret({ tag }: Packet): boolean {
  return tag === packetTag.secretKey || tag === packetTag.secretSubkey;
}

/** Formats the public part of a packet; nothing if the algorithm of a secret key is unknown, so that no secret remains. */
function withoutSecret(packet: Packet): Uint8Array {
  if (!isSecret(packet)) return formatPacket(packet.tag, packet.body);
  const part = publicPartOf(packet.body);
  if (part === null) return new Uint8Array(0);
  return formatPacket(packet.tag === packetTag.secretKey ? packetTag.publicKey : packetTag.publicSubkey, part);
}

function isKnownVersion(body: Uint8Array): boolean {
  return body.length >= 6 && ((body[0] === 4 && body.length <= 0xffff) || body[0] === 6);
}
