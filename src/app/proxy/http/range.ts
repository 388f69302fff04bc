/** Reads the Range header: RFC 9110 section 14. */

/** The bytes to send: `to` is exclusive. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** `whole`: the header is absent, invalid, of another unit, or asks for several ranges, and is ignored. */
export type RangeVerdict =
  { readonly kind: 'whole' } | { readonly kind: 'part'; readonly range: ByteRange } | { readonly kind: 'unsatisfiable' };

/** Longer than any single range: 10,000 parts are not even counted. */
const maxLength = 256;
const whole: RangeVerdict = { kind: 'whole' };

/**
 * Decides which bytes of a file a Range header asks for. A server may ignore a Range header; several ranges are, since no build tool sends
 * them and their answer (`multipart/byteranges`) would cost more than the whole file.
 *
 * @param size of the file, in bytes
 */
export function parseRange(header: string | undefined, size: number): RangeVerdict {
  if (header === undefined || header.length > maxLength) return whole;
  const unit = /^bytes=/i.exec(header);
  if (unit === null) return whole;
  // A list may have empty elements (section 5.6.1.2).
  const parts = header
    .slice(unit[0].length)
    .split(',')
    .map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ''))
    .filter((part) => part !== '');
  const [part] = parts;
  if (part === undefined || parts.length > 1) return whole;
  const [, first, last] = /^([0-9]*)-([0-9]*)$/.exec(part) ?? [];
  if (first === undefined || last === undefined) return whole;
  if (first === '') return last === '' ? whole : suffix(Number(last), size);
  if (last !== '' && isLess(last, first)) return whole;
  const from = Number(first);
  if (from >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', range: { from, to: last === '' ? size : Math.min(Number(last), size - 1) + 1 } };
}

/** The last bytes of the file. No Content-Range can say "all of nothing", so an empty file is sent whole. */
function suffix(length: number, size: number): RangeVerdict {
  if (length === 0) return { kind: 'unsatisfiable' };
  if (size === 0) return whole;
  return { kind: 'part', range: { from: Math.max(0, size - length), to: size } };
}

/** Compares decimal digits of any length, which numbers would round. */
function isLess(left: string, right: string): boolean {
  const [a, b] = [left.replace(/^0+/, ''), right.replace(/^0+/, '')];
  return a.length === b.length ? a < b : a.length < b.length;
}
