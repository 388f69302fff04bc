/**
 * Writes OpenPGP packets byte by byte (RFC 4880, Ed25519 as GnuPG 2.2 writes it), so that a web may hold things that no program would make:
 * signatures by the wrong key, odd times, weak hashes.
 */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';

const ed25519Oid = Uint8Array.of(0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01);

/** A key pair, with the body of its public key packet. */
export interface WrittenKey {
  readonly secret: KeyObject;
  readonly body: Uint8Array;
  readonly fingerprint: string;
  readonly keyId: string;
  readonly createdAt: number;
}

const bytesOf = (...parts: readonly (Uint8Array | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)));

export function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

function mpi(value: Uint8Array): Uint8Array {
  let start = 0;
  while (start < value.length - 1 && value[start] === 0) start += 1;
  const number = value.subarray(start);
  return bytesOf(uint16((number.length - 1) * 8 + (32 - Math.clz32(number[0] ?? 0))), number);
}

/** New packet format, five-octet lengths. */
export function packet(tag: number, body: Uint8Array): Uint8Array {
  return bytesOf(0xc0 | tag, 0xff, uint32(body.length), body);
}

/** Seconds since 1970. The secret is made from the text. */
export function writeKey(seedText: string, createdAt: number): WrittenKey {
  const seed = createHash('sha256').update(seedText).digest();
  const secret = createPrivateKey({
    key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const point = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
  const body = bytesOf(4, uint32(createdAt), 22, ed25519Oid, mpi(bytesOf(0x40, point)));
  const fingerprint = createHash('sha1').update(hashedKey(body)).digest('hex').toUpperCase();
  return { secret, body, fingerprint, keyId: fingerprint.slice(-16), createdAt };
}

function hashedKey(body: Uint8Array): Uint8Array {
  return bytesOf(0x99, uint16(body.length), body);
}

export type HashName = 'md5' | 'sha1' | 'sha256' | 'sha512';
const hashNumbers: Readonly<Record<HashName, number>> = { md5: 1, sha1: 2, sha256: 8, sha512: 10 };

export interface SignatureOptions {
  readonly type: number;
  readonly createdAt: number;
  readonly signer: WrittenKey;
  readonly hash?: HashName;
  /** Hashed subpackets in addition to time and issuer fingerprint. */
  readonly subpackets?: readonly Uint8Array[];
  /** Leaves out the issuer fingerprint, as old programs did. */
  readonly withoutIssuerFingerprint?: boolean;
  /** Damages it. */
  readonly broken?: boolean;
}

export function subpacket(type: number, data: Uint8Array, critical = false): Uint8Array {
  return bytesOf(data.length + 1, critical ? type | 0x80 : type, data);
}

/** The signature packet over `signed`. */
export function writeSignature(
  signed: Uint8Array,
  { type, createdAt, signer, hash = 'sha256', subpackets = [], withoutIssuerFingerprint = false, broken = false }: SignatureOptions,
): Uint8Array {
  const hashed = bytesOf(
    subpacket(2, uint32(createdAt)),
    ...(withoutIssuerFingerprint ? [] : [subpacket(33, bytesOf(4, Buffer.from(signer.fingerprint, 'hex')))]),
    ...subpackets,
  );
  const unhashed = subpacket(16, Buffer.from(signer.keyId, 'hex'));
  const head = bytesOf(4, type, 22, hashNumbers[hash], uint16(hashed.length), hashed);
  const digest = createHash(hash)
    .update(signed)
    .update(head)
    .update(bytesOf(4, 0xff, uint32(head.length)))
    .digest();
  const value = sign(null, digest, signer.secret);
  if (broken) value[40] = (value[40] ?? 0) ^ 0x01;
  return packet(
    2,
    bytesOf(head, uint16(unhashed.length), unhashed, digest.subarray(0, 2), mpi(value.subarray(0, 32)), mpi(value.subarray(32))),
  );
}

/** The bytes that a signature on a user ID covers. */
export function overUserId(key: WrittenKey, userId: Uint8Array): Uint8Array {
  return bytesOf(hashedKey(key.body), 0xb4, uint32(userId.length), userId);
}

export const overKey = (key: WrittenKey): Uint8Array => hashedKey(key.body);

export const overSubkey = (key: WrittenKey, subkey: WrittenKey): Uint8Array => bytesOf(hashedKey(key.body), hashedKey(subkey.body));
