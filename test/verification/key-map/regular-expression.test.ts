import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compileRegularExpression, RegularExpressionError } from '../../../src/proof/key-map/model/regular-expression.js';

const matches = (pattern: string, text: string, ignoreCase = false): boolean => compileRegularExpression(pattern, { ignoreCase })(text);

describe('regular expressions of key maps', () => {
  it.each<[string, string, boolean]>([
    ['', '', true],
    ['', 'a', false],
    ['abc', 'abc', true],
    ['abc', 'abcd', false],
    ['.*-snapshot', '1.1-snapshot', true],
    ['.*-snapshot', '1.1-snapshot-x', false],
    ['.*-(snapshot|\\d{8,}\\.\\d{6}-\\d+)', '1-20240101.010203-4', true],
    ['^software[.]sava($|([.].*))', 'software.sava', true],
    ['^software[.]sava($|([.].*))', 'software.sava.core', true],
    ['^software[.]sava($|([.].*))', 'software.savannah', false],
    ['.*-javadoc[.]jar', 'lib-1-javadoc.jar', true],
    ['com[.]acme[.]?.*', 'com.acme', true],
    ['a{2}', 'aaa', false],
    ['a{2,}', 'aaaa', true],
    ['a{1,3}', '', false],
    ['[^a-c_-]+', 'xyz', true],
    ['[^a-c_-]+', 'x-z', false],
    ['[a\\-z]+', 'a-z', true],
    ['[a-]+', 'a-', true],
    ['\\Q1.0+2\\E.*', '1.0+2-x', true],
    ['\\Q1.0', '1x0', false],
    ['(?i)ABC', 'abc', true],
    ['(?:a|b|)c', 'c', true],
    ['a|bc', 'ac', false],
    ['(a*)*b', 'aab', true],
    ['$^', '', true],
    ['a^b', 'ab', false],
    ['\u{1f600}+', '\u{1f600}\u{1f600}', false],
  ])('match as expected: %s on %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it('ignore case on request', () => {
    expect(matches('1-[A-C]x', '1-bX', true)).toBe(true);
    expect(matches('[^a]', 'A', true)).toBe(false);
  });

  it.each([
    '(',
    ')',
    'a)',
    '[a',
    '[]',
    '[]a]',
    '[z-a]',
    '[a[b]]',
    '[a&&b]',
    '*a',
    'a**',
    'a*+',
    'a{2',
    'a{3,2}',
    'a{,2}',
    '\\',
    '\\1',
    '\\b',
    '\\p{L}',
    '\\x41',
    '(?=a)',
    '(?<!a)',
    '(?<n>a)',
    'a(?i)b',
    '^*',
    '('.repeat(60) + ')'.repeat(60),
    'a'.repeat(1001),
    '((a{99}){99}){99}',
    '(((){9999}){9999}){9999}',
  ])('are refused if unsupported: %s', (pattern) => {
    expect(() => compileRegularExpression(pattern, { ignoreCase: false })).toThrow(RegularExpressionError);
  });

  it('take linear time on catastrophic input for a backtracking engine', () => {
    expect(matches('(a+)+(a|aa)*(.*a){8}b', 'a'.repeat(2000))).toBe(false);
  });

  it('agree with those of JavaScript on patterns that both support', () => {
    const leaf = fc.constantFrom('a', 'b', '-', '.', '\\.', '\\d', '\\W', '[ab]', '[^a]', '[0-5b-]', '\\s', '^', '$');
    const expression = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => a + b),
        fc.tuple(tie('tree'), tie('tree')).map(([a, b]) => `(${a}|${b})`),
        fc
          .tuple(tie('tree'), fc.constantFrom('*', '+', '?', '{2}', '{1,2}', '{0,}', '*?'))
          .map(([a, quantifier]) => `(?:${a})${quantifier}`),
      ),
    })).tree;
    const text = fc.array(fc.constantFrom('a', 'b', '0', '9', '-', '.', ' ', '_'), { maxLength: 6 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(expression, fc.array(text, { minLength: 5, maxLength: 5 }), (pattern, texts) => {
        const own = compileRegularExpression(pattern, { ignoreCase: false });
        const theirs = new RegExp(`^(?:${pattern})$`);
        for (const one of texts) expect([one, own(one)]).toEqual([one, theirs.test(one)]);
      }),
      { numRuns: 500 },
    );
  });

  it('are compiled or refused, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab1.-\\[](){}|^$*+?,:=<!Qd&') }), fc.string(), (pattern, text) => {
        try {
          expect(typeof matches(pattern, text)).toBe('boolean');
        } catch (error) {
          expect(error).toBeInstanceOf(RegularExpressionError);
        }
      }),
    );
  });
});
