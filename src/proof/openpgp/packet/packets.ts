/**
 * Reads the framing of OpenPGP packets (RFC 9580 section 4.2): tag and length, not the contents.
 *
 * Stricter than the format: refuses partial and indeterminate lengths. They are meant for data of unknown length, which keys and signatures
 * never are, and no program uses them there.
 */
import { concatBytes } from './byte-reader.js';
import { malformed } from './malformed.js';

/** Packet types of RFC 9580 section 5 that are used here. */
export const packetTag = {
  signature: 2,
  secretKey: 5,
  publicKey: 6,
  secretSubkey: 7,
  marker: 10,
  trust: 12,
  userId: 13,
  publicSubkey: 14,
  userAttribute: 17,
  padding: 21,
} as const;

export interface Packet {
  readonly tag: number;
  /** Offset of its header, from the start of the bytes that were read. */
  readonly offset: number;
  /** Offset of the first byte after it. */
  readonly end: number;
  /** A view, not a copy. */
  readonly body: Uint8Array;
}

/**
 * Reads the packet at an offset.
 * @throws ClojarsFetchError ERR_SIGNATURE `malformed`
 */
export function readPacket(bytes: Uint8Array, offset: number): Packet {
  const head = bytes[offset];
  if (head === undefined) throw malformed('the data ends where a packet should start');
  if ((head & 0x80) === 0) throw malformed(`byte ${offset} does not start an OpenPGP packet`);
  const isNew = (head & 0x40) !== 0;
  const tag = isNew ? head & 0x3f : (head >> 2) & 0x0f;
  if (tag === 0) throw malformed('packet type 0 is reserved');
  const { length, start } = isNew ? newLength(bytes, offset + 1) : oldLength(bytes, offset + 1, head & 3);
  const end = start + length;
  if (end > bytes.length) throw malformed(`the packet at byte ${offset} is cut off`);
  return { tag, offset, end, body: bytes.subarray(start, end) };
}

/**
 * Reads all packets in order, to the last byte.
 * @throws ClojarsFetchError ERR_SIGNATURE `malformed`, when it reaches the damaged packet
 */
export function* readPackets(bytes: Uint8Array): Generator<Packet, void, undefined> {
  for (let offset = 0; offset < bytes.length;) {
    const packet = readPacket(bytes, offset);
    yield packet;
    offset = packet.end;
  }
}

/** Formats a packet with a new-format header and a length of five bytes, or of one if it is short. */
export function formatPacket(tag: number, body: Uint8Array): Uint8Array {
  const length = body.length;
  const header = length < 192 ? [length] : [255, (length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255];
  return concatBytes([Uint8Array.of(0xc0 | tag, ...header), body]);
}

function at(bytes: Uint8Array, offset: number): number {
  const value = bytes[offset];
  if (value === undefined) throw malformed('a packet header is cut off');
  return value;
}

function newLength(bytes: Uint8Array, offset: number): { length: number; start: number } {
  const first = at(bytes, offset);
  if (first < 192) return { length: first, start: offset + 1 };
  if (first < 224) return { length: (first - 192) * 256 + at(bytes, offset + 1) + 192, start: offset + 2 };
  if (first < 255) throw malformed('a packet of a key or signature has a partial length');
  return { length: numberAt(bytes, offset + 1, 4), start: offset + 5 };
}

function oldLength(bytes: Uint8Array, offset: number, lengthType: number): { length: number; start: number } {
  if (lengthType === 3) throw malformed('a packet of a key or signature has an indeterminate length');
  const size = 1 << lengthType;
  return { length: numberAt(bytes, offset, size), start: offset + size };
}

function numberAt(bytes: Uint8Array, offset: number, size: number): number {
  let value = 0;
  for (let index = 0; index < size; index++) value = value * 256 + at(bytes, offset + index);
  return value;
}
