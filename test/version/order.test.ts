import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareVersions } from '../../src/maven/version/order.js';
import { codePoint } from '../support/code-point.js';

/** Source: Maven Resolver 1.6.3, GenericVersionTest. */
const table: readonly (readonly [string, -1 | 0 | 1, string])[] = [
  ['1', 0, '1.0'],
  ['1', 0, '1-0.ga'],
  ['', 0, '0'],
  ['1.0.0-ga', 0, '1'],
  ['1-a1', 0, '1-alpha-1'],
  ['1.0-a', 1, '1.0-alpha'],
  ['2', -1, '10'],
  ['2', -1, '2.1'],
  ['1-alpha', -1, '1-beta'],
  ['1-beta', -1, '1-milestone'],
  ['1-milestone', -1, '1-rc'],
  ['1-cr', 0, '1-rc'],
  ['1-rc', -1, '1-SNAPSHOT'],
  ['1-SNAPSHOT', -1, '1'],
  ['1', -1, '1-sp'],
  ['1-sp', -1, '1-foo'],
  ['1.0.0.Final', 0, '1'],
  ['1.min', -1, '1-alpha'],
  ['1.999999999999999999999', -1, '1.max'],
  ['1.max', -1, '2'],
  ['999999999', -1, '1000000000'],
  ['12345678901234567890', -1, '12345678901234567891'],
  ['007', 0, '7'],
  ['1-FOO', 0, '1-foo'],
  ['1-f\u0131nal', 0, '1'],
  ['\u0661', 0, '1'],
  ['1.0-\uffee', -1, '1.0-\u{1f600}'],
  ['1.0-\ude00', -1, '1.0-\u{1f600}'],
  ['1.0-\ud83d\u{1f600}\ude00', 1, '1.0-\u{1f600}'],
];

describe('compareVersions', () => {
  it.each(table)('gives for %s ? %s: %s', (a, order, b) => {
    expect(compareVersions(a, b)).toBe(order);
    expect(compareVersions(b, a) + order).toBe(0);
  });

  const part = fc.constantFrom(
    '0',
    '1',
    '2',
    '10',
    'a',
    'b',
    'm',
    'alpha',
    'rc',
    'SNAPSHOT',
    'ga',
    'sp',
    'foo',
    'min',
    'max',
    '99999999999',
  );
  const version = fc.oneof(
    fc
      .array(fc.tuple(part, fc.constantFrom('.', '-', '_', '')), { maxLength: 6 })
      .map((parts) => parts.map((pair) => pair.join('')).join('')),
    fc.string({ unit: codePoint, maxLength: 20 }),
  );

  it('is antisymmetric, and 0 for the same version', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(compareVersions(a, a)).toBe(0);
        expect(compareVersions(a, b) + compareVersions(b, a)).toBe(0);
      }),
    );
  });

  it('is transitive on versions of numbers that may end in a qualifier', () => {
    const usual = fc
      .tuple(
        fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', '-alpha1', '-beta', '-rc2', '-SNAPSHOT', '-sp', '.Final'),
      )
      .map(([numbers, qualifier]) => numbers.join('.') + qualifier);
    fc.assert(
      fc.property(usual, usual, usual, (a, b, c) => {
        const [low = a, middle = b, high = c] = [a, b, c].sort(compareVersions);
        expect(compareVersions(low, middle)).toBeLessThanOrEqual(0);
        expect(compareVersions(middle, high)).toBeLessThanOrEqual(0);
        expect(compareVersions(low, high)).toBeLessThanOrEqual(0);
      }),
    );
  });

  it('handles long versions of any kind', () => {
    for (const unit of ['9', '1.', '0.', 'a', '-', 'a1', '0.a', '\u0661', '\u0000']) {
      const long = unit.repeat(100_000 / unit.length);
      expect(compareVersions(long, `${long}1.1`) + compareVersions(`${long}1.1`, long)).toBe(0);
    }
    expect(compareVersions('9'.repeat(1_000_000), '9'.repeat(999_999))).toBe(1);
  });
});
