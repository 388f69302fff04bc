/** Reads the framing of a signature's subpackets (RFC 9580 section 5.2.3.7), and knows which of them may be critical. */
import { ByteReader } from './byte-reader.js';
import { malformed } from './malformed.js';

export const subpacketType = {
  created: 2,
  signatureExpires: 3,
  trust: 5,
  regularExpression: 6,
  revocable: 7,
  keyExpires: 9,
  revocationKey: 12,
  issuerKeyId: 16,
  notation: 20,
  primaryUserId: 25,
  keyFlags: 27,
  revocationReason: 29,
  embeddedSignature: 32,
  issuerFingerprint: 33,
  keyBlock: 38,
} as const;

export interface Subpacket {
  readonly type: number;
  readonly critical: boolean;
  readonly body: Uint8Array;
}

/** More useful subpackets would not fit into GnuPG's limit on an area, 10,000 bytes. */
const maxSubpackets = 1000;

/** @throws ClojarsFetchError ERR_SIGNATURE `malformed` */
export function parseSubpackets(area: Uint8Array): readonly Subpacket[] {
  const reader = new ByteReader(area);
  const subpackets: Subpacket[] = [];
  while (reader.remaining > 0) {
    const length = readLength(reader);
    if (length === 0) throw malformed('a subpacket of a signature has no type');
    const head = reader.byte();
    if (subpackets.length === maxSubpackets) throw malformed(`a signature has more than ${maxSubpackets} subpackets`);
    subpackets.push({ type: head & 0x7f, critical: (head & 0x80) !== 0, body: reader.take(length - 1) });
  }
  return subpackets;
}

/** Returns the first subpacket of a type, as GnuPG does; null if it is missing or too short. */
export function findSubpacket(subpackets: readonly Subpacket[], type: number, minBytes: number): Uint8Array | null {
  const body = subpackets.find((subpacket) => subpacket.type === type)?.body;
  return body === undefined || body.length < minBytes ? null : body;
}

/**
 * Whether a signature must count as bad because of a critical subpacket that is not understood. Source: GnuPG 2.2.40 `can_handle_critical`;
 * and types 34 and 39, preferences that RFC 9580 added.
 */
export function isUnknownCritical({ type, critical, body }: Subpacket): boolean {
  if (!critical || understood.has(type)) return false;
  if (type === subpacketType.keyBlock) return body[0] !== 0;
  return true;
}

const understood: ReadonlySet<number> = new Set([2, 3, 4, 5, 6, 7, 9, 11, 12, 16, 21, 22, 24, 25, 26, 27, 29, 30, 32, 33, 34, 39]);

function readLength(reader: ByteReader): number {
  const first = reader.byte();
  if (first < 192) return first;
  if (first === 255) return reader.number(4);
  return (first - 192) * 256 + reader.byte() + 192;
}
