/**
 * Reads the issuer of a certification, and whether it is a trust signature, without parsing the packet: every signature in a keyring is
 * asked. May find more than `parseSignaturePacket`, never less.
 */
import { hexOf } from '../packet/byte-reader.js';
import { signatureType } from '../packet/signature-packet.js';
import { subpacketType } from '../packet/subpackets.js';

export interface CertificationNames {
  /** 16 upper-case hex digits; null if it names no issuer. */
  readonly issuer: string | null;
  /** Whether it has a trust subpacket in the hashed area. */
  readonly hasTrust: boolean;
}

/** @returns null if it is cut off, or neither certifies a user ID nor revokes a certification */
export function readCertificationNames(body: Uint8Array): CertificationNames | null {
  const version = body[0];
  const type = (version === 3 ? body[2] : body[1]) ?? 0;
  if (!((type >= signatureType.certifyFirst && type <= signatureType.certifyLast) || type === signatureType.certificationRevocation))
    return null;
  if (version === 3) return body.length < 15 ? null : { issuer: hexOf(body.subarray(7, 15)), hasTrust: false };
  if (version !== 4 && version !== 6) return null;
  const found: Found = { keyId: null, fingerprint: null, hasTrust: false };
  const hashedEnd = readArea(body, 4, version, found, true);
  if (hashedEnd === null || readArea(body, hashedEnd, version, found, false) === null) return null;
  const { keyId, fingerprint, hasTrust } = found;
  const issuer = keyId ?? (fingerprint === null ? null : keyIdIn(fingerprint));
  return { issuer: issuer === null ? null : hexOf(issuer), hasTrust };
}

/** Takes a fingerprint with its version in front. */
function keyIdIn(fingerprint: Uint8Array): Uint8Array | null {
  if (fingerprint[0] === 4 && fingerprint.length === 21) return fingerprint.subarray(13, 21);
  return fingerprint[0] === 6 && fingerprint.length === 33 ? fingerprint.subarray(1, 9) : null;
}

interface Found {
  keyId: Uint8Array | null;
  /** With its version in front. */
  fingerprint: Uint8Array | null;
  hasTrust: boolean;
}

/** Returns the end of the area; null if it is cut off. */
function readArea(body: Uint8Array, start: number, version: number, found: Found, isProtected: boolean): number | null {
  const size = version === 6 ? 4 : 2;
  const length = numberAt(body, start, size);
  let at = start + size;
  const end = at + length;
  if (end > body.length) return null;
  // If one area has several, the first counts, even if it is too short.
  let anyKeyId = false;
  let anyFingerprint = false;
  while (at < end) {
    const first = body[at] ?? 0;
    const header = first < 192 ? 1 : first < 255 ? 2 : 5;
    const inside = header === 1 ? first : header === 2 ? (first - 192) * 256 + (body[at + 1] ?? 0) + 192 : numberAt(body, at + 1, 4);
    const next = at + header + inside;
    if (inside === 0 || next > end) return null;
    const kind = (body[at + header] ?? 0) & 0x7f;
    if (kind === subpacketType.issuerKeyId && !anyKeyId) {
      anyKeyId = true;
      if (inside >= 9) found.keyId ??= body.subarray(at + header + 1, at + header + 9);
    } else if (kind === subpacketType.issuerFingerprint && !anyFingerprint) {
      anyFingerprint = true;
      if (inside >= 22) found.fingerprint ??= body.subarray(at + header + 1, next);
    } else if (kind === subpacketType.trust && inside >= 3) found.hasTrust ||= isProtected;
    at = next;
  }
  return end;
}

function numberAt(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index += 1) value = value * 256 + (bytes[offset + index] ?? 0);
  return value;
}
