import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatProperties, parseProperties } from '../../src/local/repository/properties.js';

// Unpaired surrogates are fine, too: the format works on UTF-16 units.
const text = fc.string({
  unit: fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('\\', '=', ':', '#', '!', ' ', '\t', '\n', '\r', '\f', '>', '\u0000', 'é', '\ud800'),
  ),
});

describe('Java properties', () => {
  it('are read back as written', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        const entries = new Map(pairs);
        const written = formatProperties(entries, new Date(0));
        expect(written).toMatch(/^[\x0a\x20-\x7e]*$/);
        expect(parseProperties(written)).toEqual(entries);
      }),
    );
  });

  it('never make the reader throw', () => {
    fc.assert(fc.property(text, (any) => parseProperties(any) instanceof Map));
  });

  // Each row as java.util.Properties (17) loads it.
  it.each([
    ['a-1.jar>central=\n', [['a-1.jar>central', '']]],
    ['a-1.jar>=\n', [['a-1.jar>', '']]],
    ['a-1.jar>central', [['a-1.jar>central', '']]],
    ['a\\\n  b : c\n', [['ab', 'c']]],
    [
      '  # no\n! no\n\n k v = w\r\nx:=y\r',
      [
        ['k', 'v = w'],
        ['x', '=y'],
      ],
    ],
    ['k\\=\\:\\ \\u00e9=\\tv\\q', [['k=: é', '\tvq']]],
    ['a=1\na=2', [['a', '2']]],
    [
      'a=b\\\\\nc=d',
      [
        ['a', 'b\\'],
        ['c', 'd'],
      ],
    ],
  ])('are read from %j', (input, expected) => {
    expect([...parseProperties(input)]).toEqual(expected);
  });

  // As Java 17 stores these keys, set in another order.
  it('are written in the order of java.util.Properties', () => {
    const keys = ['core', 'util', 'app', 'text'].flatMap((name) => [`${name}-1.0.jar>central`, `${name}-1.0.pom>central`]);
    const written = formatProperties(new Map(keys.map((key) => [key, ''])), new Date(0));
    const expected = [
      'util-1.0.pom',
      'core-1.0.jar',
      'text-1.0.jar',
      'text-1.0.pom',
      'app-1.0.jar',
      'util-1.0.jar',
      'app-1.0.pom',
      'core-1.0.pom',
    ];
    expect(written.split('\n').slice(2, -1)).toEqual(expected.map((name) => `${name}>central=`));
  });

  it('are written as java.util.Properties stores them', () => {
    const entries = new Map([
      ['a b#!:=>é\t', 'x =\u0001 y'],
      ['a-1.jar>central', ''],
    ]);
    expect(formatProperties(entries, new Date('2026-11-04T01:02:03Z'))).toBe(
      '#NOTE: This is a Maven Resolver internal implementation file, its format can be changed without prior notice.\n' +
        '#Wed Nov 04 01:02:03 UTC 2026\n' +
        'a\\ b\\#\\!\\:\\=>\\u00E9\\t=x \\=\\u0001 y\n' +
        'a-1.jar>central=\n',
    );
  });
});
