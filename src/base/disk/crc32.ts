/** Computes CRC-32 (IEEE 802.3). node:zlib does it faster, but loading that costs a warm start more time than this does. */

/**
 * One entry for each half byte: sixteen are computed in no time, and a warm start checks few lines. Signed 32-bit numbers
 * stay integers for the compiler; unsigned ones become floating-point numbers, which take a third longer.
 */
const table = Int32Array.from({ length: 16 }, (_, half) => {
  let value = half;
  for (let bit = 0; bit < 4; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value;
});

/** After this many bytes, loading node:zlib has paid off. */
const fewBytes = 32 * 1024;

let bytesSoFar = 0;
let native: typeof import('node:zlib') | undefined;

/** Returns the checksum of the bytes, or of the text's UTF-8 bytes, from 0 to 2³² − 1. */
export function crc32(data: string | Uint8Array): number {
  bytesSoFar += data.length;
  return bytesSoFar > fewBytes ? (native ??= process.getBuiltinModule('node:zlib')).crc32(data) : crc32OfFew(data);
}

function crc32OfFew(data: string | Uint8Array): number {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  let value = -1;
  for (let at = 0; at < bytes.length; at++) {
    value ^= bytes[at] ?? 0;
    value = (table[value & 15] ?? 0) ^ (value >>> 4);
    value = (table[value & 15] ?? 0) ^ (value >>> 4);
  }
  return ~value >>> 0;
}
