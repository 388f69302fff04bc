/** Last-Modified of an answer: a date of the past, or none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { lastModifiedOf } from '../../src/network/transport/contract/validator.js';

const now = Date.parse('2026-01-01T00:00:00.500Z');
const date = 'Tue, 02 Jan 2024 03:04:05 GMT';
const read = (text: string): number | null => lastModifiedOf({ 'last-modified': text }, now);

describe('lastModifiedOf', () => {
  it.each([
    [date, Date.UTC(2024, 0, 2, 3, 4, 5)],
    [` ${date} `, Date.UTC(2024, 0, 2, 3, 4, 5)],
    ['Tuesday, 02-Jan-24 03:04:05 GMT', Date.UTC(2024, 0, 2, 3, 4, 5)],
    ['Tue Jan  2 03:04:05 2024', Date.UTC(2024, 0, 2, 3, 4, 5)],
    ['Thu, 01 Jan 2026 00:00:01 GMT', now],
    ['Fri, 31 Dec 9999 23:59:59 GMT', now],
    ['Thu, 01 Jan 1970 00:00:00 GMT', null],
    ['Mon, 01 Jan 0001 00:00:00 GMT', null],
    ['Tue, 31 Feb 2024 03:04:05 GMT', null],
    ['Tue, 02 Jan 2024 03:04:05 +0100', null],
    ['2024-01-02T03:04:05Z', null],
    ['1704164645', null],
    ['', null],
  ])('reads %j as %j', (text, expected) => expect(read(text)).toBe(expected));

  it('is null without the header', () => expect(lastModifiedOf({ date }, now)).toBeNull());

  it('gives back every date of the past, and nothing but dates of the past, whatever the text', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Math.floor(now / 1000) }), (seconds) => {
        expect(read(new Date(seconds * 1000).toUTCString())).toBe(seconds * 1000);
      }),
    );
    // A date with one character in the place of another.
    const nearlyDate = fc
      .tuple(fc.nat({ max: 28 }), fc.string({ minLength: 1, maxLength: 1 }))
      .map(([at, other]) => date.slice(0, at) + other + date.slice(at + 1));
    const header = fc.oneof(fc.string(), nearlyDate);
    fc.assert(
      fc.property(header, (text) => {
        const ms = read(text);
        expect(ms === null || (Number.isSafeInteger(ms) && ms > 0 && ms <= now)).toBe(true);
      }),
    );
  });
});
