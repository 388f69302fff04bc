/** Algorithms by their numbers in RFC 9580 section 9: names, uses, and which are weak. */
import { createHash } from 'node:crypto';

import type { SignatureHash } from './signed-document.js';

export interface HashAlgorithm {
  readonly number: number;
  /** Name in node:crypto. */
  readonly hash: SignatureHash;
  /** `SHA-256`, … */
  readonly name: string;
  /** Length of a digest. */
  readonly bytes: number;
  /** Length of the salt of a version 6 signature; 0 if the hash must not be used there. */
  readonly saltBytes: number;
  /** DER prefix of the digest in an RSA signature (RFC 9580 section 5.2.2.1), hex. */
  readonly digestInfo: string;
  /** Whether collisions are known or feared. */
  readonly weak: boolean;
}

const hashAlgorithms: readonly HashAlgorithm[] = [
  { number: 1, hash: 'md5', name: 'MD5', bytes: 16, saltBytes: 0, digestInfo: '3020300c06082a864886f70d020505000410', weak: true },
  { number: 2, hash: 'sha1', name: 'SHA-1', bytes: 20, saltBytes: 0, digestInfo: '3021300906052b0e03021a05000414', weak: true },
  { number: 3, hash: 'ripemd160', name: 'RIPEMD-160', bytes: 20, saltBytes: 0, digestInfo: '3021300906052b2403020105000414', weak: true },
  {
    number: 8,
    hash: 'sha256',
    name: 'SHA-256',
    bytes: 32,
    saltBytes: 16,
    digestInfo: '3031300d060960864801650304020105000420',
    weak: false,
  },
  {
    number: 9,
    hash: 'sha384',
    name: 'SHA-384',
    bytes: 48,
    saltBytes: 24,
    digestInfo: '3041300d060960864801650304020205000430',
    weak: false,
  },
  {
    number: 10,
    hash: 'sha512',
    name: 'SHA-512',
    bytes: 64,
    saltBytes: 32,
    digestInfo: '3051300d060960864801650304020305000440',
    weak: false,
  },
  {
    number: 11,
    hash: 'sha224',
    name: 'SHA-224',
    bytes: 28,
    saltBytes: 16,
    digestInfo: '302d300d06096086480165030402040500041c',
    weak: false,
  },
  {
    number: 12,
    hash: 'sha3-256',
    name: 'SHA3-256',
    bytes: 32,
    saltBytes: 16,
    digestInfo: '3031300d060960864801650304020805000420',
    weak: false,
  },
  {
    number: 14,
    hash: 'sha3-512',
    name: 'SHA3-512',
    bytes: 64,
    saltBytes: 32,
    digestInfo: '3051300d060960864801650304020a05000440',
    weak: false,
  },
];

const available = new Map<SignatureHash, boolean>();

/** Returns null for an unknown hash, or one that this OpenSSL lacks: some builds omit the old ones. */
export function hashAlgorithm(number: number): HashAlgorithm | null {
  const algorithm = hashAlgorithms.find((candidate) => candidate.number === number);
  return algorithm !== undefined && isAvailable(algorithm.hash) ? algorithm : null;
}

function isAvailable(hash: SignatureHash): boolean {
  let known = available.get(hash);
  if (known === undefined) {
    try {
      createHash(hash);
      known = true;
    } catch {
      known = false;
    }
    available.set(hash, known);
  }
  return known;
}

export const keyAlgorithm = {
  rsa: 1,
  rsaEncrypt: 2,
  rsaSign: 3,
  elgamal: 16,
  dsa: 17,
  ecdh: 18,
  ecdsa: 19,
  eddsaLegacy: 22,
  x25519: 25,
  x448: 26,
  ed25519: 27,
  ed448: 28,
} as const;

/** Returns the uses that an algorithm allows; none for an unknown algorithm. */
export function usageOfAlgorithm(number: number): { readonly certify: boolean; readonly sign: boolean } {
  switch (number) {
    case keyAlgorithm.rsa:
    case keyAlgorithm.rsaSign:
    case keyAlgorithm.dsa:
    case keyAlgorithm.ecdsa:
    case keyAlgorithm.eddsaLegacy:
    case keyAlgorithm.ed25519:
    case keyAlgorithm.ed448:
      return { certify: true, sign: true };
    default:
      return { certify: false, sign: false };
  }
}

export interface Curve {
  /** `P-256`, `brainpoolP256r1`, … */
  readonly name: string;
  /** Length of a coordinate, in bytes. */
  readonly bytes: number;
  /** Size of the group's order, in bits. */
  readonly orderBits: number;
  /** Whether openpgp can verify a digest on it; on the others node:crypto needs the whole message. */
  readonly inOpenpgp: boolean;
}

/** Keyed by the object identifier, in hex, as in a key packet. */
const curves: ReadonlyMap<string, Curve> = new Map([
  ['2a8648ce3d030107', { name: 'P-256', bytes: 32, orderBits: 256, inOpenpgp: true }],
  ['2b81040022', { name: 'P-384', bytes: 48, orderBits: 384, inOpenpgp: true }],
  ['2b81040023', { name: 'P-521', bytes: 66, orderBits: 521, inOpenpgp: true }],
  ['2b8104000a', { name: 'secp256k1', bytes: 32, orderBits: 256, inOpenpgp: false }],
  ['2b2403030208010107', { name: 'brainpoolP256r1', bytes: 32, orderBits: 256, inOpenpgp: false }],
  ['2b240303020801010b', { name: 'brainpoolP384r1', bytes: 48, orderBits: 384, inOpenpgp: false }],
  ['2b240303020801010d', { name: 'brainpoolP512r1', bytes: 64, orderBits: 512, inOpenpgp: false }],
]);

export const ed25519Oid = '2b06010401da470f01';

export function curveOf(oid: string): Curve | null {
  return curves.get(oid) ?? null;
}
