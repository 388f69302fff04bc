/** Converts OpenPGP key material for node:crypto, as JWK or hand-written DER (SubjectPublicKeyInfo, RFC 5280). */
import { createPublicKey, type KeyObject } from 'node:crypto';

import { concatBytes } from './byte-reader.js';
import type { KeyMaterial } from './key-packet.js';

const known = new WeakMap<KeyMaterial, KeyObject | null>();

/** Returns null if the numbers are not a valid key, such as a point off its curve. Caches the result per material. */
export function keyObjectOf(material: KeyMaterial): KeyObject | null {
  const before = known.get(material);
  if (before !== undefined) return before;
  let key: KeyObject | null;
  try {
    key = createKeyObject(material);
  } catch {
    // OpenSSL gives no further reason.
    key = null;
  }
  known.set(material, key);
  return key;
}

function createKeyObject(material: KeyMaterial): KeyObject | null {
  switch (material.kind) {
    case 'rsa':
      return createPublicKey({ key: { kty: 'RSA', n: base64url(material.n), e: base64url(material.e) }, format: 'jwk' });
    case 'ed25519':
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: base64url(material.point) }, format: 'jwk' });
    case 'ed448':
      return createPublicKey({ key: { kty: 'OKP', crv: 'Ed448', x: base64url(material.point) }, format: 'jwk' });
    case 'ecdsa': {
      // OpenPGP points are uncompressed (RFC 9580 section 11.2.1); OpenSSL would also accept other forms.
      const { point, curve, oid } = material;
      if (point[0] !== 0x04 || point.length !== 2 * curve.bytes + 1) return null;
      return fromInfo(sequence(objectIdentifier('2a8648ce3d0201'), objectIdentifier(oid)), point);
    }
    case 'dsa': {
      const { p, q, g, y } = material;
      return fromInfo(sequence(objectIdentifier('2a8648ce380401'), sequence(integer(p), integer(q), integer(g))), integer(y));
    }
    case 'other':
      return null;
  }
}

function fromInfo(algorithm: Uint8Array, key: Uint8Array): KeyObject {
  const info = sequence(algorithm, der(0x03, concatBytes([Uint8Array.of(0), key])));
  return createPublicKey({ key: Buffer.from(info), format: 'der', type: 'spki' });
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

function der(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >>> 8, length & 255];
  return concatBytes([Uint8Array.of(tag, ...size), content]);
}

function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, concatBytes(parts));
}

function objectIdentifier(hex: string): Uint8Array {
  return der(0x06, Buffer.from(hex, 'hex'));
}

/** Encodes an unsigned number: with a leading zero if its first bit is set. */
function integer(bytes: Uint8Array): Uint8Array {
  return der(0x02, (bytes[0] ?? 0x80) >= 0x80 ? concatBytes([Uint8Array.of(0), bytes]) : bytes);
}
