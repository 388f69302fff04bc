/** A public-key or public-subkey packet (RFC 9580 section 5.5.2): its material, fingerprint and key ID. */
import { hash } from 'node:crypto';

import { type Curve, curveOf, ed25519Oid, keyAlgorithm } from './algorithms.js';
import { bitLength, ByteReader, concatBytes, hexOf } from './byte-reader.js';
import { malformed } from './malformed.js';

/** The material for checking signatures; `other` covers keys that cannot sign, and unknown algorithms. */
export type KeyMaterial =
  | { readonly kind: 'rsa'; readonly n: Uint8Array; readonly e: Uint8Array }
  | { readonly kind: 'dsa'; readonly p: Uint8Array; readonly q: Uint8Array; readonly g: Uint8Array; readonly y: Uint8Array }
  | { readonly kind: 'ecdsa'; readonly curve: Curve; readonly oid: string; readonly point: Uint8Array }
  | { readonly kind: 'ed25519' | 'ed448'; readonly point: Uint8Array }
  | { readonly kind: 'other' };

export interface KeyPacket {
  readonly body: Uint8Array;
  readonly version: 4 | 6;
  readonly createdAtMs: number;
  /** Number from RFC 9580 section 9.1. */
  readonly algorithm: number;
  /** `RSA 4096`, `DSA 1024`, `Ed25519`, `ECDSA P-256`, … */
  readonly name: string;
  readonly material: KeyMaterial;
  /** Upper-case hex, 40 or 64 digits. */
  readonly fingerprint: string;
  /** 16 upper-case hex digits. */
  readonly keyId: string;
}

/** Key material is a few numbers; the longest known has 16,384 bits. */
const maxBodyBytes = 16 * 1024;
const known = new WeakMap<Uint8Array, KeyPacket>();

/** As {@link parseKeyPacket}, but caches the result per array. */
export function keyPacketOf(body: Uint8Array): KeyPacket {
  const packet = known.get(body) ?? parseKeyPacket(body);
  known.set(body, packet);
  return packet;
}

/** @throws ClojarsFetchError ERR_SIGNATURE `malformed`; also for versions other than 4 and 6 */
export function parseKeyPacket(body: Uint8Array): KeyPacket {
  if (body.length > maxBodyBytes) throw malformed(`a public key is longer than ${maxBodyBytes} bytes`);
  const reader = new ByteReader(body);
  const version = reader.byte();
  if (version !== 4 && version !== 6) throw malformed(`public keys of version ${version} are not supported`);
  const createdAtMs = reader.number(4) * 1000;
  const algorithm = reader.byte();
  if (version === 6 && reader.number(4) !== reader.remaining) throw malformed('the length of a public key is wrong');
  const { material, name } = readMaterial(algorithm, reader, version);
  if (material.kind !== 'other' && reader.remaining > 0) throw malformed('a public key has bytes after its end');
  const fingerprint = fingerprintOf(body);
  return { body, version, createdAtMs, algorithm, name, material, fingerprint, keyId: keyIdOf(fingerprint) };
}

/** Returns the packet in the form that is hashed, for its fingerprint and for signatures over it (RFC 9580 section 5.2.4). */
export function keyForHash(body: Uint8Array, signatureVersion: number): Uint8Array {
  const length = body.length;
  const header =
    signatureVersion >= 6
      ? [0x9b, length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]
      : [0x99, (length >>> 8) & 255, length & 255];
  return concatBytes([Uint8Array.from(header), body]);
}

/** Computes the fingerprint from the body of a version 4 or 6 key packet. */
export function fingerprintOf(body: Uint8Array): string {
  return hash(body[0] === 6 ? 'sha256' : 'sha1', keyForHash(body, body[0] ?? 4), 'hex').toUpperCase();
}

export function keyIdOf(fingerprint: string): string {
  return fingerprint.length === 64 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);
}

function readMaterial(algorithm: number, reader: ByteReader, version: number): { material: KeyMaterial; name: string } {
  const other = (name: string): { material: KeyMaterial; name: string } => ({ material: { kind: 'other' }, name });
  switch (algorithm) {
    case keyAlgorithm.rsa:
    case keyAlgorithm.rsaEncrypt:
    case keyAlgorithm.rsaSign: {
      const n = reader.mpi();
      const e = reader.mpi();
      return { material: { kind: 'rsa', n, e }, name: `RSA ${bitLength(n)}` };
    }
    case keyAlgorithm.dsa: {
      const p = reader.mpi();
      const q = reader.mpi();
      const g = reader.mpi();
      const y = reader.mpi();
      return { material: { kind: 'dsa', p, q, g, y }, name: `DSA ${bitLength(p)}` };
    }
    case keyAlgorithm.elgamal:
      return other(`ElGamal ${bitLength(reader.mpi())}`);
    case keyAlgorithm.ecdsa: {
      const oid = readOid(reader);
      const curve = curveOf(oid);
      const point = reader.mpi();
      return curve === null
        ? other('ECDSA over an unknown curve')
        : { material: { kind: 'ecdsa', curve, oid, point }, name: `ECDSA ${curve.name}` };
    }
    case keyAlgorithm.eddsaLegacy: {
      const oid = readOid(reader);
      const point = reader.mpi();
      // RFC 9580 section 5.5.5.5: version 6 keys must not use it. A native point has the prefix 0x40.
      if (oid !== ed25519Oid || version === 6) return other('EdDSA over an unknown curve');
      if (point.length !== 33 || point[0] !== 0x40) throw malformed('the point of an EdDSA key is not one');
      return { material: { kind: 'ed25519', point: point.subarray(1) }, name: 'Ed25519' };
    }
    case keyAlgorithm.ed25519:
      return { material: { kind: 'ed25519', point: reader.take(32) }, name: 'Ed25519' };
    case keyAlgorithm.ed448:
      return { material: { kind: 'ed448', point: reader.take(57) }, name: 'Ed448' };
    case keyAlgorithm.ecdh: {
      const curve = curveOf(readOid(reader));
      return other(curve === null ? 'ECDH' : `ECDH ${curve.name}`);
    }
    case keyAlgorithm.x25519:
      return other('X25519');
    case keyAlgorithm.x448:
      return other('X448');
    default:
      return other(`algorithm ${algorithm}`);
  }
}

function readOid(reader: ByteReader): string {
  const length = reader.byte();
  if (length === 0 || length === 255) throw malformed('the curve of a public key is not named');
  return hexOf(reader.take(length)).toLowerCase();
}
