/**
 * Converts line endings to canonical form for signatures over text (type 0x01), chunk by chunk.
 *
 * Follows GnuPG 2.2 (`text_filter` without `--rfc2440-text`): removes carriage returns and zero bytes at the end of a line
 * (`trim_trailing_chars` also finds the end of its own list of characters) but keeps them elsewhere, and turns each line feed into CR LF.
 * For text with ordinary line endings this equals RFC 9580 section 5.2.1. GnuPG hashes only the first 19,995 bytes of a line, which would
 * leave the rest unsigned; here the whole line is hashed.
 */
import { concatBytes } from './byte-reader.js';

const carriageReturn = 13;
const lineFeed = 10;
/** A longer run is not a line ending: GnuPG cannot handle such a line. */
const maxHeld = 20_000;

/** Removable bytes are dropped at the end of the last line too, so no final call is needed. */
export class TextLines {
  /** Carriage returns and zero bytes that were seen but not yet written. */
  readonly #held = new Uint8Array(maxHeld);
  #heldLength = 0;

  /** Returns the canonical form of the next chunk, up to the bytes that are not yet certain. */
  update(chunk: Uint8Array): Uint8Array {
    const parts: Uint8Array[] = [];
    const lineEnd = Uint8Array.of(carriageReturn, lineFeed);
    let start = 0;
    for (let index = 0; index < chunk.length; index++) {
      const byte = chunk[index] ?? 0;
      if (byte === carriageReturn || byte === 0) {
        if (start < index) parts.push(chunk.subarray(start, index));
        start = index + 1;
        if (this.#heldLength === maxHeld) parts.push(this.#release());
        this.#held[this.#heldLength++] = byte;
      } else if (byte === lineFeed) {
        if (start < index) parts.push(chunk.subarray(start, index));
        start = index + 1;
        this.#heldLength = 0;
        parts.push(lineEnd);
      } else if (this.#heldLength > 0) {
        parts.push(this.#release());
      }
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
    return concatBytes(parts);
  }

  /** Returns the held bytes: they do not end a line after all. */
  #release(): Uint8Array {
    const held = this.#held.slice(0, this.#heldLength);
    this.#heldLength = 0;
    return held;
  }
}
