/**
 * Keys and signatures put together byte by byte with node:crypto: algorithms that openpgp cannot make (DSA, Brainpool, secp256k1), and
 * everything that no honest program writes.
 */
import { constants, createHash, generateKeyPairSync, type KeyObject, privateEncrypt, sign as signMessage } from 'node:crypto';

import type { CertificateBytes } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { hashAlgorithm } from '../../../src/proof/openpgp/packet/algorithms.js';
import { bitLength, concatBytes } from '../../../src/proof/openpgp/packet/byte-reader.js';
import { keyForHash, parseKeyPacket } from '../../../src/proof/openpgp/packet/key-packet.js';
import { formatPacket, packetTag } from '../../../src/proof/openpgp/packet/packets.js';

export interface ForgedKey {
  readonly body: Uint8Array;
  readonly privateKey: KeyObject;
  readonly algorithm: number;
  readonly fingerprint: string;
  readonly keyId: string;
  readonly createdAtMs: number;
}

export type ForgedKind =
  | 'rsa'
  | 'dsa1024'
  | 'dsa2048'
  | 'ed25519'
  | 'P-256'
  | 'P-384'
  | 'P-521'
  | 'secp256k1'
  | 'brainpoolP256r1'
  | 'brainpoolP384r1'
  | 'brainpoolP512r1';

const oids: Readonly<Record<string, string>> = {
  'P-256': '2a8648ce3d030107',
  'P-384': '2b81040022',
  'P-521': '2b81040023',
  secp256k1: '2b8104000a',
  brainpoolP256r1: '2b2403030208010107',
  brainpoolP384r1: '2b240303020801010b',
  brainpoolP512r1: '2b240303020801010d',
};

export const number32 = (value: number): Uint8Array => Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);

export function mpi(bytes: Uint8Array): Uint8Array {
  const bits = bitLength(bytes);
  return concatBytes([Uint8Array.of(bits >> 8, bits & 255), bytes.subarray(bytes.length - Math.ceil(bits / 8))]);
}

function base64url(text: string | undefined): Uint8Array {
  return Buffer.from(text ?? '', 'base64url');
}

/** The integers of a DER sequence, at any depth and in order. */
function derIntegers(bytes: Uint8Array): Uint8Array[] {
  const numbers: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    let start = at + 2;
    if (length > 128) {
      const size = length - 128;
      length = bytes.subarray(start, start + size).reduce((sum, byte) => sum * 256 + byte, 0);
      start += size;
    }
    const content = bytes.subarray(start, start + length);
    if (tag === 0x30) numbers.push(...derIntegers(content));
    if (tag === 0x02) numbers.push(content);
    if (tag === 0x03) numbers.push(...derIntegers(content.subarray(1)));
    at = start + length;
  }
  return numbers;
}

function material(kind: ForgedKind): { algorithm: number; privateKey: KeyObject; bytes: Uint8Array } {
  if (kind === 'rsa') {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const { n, e } = publicKey.export({ format: 'jwk' });
    return { algorithm: 1, privateKey, bytes: concatBytes([mpi(base64url(n)), mpi(base64url(e))]) };
  }
  if (kind === 'dsa1024' || kind === 'dsa2048') {
    const long = kind === 'dsa2048';
    const { privateKey, publicKey } = generateKeyPairSync('dsa', { modulusLength: long ? 2048 : 1024, divisorLength: long ? 256 : 160 });
    const numbers = derIntegers(publicKey.export({ format: 'der', type: 'spki' }));
    return { algorithm: 17, privateKey, bytes: concatBytes(numbers.map(mpi)) };
  }
  if (kind === 'ed25519') {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const oid = Buffer.from('2b06010401da470f01', 'hex');
    const point = concatBytes([Uint8Array.of(0x40), base64url(publicKey.export({ format: 'jwk' }).x)]);
    return { algorithm: 22, privateKey, bytes: concatBytes([Uint8Array.of(oid.length), oid, mpi(point)]) };
  }
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: kind });
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const oid = Buffer.from(oids[kind] ?? '', 'hex');
  const size = { 'P-384': 48, 'P-521': 66, brainpoolP384r1: 48, brainpoolP512r1: 64 }[String(kind)] ?? 32;
  return {
    algorithm: 19,
    privateKey,
    bytes: concatBytes([Uint8Array.of(oid.length), oid, mpi(spki.subarray(spki.length - 2 * size - 1))]),
  };
}

export function forgeKey(kind: ForgedKind, createdAtMs: number): ForgedKey {
  const { algorithm, privateKey, bytes } = material(kind);
  return keyWith({ algorithm, privateKey, bytes, createdAtMs });
}

/** The same key material with another date, which makes it another key. */
export function redate(key: ForgedKey, createdAtMs: number): ForgedKey {
  return keyWith({ ...key, bytes: key.body.subarray(6), createdAtMs });
}

function keyWith({
  algorithm,
  privateKey,
  bytes,
  createdAtMs,
}: {
  algorithm: number;
  privateKey: KeyObject;
  bytes: Uint8Array;
  createdAtMs: number;
}): ForgedKey {
  const body = concatBytes([Uint8Array.of(4), number32(createdAtMs / 1000), Uint8Array.of(algorithm), bytes]);
  const { fingerprint, keyId } = parseKeyPacket(body);
  return { body, privateKey, algorithm, fingerprint, keyId, createdAtMs };
}

export interface ForgedSubpacket {
  readonly type: number;
  readonly body: Uint8Array;
  readonly critical?: boolean;
}

export interface ForgedSignature {
  readonly type: number;
  readonly createdAtMs: number;
  /** Number of the hash algorithm; default SHA-512. */
  readonly hash?: number;
  readonly hashed?: readonly ForgedSubpacket[];
  readonly unhashed?: readonly ForgedSubpacket[];
  /** Default: key ID and fingerprint of the key; `none` leaves both out. */
  readonly issuer?: 'both' | 'key-id' | 'fingerprint' | 'none';
  readonly version?: 3 | 4;
}

function area(subpackets: readonly ForgedSubpacket[]): Uint8Array {
  const bytes = concatBytes(
    subpackets.map(({ type, body, critical }) => {
      const length = body.length + 1;
      const size = length < 192 ? [length] : [255, ...number32(length)];
      return concatBytes([Uint8Array.of(...size, type | (critical === true ? 0x80 : 0)), body]);
    }),
  );
  return concatBytes([Uint8Array.of(bytes.length >> 8, bytes.length & 255), bytes]);
}

/** The body of a signature packet over the bytes. */
export function forgeSignature(key: ForgedKey, over: Uint8Array, options: ForgedSignature): Uint8Array {
  const hashNumber = options.hash ?? 10;
  const time = number32(options.createdAtMs / 1000);
  const issuer = options.issuer ?? 'both';
  const keyId = Buffer.from(key.keyId, 'hex');
  const hashed = [
    { type: 2, body: time },
    ...(issuer === 'both' || issuer === 'fingerprint'
      ? [{ type: 33, body: concatBytes([Uint8Array.of(4), Buffer.from(key.fingerprint, 'hex')]) }]
      : []),
    ...(options.hashed ?? []),
  ];
  const unhashed = [...(issuer === 'both' || issuer === 'key-id' ? [{ type: 16, body: keyId }] : []), ...(options.unhashed ?? [])];
  const old = options.version === 3;
  const head = old
    ? concatBytes([Uint8Array.of(3, 5, options.type), time, keyId, Uint8Array.of(key.algorithm, hashNumber)])
    : concatBytes([Uint8Array.of(4, options.type, key.algorithm, hashNumber), area(hashed)]);
  const trailer = old
    ? concatBytes([Uint8Array.of(options.type), time])
    : concatBytes([head, Uint8Array.of(4, 0xff), number32(head.length)]);
  const message = concatBytes([over, trailer]);
  const digest = createHash(hashOf(hashNumber)).update(message).digest();
  return concatBytes([head, old ? new Uint8Array(0) : area(unhashed), digest.subarray(0, 2), numbersOf(key, hashNumber, message, digest)]);
}

function hashOf(number: number): string {
  return hashAlgorithm(number)?.hash ?? 'sha512';
}

function numbersOf(key: ForgedKey, hashNumber: number, message: Uint8Array, digest: Uint8Array): Uint8Array {
  if (key.algorithm === 1) {
    const info = Buffer.from(hashAlgorithm(hashNumber)?.digestInfo ?? '', 'hex');
    return mpi(privateEncrypt({ key: key.privateKey, padding: constants.RSA_PKCS1_PADDING }, concatBytes([info, digest])));
  }
  const both =
    key.algorithm === 22
      ? signMessage(null, digest, key.privateKey)
      : signMessage(hashOf(hashNumber), message, { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
  return concatBytes([mpi(both.subarray(0, both.length / 2)), mpi(both.subarray(both.length / 2))]);
}

export const packetOf = { signature: (body: Uint8Array): Uint8Array => formatPacket(packetTag.signature, body) };
export const flags = (value: number): ForgedSubpacket => ({ type: 27, body: Uint8Array.of(value) });
export const expiresAfter = (seconds: number): ForgedSubpacket => ({ type: 9, body: number32(seconds) });

export function overKey(key: ForgedKey): Uint8Array {
  return keyForHash(key.body, 4);
}

export function overSubkey(primary: ForgedKey, subkey: ForgedKey): Uint8Array {
  return concatBytes([overKey(primary), overKey(subkey)]);
}

export function overUserId(primary: ForgedKey, userId: Uint8Array): Uint8Array {
  return concatBytes([overKey(primary), Uint8Array.of(0xb4), number32(userId.length), userId]);
}

/** Builds a certificate from parts: packet tags with their bodies. */
export function assemble(...parts: readonly (readonly [number, Uint8Array])[]): CertificateBytes {
  return { source: 'forged', bytes: concatBytes(parts.map(([tag, body]) => formatPacket(tag, body))) };
}

/** An ordinary certificate: one user ID, certify and sign. */
export function certificateFor(key: ForgedKey, options: Partial<ForgedSignature> & { readonly userId?: string } = {}): CertificateBytes {
  const userId = Buffer.from(options.userId ?? 'Forged <forged@example.org>');
  const self = forgeSignature(key, overUserId(key, userId), { type: 0x13, createdAtMs: key.createdAtMs, hashed: [flags(3)], ...options });
  return assemble([packetTag.publicKey, key.body], [packetTag.userId, userId], [packetTag.signature, self]);
}
