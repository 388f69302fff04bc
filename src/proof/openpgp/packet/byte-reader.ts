/** Reads big-endian numbers and slices from bytes; reading past the end throws `malformed` and never returns `undefined`. */
import { malformed } from './malformed.js';

/** @throws ClojarsFetchError ERR_SIGNATURE `malformed` from every method, if the bytes end too early */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  byte(): number {
    const value = this.#bytes[this.#position];
    if (value === undefined) throw malformed('the data ends too early');
    this.#position++;
    return value;
  }

  /** Reads an unsigned number of 1 to 6 bytes. */
  number(bytes: number): number {
    let value = 0;
    for (let index = 0; index < bytes; index++) value = value * 256 + this.byte();
    return value;
  }

  /** Reads the next bytes, as a view, not a copy. */
  take(length: number): Uint8Array {
    if (length > this.remaining) throw malformed('the data ends too early');
    const start = this.#position;
    this.#position += length;
    return this.#bytes.subarray(start, this.#position);
  }

  rest(): Uint8Array {
    return this.take(this.remaining);
  }

  /** Reads a multiprecision integer (RFC 9580 section 3.2), without leading zero bytes. */
  mpi(): Uint8Array {
    const bits = this.number(2);
    return withoutLeadingZeros(this.take(Math.ceil(bits / 8)));
  }
}

export function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  let start = 0;
  while (start < bytes.length && bytes[start] === 0) start++;
  return bytes.subarray(start);
}

/** Counts the bits of an unsigned number. */
export function bitLength(bytes: Uint8Array): number {
  const significant = withoutLeadingZeros(bytes);
  const first = significant[0];
  return first === undefined ? 0 : (significant.length - 1) * 8 + (32 - Math.clz32(first));
}

/** Pads with leading zeros to the length; null if the number is longer. */
export function padLeft(bytes: Uint8Array, length: number): Uint8Array | null {
  const significant = withoutLeadingZeros(bytes);
  if (significant.length > length) return null;
  const padded = new Uint8Array(length);
  padded.set(significant, length - significant.length);
  return padded;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && Buffer.compare(a, b) === 0;
}

/** Formats as upper-case hex, the usual form of fingerprints and key IDs. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex').toUpperCase();
}
