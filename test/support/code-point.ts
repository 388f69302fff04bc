/** Characters for generated text. */
import fc from 'fast-check';

/**
 * Any character of Unicode, also those without a meaning. The unit 'binary' of fast-check gives the same, but first makes a table of all of
 * them, which takes two seconds and 160 MB in each process.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .nat({ max: 0x10_ffff - 0x800 })
  .map((place) => String.fromCodePoint(place < 0xd800 ? place : place + 0x800), placeOf);

/** The inverse, by which fast-check sees that a text consists of such characters. */
function placeOf(text: unknown): number {
  const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
  if (point === undefined || text !== String.fromCodePoint(point) || (point >= 0xd800 && point <= 0xdfff))
    throw new RangeError('not a single character');
  return point < 0xd800 ? point : point - 0x800;
}
