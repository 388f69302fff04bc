/** Parses a signature packet (RFC 9580 section 5.2) of version 3, 4 or 6: its claims, not whether they are true. */
import { type HashAlgorithm, hashAlgorithm, keyAlgorithm } from './algorithms.js';
import { ByteReader, concatBytes, hexOf } from './byte-reader.js';
import { keyIdOf } from './key-packet.js';
import { malformed } from './malformed.js';
import { findSubpacket, isUnknownCritical, parseSubpackets, type Subpacket, subpacketType } from './subpackets.js';

/** Signature types of RFC 9580 section 5.2.1 that are used here. */
export const signatureType = {
  binary: 0x00,
  text: 0x01,
  certifyFirst: 0x10,
  certifyLast: 0x13,
  subkeyBinding: 0x18,
  primaryKeyBinding: 0x19,
  directKey: 0x1f,
  keyRevocation: 0x20,
  subkeyRevocation: 0x28,
  certificationRevocation: 0x30,
} as const;

export interface SignaturePacket {
  readonly version: 3 | 4 | 6;
  readonly type: number;
  /** Number from RFC 9580 section 9.1. */
  readonly algorithm: number;
  readonly hash: HashAlgorithm;
  readonly createdAtMs: number;
  /** Expiry of the signature, not of the key. */
  readonly expiresAtMs: number | null;
  /** 16 upper-case hex digits: the issuer key ID, or the one derived from the issuer fingerprint. */
  readonly issuerKeyId: string | null;
  /** Upper-case hex. Needs no protection: it only helps to find the key, which must then match. */
  readonly issuerFingerprint: string | null;
  /** Subpackets that the signature protects. */
  readonly hashed: readonly Subpacket[];
  /** Subpackets that are not protected: any third party may have added them. */
  readonly unhashed: readonly Subpacket[];
  /** Whether it has an unknown critical subpacket, so it must count as bad. */
  readonly unknownCritical: boolean;
  /** Hashed before the signed data: the salt of version 6. */
  readonly salt: Uint8Array;
  /** Hashed after the signed data. */
  readonly trailer: Uint8Array;
  /** First two bytes of the digest. */
  readonly digestStart: Uint8Array;
  /** The algorithm's numbers as stored: multiprecision integers, or the native signature. */
  readonly parameters: Uint8Array;
}

/** GnuPG's limit on either area; GnuPG rejects a signature with a longer one. */
const maxAreaBytes = 10_000;

/**
 * @param body body of the packet, without its header
 * @throws ClojarsFetchError ERR_SIGNATURE `malformed`
 */
export function parseSignaturePacket(body: Uint8Array): SignaturePacket {
  const reader = new ByteReader(body);
  const version = reader.byte();
  if (version === 3) return parseVersion3(reader);
  if (version !== 4 && version !== 6) throw malformed(`signatures of version ${version} are not supported`);
  const type = reader.byte();
  const algorithm = reader.byte();
  const hashNumber = reader.byte();
  const lengthBytes = version === 6 ? 4 : 2;
  const hashedArea = readArea(reader, lengthBytes);
  const head = body.subarray(0, reader.position);
  const hashed = parseSubpackets(hashedArea);
  const unhashed = parseSubpackets(readArea(reader, lengthBytes));
  const digestStart = reader.take(2);
  const hash = knownHash(hashNumber);
  const salt = version === 6 ? reader.take(reader.byte()) : new Uint8Array(0);
  if (version === 6 && (hash.saltBytes === 0 || salt.length !== hash.saltBytes))
    throw malformed('the salt of the signature does not fit its hash');
  const created = findSubpacket(hashed, subpacketType.created, 4);
  if (created === null) throw malformed('the signature does not say when it was made');
  const createdAtMs = secondsOf(created) * 1000;
  const lifetime = findSubpacket(hashed, subpacketType.signatureExpires, 4);
  const seconds = lifetime === null ? 0 : secondsOf(lifetime);
  return {
    version,
    type,
    algorithm,
    hash,
    createdAtMs,
    hashed,
    unhashed,
    salt,
    digestStart,
    expiresAtMs: seconds === 0 ? null : createdAtMs + seconds * 1000,
    ...issuerOf(hashed, unhashed),
    unknownCritical: [...hashed, ...unhashed].some(isUnknownCritical),
    trailer: concatBytes([head, Uint8Array.of(version, 0xff, ...bytesOf(head.length))]),
    parameters: checkedParameters(reader.rest(), algorithm, version),
  };
}

/** Finds a statement of the signature about the key or user ID it covers: only hashed subpackets count. */
export function hashedSubpacket(signature: SignaturePacket, type: number, minBytes: number): Uint8Array | null {
  return findSubpacket(signature.hashed, type, minBytes);
}

/** Reads the first four bytes as an unsigned number. */
export function secondsOf(bytes: Uint8Array): number {
  return new ByteReader(bytes).number(4);
}

/** Version 3 has no subpackets; GnuPG still verifies it if a version 4 key made it. */
function parseVersion3(reader: ByteReader): SignaturePacket {
  if (reader.byte() !== 5) throw malformed('a version 3 signature must hash five bytes of itself');
  const trailer = reader.take(5);
  const [type = 0, ...created] = trailer;
  const issuerKeyId = hexOf(reader.take(8));
  const algorithm = reader.byte();
  const hash = knownHash(reader.byte());
  const digestStart = reader.take(2);
  return {
    version: 3,
    type,
    algorithm,
    hash,
    trailer,
    digestStart,
    issuerKeyId,
    createdAtMs: secondsOf(Uint8Array.from(created)) * 1000,
    expiresAtMs: null,
    issuerFingerprint: null,
    hashed: [],
    unhashed: [],
    unknownCritical: false,
    salt: new Uint8Array(0),
    parameters: checkedParameters(reader.rest(), algorithm, 3),
  };
}

function readArea(reader: ByteReader, lengthBytes: number): Uint8Array {
  const length = reader.number(lengthBytes);
  if (length > maxAreaBytes) throw malformed(`a signature has more than ${maxAreaBytes} bytes of subpackets`);
  return reader.take(length);
}

function knownHash(number: number): HashAlgorithm {
  const hash = hashAlgorithm(number);
  if (hash === null) throw malformed(`the signature uses hash algorithm ${number}, which is not supported`);
  return hash;
}

/** Checks that the numbers end where the packet ends, so that no byte is left over. */
function checkedParameters(parameters: Uint8Array, algorithm: number, version: number): Uint8Array {
  const reader = new ByteReader(parameters);
  switch (algorithm) {
    case keyAlgorithm.rsa:
    case keyAlgorithm.rsaSign:
      reader.mpi();
      break;
    case keyAlgorithm.dsa:
    case keyAlgorithm.ecdsa:
    case keyAlgorithm.eddsaLegacy:
      if (version === 6 && algorithm === keyAlgorithm.eddsaLegacy) throw malformed('version 6 signatures may not use the old EdDSA');
      reader.mpi();
      reader.mpi();
      break;
    case keyAlgorithm.ed25519:
      reader.take(64);
      break;
    case keyAlgorithm.ed448:
      reader.take(114);
      break;
    default:
      throw malformed(`the signature uses algorithm ${algorithm}, which is not supported`);
  }
  if (reader.remaining > 0) throw malformed('the signature has bytes after its end');
  return parameters;
}

function issuerOf(
  hashed: readonly Subpacket[],
  unhashed: readonly Subpacket[],
): Pick<SignaturePacket, 'issuerKeyId' | 'issuerFingerprint'> {
  const find = (type: number, minBytes: number): Uint8Array | null =>
    findSubpacket(hashed, type, minBytes) ?? findSubpacket(unhashed, type, minBytes);
  const named = find(subpacketType.issuerFingerprint, 21);
  const expected = named?.[0] === 4 ? 20 : 32;
  const issuerFingerprint =
    named !== null && (named[0] === 4 || named[0] === 6) && named.length === expected + 1 ? hexOf(named.subarray(1)) : null;
  const keyId = find(subpacketType.issuerKeyId, 8);
  const issuerKeyId = keyId !== null ? hexOf(keyId.subarray(0, 8)) : issuerFingerprint === null ? null : keyIdOf(issuerFingerprint);
  return { issuerKeyId, issuerFingerprint };
}

function bytesOf(length: number): readonly number[] {
  return [length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255];
}
