/**
 * Canonical line endings for signatures over text (type 0x01), chunk by chunk.
 *
 * As GnuPG 2.2 does (`text_filter` without `--rfc2440-text`): carriage returns at the end of a line go, each line feed
 * becomes CR LF, and a carriage return elsewhere stays. For text that has ordinary line endings RFC 9580 section 5.2.1
 * says the same.
 */
import { concatBytes } from './byte-reader.js';

export interface TextLines {
  /** The canonical form of the next chunk, as far as it is certain. */
  update(chunk: Uint8Array): Uint8Array;
}

const carriageReturn = 13;
const lineFeed = 10;

/** Trailing carriage returns of the last line are dropped, so nothing is left to say at the end. */
export function createTextLines(): TextLines {
  /** Carriage returns that were seen and not written yet. */
  let held = 0;
  return {
    update(chunk) {
      const parts: Uint8Array[] = [];
      const lineEnd = Uint8Array.of(carriageReturn, lineFeed);
      let start = 0;
      for (let index = 0; index < chunk.length; index++) {
        const byte = chunk[index];
        if (byte === carriageReturn) {
          if (start < index) parts.push(chunk.subarray(start, index));
          start = index + 1;
          held++;
        } else if (byte === lineFeed) {
          if (start < index) parts.push(chunk.subarray(start, index));
          start = index + 1;
          held = 0;
          parts.push(lineEnd);
        } else if (held > 0) {
          parts.push(new Uint8Array(held).fill(carriageReturn));
          held = 0;
        }
      }
      if (start < chunk.length) parts.push(chunk.subarray(start));
      return concatBytes(parts);
    },
  };
}
