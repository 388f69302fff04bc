/** Generated characters. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { codePoint } from './code-point.js';

test('a code point is any character except half of a surrogate pair', () => {
  fc.assert(
    fc.property(codePoint, (text) => {
      expect([...text]).toHaveLength(1);
      expect(Buffer.from(text).toString()).toBe(text);
    }),
  );
  const points = fc.sample(codePoint, 5_000).map((text) => text.codePointAt(0) ?? 0);
  expect(Math.min(...points)).toBeLessThan(0x1_0000);
  expect(Math.max(...points)).toBeGreaterThan(0x10_0000);
});

test('texts of code points include those that break objects, such as __proto__', () => {
  expect(fc.sample(fc.string({ unit: codePoint }), { numRuns: 5_000, seed: 1 })).toContain('__proto__');
});
