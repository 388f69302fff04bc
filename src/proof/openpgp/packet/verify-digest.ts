/**
 * Checks a signature's numbers against a key and a digest: the one place where cryptography happens.
 *
 * node:crypto does this if it can check a digest (RSA, Ed25519, Ed448) or can be given the whole message (keys' own signatures, small
 * files; Brainpool and secp256k1, on which openpgp fails in Node 20). Otherwise openpgp does: DSA and the NIST curves over a large file,
 * which node:crypto could check only by reading the file again. openpgp is loaded with the first such signature. Per digest it takes 3 to 6
 * ms; node:crypto takes 0.2 ms per message.
 */
import { constants, createVerify, type KeyObject, publicDecrypt, verify as verifyMessage } from 'node:crypto';

import { keyAlgorithm } from './algorithms.js';
import { bitLength, ByteReader, concatBytes, padLeft, sameBytes } from './byte-reader.js';
import { keyObjectOf } from './key-object.js';
import type { KeyPacket } from './key-packet.js';
import type { SignaturePacket } from './signature-packet.js';
import { verifyByOpenpgp } from './verify-by-openpgp.js';

/** The signed bytes, in the form that is hashed: salt, document and trailer. */
export interface SignedMessage {
  readonly digest: Uint8Array;
  /** Returns the whole message, in parts. */
  readonly parts: () => AsyncIterable<Uint8Array>;
  /** Whether reading it again costs less than using openpgp. */
  readonly small: boolean;
}

/** Never throws because of the contents of the key or signature: numbers that make no sense are not a signature. */
export async function fitsDigest(key: KeyPacket, signature: SignaturePacket, message: SignedMessage): Promise<boolean> {
  if (!sameAlgorithm(key.algorithm, signature.algorithm)) return false;
  if ((key.version === 6) !== (signature.version === 6)) return false;
  if (!sameBytes(message.digest.subarray(0, 2), signature.digestStart)) return false;
  const object = keyObjectOf(key.material);
  if (object === null) return false;
  const parameters = new ByteReader(signature.parameters);
  switch (key.material.kind) {
    case 'rsa':
      return fitsRsa(object, key.material.n, parameters.mpi(), signature, message.digest);
    case 'ed25519': {
      const native = signature.algorithm === keyAlgorithm.ed25519 ? signature.parameters : joinNumbers(parameters, 32);
      return native !== null && verifyMessage(null, message.digest, object, native);
    }
    case 'ed448':
      return verifyMessage(null, message.digest, object, signature.parameters);
    case 'dsa': {
      const orderBits = bitLength(key.material.q);
      if (orderBits < 160 || message.digest.length * 8 < orderBits) return false;
      const numbers = joinNumbers(parameters, Math.ceil(orderBits / 8));
      if (numbers === null) return false;
      return message.small ? verifyParts(object, signature, message.parts(), numbers) : verifyByOpenpgp(key, signature, message.digest);
    }
    case 'ecdsa': {
      // GnuPG refuses a hash shorter than the curve's order; P-521 accepts SHA-512.
      const { curve } = key.material;
      if (message.digest.length * 8 < Math.min(curve.orderBits, 512)) return false;
      const numbers = joinNumbers(parameters, curve.bytes);
      if (numbers === null) return false;
      return message.small || !curve.inOpenpgp
        ? verifyParts(object, signature, message.parts(), numbers)
        : verifyByOpenpgp(key, signature, message.digest);
    }
    case 'other':
      return false;
  }
}

/** A key may be marked as sign-only RSA; the signature may use either number. */
function sameAlgorithm(key: number, signature: number): boolean {
  const isRsa = (algorithm: number): boolean => algorithm === keyAlgorithm.rsa || algorithm === keyAlgorithm.rsaSign;
  return key === signature || (isRsa(key) && isRsa(signature));
}

/** Checks PKCS#1 v1.5 (RFC 8017 section 8.2.2) by comparing the whole encoded message, so that no padding is ever parsed. */
function fitsRsa(key: KeyObject, n: Uint8Array, s: Uint8Array, signature: SignaturePacket, digest: Uint8Array): boolean {
  const padded = padLeft(s, n.length);
  const info = concatBytes([Buffer.from(signature.hash.digestInfo, 'hex'), digest]);
  const fill = n.length - info.length - 3;
  if (padded === null || fill < 8) return false;
  const expected = concatBytes([Uint8Array.of(0, 1), new Uint8Array(fill).fill(0xff), Uint8Array.of(0), info]);
  try {
    return sameBytes(publicDecrypt({ key, padding: constants.RSA_NO_PADDING }, padded), expected);
  } catch {
    // The number must be less than the modulus.
    return false;
  }
}

/** Joins two numbers, each padded to the length; null if one is longer. */
function joinNumbers(parameters: ByteReader, length: number): Uint8Array | null {
  const r = padLeft(parameters.mpi(), length);
  const s = padLeft(parameters.mpi(), length);
  return r === null || s === null ? null : concatBytes([r, s]);
}

async function verifyParts(
  key: KeyObject,
  signature: SignaturePacket,
  parts: AsyncIterable<Uint8Array>,
  numbers: Uint8Array,
): Promise<boolean> {
  const verifier = createVerify(signature.hash.hash);
  for await (const part of parts) verifier.update(part);
  return verifier.verify({ key, dsaEncoding: 'ieee-p1363' }, numbers);
}
