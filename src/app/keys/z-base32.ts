/** Encodes names of a Web Key Directory in z-base-32: five bits per letter, no padding. */

const letters = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** Encodes bytes: 160 bits give 32 letters. Pads the last letter with zero bits. */
export function encodeZBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += letters.charAt((value >> bits) & 31);
    }
  }
  return bits === 0 ? text : text + letters.charAt((value << (5 - bits)) & 31);
}
