import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseTrustRegexp } from '../../../src/proof/openpgp/web-of-trust/regexp.js';

const example = '<[^>]+[@.]example\\.com>$';
const matches = (expression: string, userId: string): boolean | null => parseTrustRegexp(expression)?.matches(userId) ?? null;

describe('expressions of trust signatures', () => {
  it('limit to a domain and its subdomains', () => {
    for (const userId of ['Ann <ann@example.com>', 'Ann <ann@sub.example.com>', '<A@EXAMPLE.COM>', 'a <b <c@example.com>'])
      expect(matches(example, userId), userId).toBe(true);
    for (const userId of [
      'ann@example.com',
      'Ann <ann@notexample.com>',
      'Ann <ann@example.com> x',
      'Ann <ann@example.com.evil.net>',
      'Ann <ann@exampleXcom>',
      '<@example.com>',
      'Ann <ann>@example.com>',
      'Ann <ann@example.com',
      '',
    ])
      expect(matches(example, userId), userId).toBe(false);
  });

  it('treat only a dot as special inside the frame', () => {
    expect(matches('<[^>]+[@.]e.ample\\.com>$', 'A <a@eXample.com>')).toBe(true);
    expect(matches('<[^>]+[@.]e*\\.com>$', 'A <a@eee.com>')).toBe(false);
    expect(matches('<[^>]+[@.]e*\\.com>$', 'A <a@e*.com>')).toBe(true);
    expect(matches('example.com', 'Example com')).toBe(true);
    expect(matches('^.*$', 'anything')).toBe(false);
    expect(matches('(a|b)', 'a')).toBe(false);
    expect(matches('(a|b)', 'x (A|B) y')).toBe(true);
    expect(matches('[a]+', 'aaa')).toBe(false);
    expect(matches('a\\.b', 'a.b')).toBe(true);
    expect(matches('a\\.b', 'axb')).toBe(false);
  });

  it('are refused if they could mean more', () => {
    for (const expression of ['a\\d', 'a\\w', 'a\\', '\\<a', '<[^>]+[@.]example\\.com\\>$', 'a'.repeat(513)])
      expect(parseTrustRegexp(expression), expression).toBeNull();
  });

  it('end at a zero byte, as in C', () => {
    expect(matches('example.com\0)(', 'example.com')).toBe(true);
  });

  it('agree with a real engine on expressions that both accept', () => {
    const letter = fc.constantFrom('a', 'B', '<', '>', '@', '.', ' ');
    fc.assert(
      fc.property(
        fc.array(letter, { maxLength: 12 }),
        fc.array(fc.constantFrom('a', 'b', '.', '\\.'), { maxLength: 4 }),
        (userId, pieces) => {
          const expression = `<[^>]+[@.]${pieces.join('')}>$`;
          if (expression.length < 12) return;
          expect(matches(expression, userId.join(''))).toBe(new RegExp(expression, 'is').test(userId.join('')));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('take no time where a backtracking engine takes long', () => {
    expect(matches('<[^>]+[@.](a+)+b>$', `<${'a@'.repeat(4000)}>`)).toBe(false);
  });
});
