/**
 * Who a certification says has made it, and whether it says trust: read from its bytes without taking it apart, since
 * that is asked of every signature in a keyring. What it finds agrees with `parseSignaturePacket`, or is more.
 */
import { hexOf } from '../packet/byte-reader.js';
import { signatureType } from '../packet/signature-packet.js';
import { subpacketType } from '../packet/subpackets.js';

export interface CertificationNames {
  /** 16 upper-case hex digits; null if it names no issuer. */
  readonly issuer: string | null;
  /** It has a trust subpacket that the signature protects. */
  readonly hasTrust: boolean;
}

/** @returns null for what neither certifies a user ID nor revokes that, and for what is cut off */
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

/** Of a fingerprint with its version before it. */
function keyIdIn(fingerprint: Uint8Array): Uint8Array | null {
  if (fingerprint[0] === 4 && fingerprint.length === 21) return fingerprint.subarray(13, 21);
  return fingerprint[0] === 6 && fingerprint.length === 33 ? fingerprint.subarray(1, 9) : null;
}

interface Found {
  keyId: Uint8Array | null;
  /** Its version before it. */
  fingerprint: Uint8Array | null;
  hasTrust: boolean;
}

/** Where the area ends; null where it is cut off. */
function readArea(body: Uint8Array, start: number, version: number, found: Found, isProtected: boolean): number | null {
  const size = version === 6 ? 4 : 2;
  const length = numberAt(body, start, size);
  let at = start + size;
  const end = at + length;
  if (end > body.length) return null;
  // Of several in one area the first counts, even where it is too short.
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
