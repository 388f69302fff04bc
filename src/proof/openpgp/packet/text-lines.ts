/**
 * Canonical line endings for signatures over text (type 0x01), chunk by chunk.
 *
 * As GnuPG 2.2 does (`text_filter` without `--rfc2440-text`): carriage returns and zero bytes at the end of a line go
 * (`trim_trailing_chars` finds the end of its own list of characters, too), each line feed becomes CR LF, and they stay
 * elsewhere. For text that has ordinary line endings RFC 9580 section 5.2.1 says the same. Of a line of more than 19,995
 * bytes GnuPG hashes no more, which would leave the rest unsigned: here all of it counts.
 */
import { concatBytes } from './byte-reader.js';

export interface TextLines {
  /** The canonical form of the next chunk, as far as it is certain. */
  update(chunk: Uint8Array): Uint8Array;
}

const carriageReturn = 13;
const lineFeed = 10;
/** More of them are no line ending: such a line is too long for GnuPG. */
const maxHeld = 20_000;

/** What may go is dropped at the end of the last line as well, so nothing is left to say at the end. */
export function createTextLines(): TextLines {
  /** Carriage returns and zero bytes that were seen and not written yet. */
  const held = new Uint8Array(maxHeld);
  let heldLength = 0;
  return {
    update(chunk) {
      const parts: Uint8Array[] = [];
      const lineEnd = Uint8Array.of(carriageReturn, lineFeed);
      const release = (): void => {
        parts.push(held.slice(0, heldLength));
        heldLength = 0;
      };
      let start = 0;
      for (let index = 0; index < chunk.length; index++) {
        const byte = chunk[index] ?? 0;
        if (byte === carriageReturn || byte === 0) {
          if (start < index) parts.push(chunk.subarray(start, index));
          start = index + 1;
          if (heldLength === maxHeld) release();
          held[heldLength++] = byte;
        } else if (byte === lineFeed) {
          if (start < index) parts.push(chunk.subarray(start, index));
          start = index + 1;
          heldLength = 0;
          parts.push(lineEnd);
        } else if (heldLength > 0) {
          release();
        }
      }
      if (start < chunk.length) parts.push(chunk.subarray(start));
      return concatBytes(parts);
    },
  };
}
