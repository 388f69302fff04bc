/** Computes CRC-32 (IEEE 802.3). node:zlib has one, but loading it costs a warm start more time than this does. */

/** One entry for each half byte: sixteen are computed in no time, and a warm start checks few lines. */
const table = Array.from({ length: 16 }, (_, half) => {
  let value = half;
  for (let bit = 0; bit < 4; bit++) value = (value & 1) === 1 ? (value >>> 1) ^ 0xed_b8_83_20 : value >>> 1;
  return value >>> 0;
});

/** Returns the checksum of the text's UTF-8 bytes, from 0 to 2³² − 1. */
export function crc32(text: string): number {
  const bytes = Buffer.from(text);
  let value = 0xff_ff_ff_ff;
  for (let at = 0; at < bytes.length; at++) {
    value ^= bytes[at] ?? 0;
    value = (table[value & 15] ?? 0) ^ (value >>> 4);
    value = (table[value & 15] ?? 0) ^ (value >>> 4);
  }
  return (value ^ 0xff_ff_ff_ff) >>> 0;
}
