/** Small readers of bytes that the forms of lines share. */

export const space = 0x20;
export const quote = 0x22;
export const dash = 0x2d;
export const slash = 0x2f;
export const backslash = 0x5c;
export const colon = 0x3a;

/** Returns the number that `length` digits make, or -1 if one of the bytes is not a digit. Bytes beyond the end are none. */
export function digits(bytes: Uint8Array, start: number, length: number): number {
  let value = 0;
  for (let at = start; at < start + length; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Does as {@link digits}, for two. */
export function twoDigits(bytes: Uint8Array, start: number): number {
  const high = (bytes[start] ?? 0) - 0x30;
  const low = (bytes[start + 1] ?? 0) - 0x30;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : -1;
}

/** Returns where the first `wanted` between `start` and `end` is, or `end`. For short distances: faster than a call of `indexOf`. */
export function find(bytes: Uint8Array, wanted: number, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== wanted) at += 1;
  return at;
}

/** Does as {@link find}, for distances of a few dozen bytes and more. The bytes behind `end` must not be without `wanted` for long. */
export function findFar(bytes: Buffer, wanted: number, start: number, end: number): number {
  const at = start < end ? bytes.indexOf(wanted, start) : end;
  return at === -1 || at > end ? end : at;
}

/** Returns where the quoted text that begins at `start` ends: at a quote that no backslash escapes, or at `end`. */
export function closingQuote(bytes: Buffer, start: number, end: number): number {
  const first = findFar(bytes, quote, start, end);
  // Only the byte before a quote can escape it.
  if (first === end || first === start || bytes[first - 1] !== backslash) return first;
  let at = start;
  while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return Math.min(at, end);
}
