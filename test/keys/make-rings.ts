/** Certificates, keyboxes and trust databases as bytes, made here: small, many, and wrong in chosen ways. */
import { createHash } from 'node:crypto';

import { fingerprintOf, keyIdOf } from '../../src/proof/openpgp/packet/key-packet.js';
import { formatPacket, packetTag, readPackets } from '../../src/proof/openpgp/packet/packets.js';

/** A certificate whose signatures are noise: it can be found, but not believed. */
export interface FakeCertificate {
  readonly bytes: Uint8Array;
  readonly fingerprint: string;
  readonly subkey: string;
}

/** Different for each seed, the same for the same seed. */
export function noise(seed: string, length: number): Buffer {
  const parts: Buffer[] = [];
  for (let size = 0, round = 0; size < length; size += 64, round += 1) parts.push(createHash('sha512').update(`${seed} ${round}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

function keyBody(seed: string, createdAt = 1_600_000_000): Buffer {
  const head = Buffer.alloc(6);
  head[0] = 4;
  head.writeUInt32BE(createdAt, 1);
  head[5] = 22; // EdDSA, the shortest key
  const oid = Buffer.from('092b06010401da470f01', 'hex');
  return Buffer.concat([head, oid, Buffer.from([0x01, 0x07, 0x40]), noise(seed, 32)]);
}

export function fakeCertificate(seed: string, userId = `${seed} <${seed}@example.org>`, signatureBytes = 200): FakeCertificate {
  const primary = keyBody(seed);
  const subkey = keyBody(`${seed} subkey`);
  const bytes = Buffer.concat([
    formatPacket(packetTag.publicKey, primary),
    formatPacket(packetTag.userId, Buffer.from(userId)),
    formatPacket(packetTag.signature, noise(`${seed} signature`, signatureBytes)),
    formatPacket(packetTag.publicSubkey, subkey),
    formatPacket(packetTag.signature, noise(`${seed} binding`, signatureBytes)),
  ]);
  return { bytes, fingerprint: fingerprintOf(primary), subkey: fingerprintOf(subkey) };
}

function fingerprintsOf(certificate: Uint8Array): string[] {
  return [...readPackets(certificate)]
    .filter(({ tag }) => tag === packetTag.publicKey || tag === packetTag.publicSubkey)
    .map(({ body }) => fingerprintOf(body));
}

export function keyboxHeader(openPgp = true): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32BE(32, 0);
  header[4] = 1;
  header[5] = 1;
  header.writeUInt16BE(openPgp ? 2 : 0, 6);
  header.write('KBXf', 8, 'latin1');
  return header;
}

export interface BlobOptions {
  readonly version?: 1 | 2;
  readonly type?: number;
  readonly flags?: number;
  /** Entries of the table, in place of the truth. */
  readonly fingerprints?: readonly string[];
}

/** A blob as `kbx/keybox-blob.c` describes it, with its key at the end. */
export function keyboxBlob(certificate: Uint8Array, options: BlobOptions = {}): Buffer {
  const { version = 1, type = 2, flags = 0, fingerprints = fingerprintsOf(certificate) } = options;
  const size = version === 1 ? 28 : 56;
  const head = Buffer.alloc(20);
  const table = Buffer.alloc(fingerprints.length * size);
  const keyIds = version === 1 ? Buffer.concat(fingerprints.map((one) => Buffer.from(keyIdOf(one), 'hex'))) : Buffer.alloc(0);
  for (const [index, fingerprint] of fingerprints.entries()) {
    const at = index * size;
    Buffer.from(fingerprint, 'hex').copy(table, at);
    if (version === 2 && fingerprint.length === 64) table.writeUInt16BE(0x80, at + 32);
  }
  // No serial number, no user IDs, no signatures, trust and times zero, nothing reserved.
  const rest = Buffer.alloc(2 + 4 + 4 + 4 + 12 + 4);
  const keyOffset = head.length + table.length + rest.length + keyIds.length;
  const body = Buffer.concat([head, table, rest, keyIds, certificate]);
  body.writeUInt32BE(body.length + 20, 0);
  body[4] = type;
  body[5] = version;
  body.writeUInt16BE(flags, 6);
  body.writeUInt32BE(keyOffset, 8);
  body.writeUInt32BE(certificate.length, 12);
  body.writeUInt16BE(fingerprints.length, 16);
  body.writeUInt16BE(size, 18);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

export function keybox(certificates: readonly Uint8Array[], options: BlobOptions = {}): Buffer {
  return Buffer.concat([keyboxHeader(), ...certificates.map((certificate) => keyboxBlob(certificate, options))]);
}

/** A trust database with these raw ownertrust octets, among records of other types. */
export function trustDatabase(entries: readonly (readonly [fingerprint: string, ownertrust: number])[]): Buffer {
  const version = Buffer.alloc(40);
  version[0] = 1;
  version.write('gpg', 1, 'latin1');
  version.set([3, 3, 1, 5, 1, 0], 4);
  const records = entries.flatMap(([fingerprint, ownertrust]) => {
    const trust = Buffer.alloc(40);
    trust[0] = 12;
    Buffer.from(fingerprint, 'hex').copy(trust, 2);
    trust[22] = ownertrust;
    const validity = Buffer.alloc(40);
    validity[0] = 13;
    // A validity record holds a name's hash where a trust record holds a fingerprint.
    noise(fingerprint, 20).copy(validity, 2);
    validity[22] = 6;
    return [trust, validity];
  });
  const table = Buffer.alloc(40);
  table[0] = 10;
  return Buffer.concat([version, table, ...records]);
}
