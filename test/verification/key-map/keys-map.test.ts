import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isClojarsFetchError } from '../../../src/base/error.js';
import { parseJsonKeyMap } from '../../../src/proof/key-map/format/json-key-map.js';
import { parseKeysMap } from '../../../src/proof/key-map/format/keys-map.js';
import { parseKeysMapPattern } from '../../../src/proof/key-map/format/keys-map-pattern.js';
import { fingerprint, subject } from './signers.js';

const a = fingerprint('a1');
const b = fingerprint('b2');

describe('patterns, as pgpverify-maven-plugin reads them (ArtifactPattern)', () => {
  it.each<[string, string, boolean]>([
    ['Test.Group:tesT:*', 'test.group:test:1.1.1', true],
    ['test.group:test:3.0.0-M1', 'test.group:test:3.0.0-m1', true],
    ['test.group:test:1.1.1', 'test.group:test:1.1.1', true],
    ['test.group:test:1.1.1', 'test.group:test:1.1.1-SNAPSHOT', false],
    ['test.group:test:1.1.1-SNAPSHOT', 'test.group:test:1.1.1-20240101.010203-1', true],
    ['test.group:test:jar:1.1.1', 'test.group:test:1.1.1', true],
    ['test.group:test:pom:1.1.1', 'test.group:test:1.1.1', false],
    ['test.group:test:pom', 'test.group:test:1.1.1:pom', true],
    ['test.group:test:[1.1,2.0)', 'test.group:test:1.1.1', true],
    ['test.group:test:[1.1,2.0)', 'test.group:test:2.0', false],
    ['test.group:test:pom:[1.1,2.0)', 'test.group:test:1.1.1', false],
    ['test.group:test:(,1.0],[2.0,)', 'test.group:test:1.5', false],
    ['test.group:test:(,1.0],[2.0,)', 'test.group:test:2.5', true],
    ['test.group:test:[1.1,1.1.1)', 'test.group:test:1.1.1-SNAPSHOT', true],
    ['test.group', 'test.group:any:1', true],
    ['test.group', 'test.groups:any:1', false],
    ['test.group', 'test.group.sub:any:1', false],
    ['test.group:*:jar', 'test.group:test2:1', true],
    ['test.group:*:pom', 'test.group:test2:1', false],
    ['test.group.*', 'test.group:test:1', true],
    ['test.group.*:test', 'test.group.next:test:1', true],
    ['test.group.*:test', 'test.groupnext:test:1', false],
    ['test.*', 'test.a.b.c:x:1', true],
    ['*', 'any:thing:1', true],
    ['org.xml:batik-*:jar:1.7', 'org.xml:batik-dom:1.7', true],
    ['org.xml:batik-*:jar:1.7', 'org.xml:dom:1.7', false],
    ['com.*.lib', 'com.acme.lib:x:1', true],
    ['g: a : jar : 1', 'g:a:1', true],
    ['g::jar', 'g:a:1', true],
    ['g:a:jar:sources:1.5', 'g:a:1.5:jar:sources', true],
    ['g:a:jar:sources:1.5', 'g:a:1.5', false],
    ['g:a:jar:sources:1.5', 'g:a:1.6:jar:sources', false],
    ['test.group:test:~.*-SNAPshot', 'test.group:test:1.1.1-snapSHOT', true],
    ['test.group:test:!~.*-SNAPSHOT', 'test.group:test:1.1.1', true],
    ['test.group:*:jar:!~.*-SNAPSHOT', 'test.group:test:1.1.1-SNAPSHOT', false],
    ['test.group:*:~.*-(SNAPSHOT|\\d{8,}\\.\\d{6}-\\d+)', 'test.group:test:1-SNAPSHOT', true],
  ])('match as expected: %s on %s', (pattern, text, expected) => {
    expect(parseKeysMapPattern(pattern).matches(subject(text))).toBe(expected);
  });

  it('take a dot before .* literally', () => {
    expect(parseKeysMapPattern('org.lib.*').matches(subject('orgxlib.evil:x:1'))).toBe(false);
  });
});

describe('key maps of pgpverify', () => {
  it('have keys, words, comments and continued lines', () => {
    const map = parseKeysMap(
      [
        '# a comment',
        '',
        `org.lib = 0x${a}, \\   # the first`,
        '          # nothing here',
        `          0x${b.slice(0, 4)} ${b.slice(4)} # the second`,
        'org.old:lib:(,1.0] = noSig',
        `org.odd : lib = NOKEY , badsig,  !0x${b.toLowerCase()}`,
        'org.any=*',
        'org.any2 = Any \\',
      ].join('\r\n'),
      'keys.list',
    );
    expect(map.entries.map(({ pattern, ...entry }) => ({ ...entry, pattern: pattern.text }))).toEqual([
      {
        pattern: 'org.lib',
        fingerprints: [a, b],
        unknownKeys: [],
        anyKey: false,
        missing: false,
        unknownKey: false,
        bad: false,
        untrusted: false,
        ignoredKeys: [],
        place: 'keys.list, line 3',
      },
      {
        pattern: 'org.old:lib:(,1.0]',
        fingerprints: [],
        unknownKeys: [],
        anyKey: false,
        missing: true,
        unknownKey: false,
        bad: false,
        untrusted: false,
        ignoredKeys: [],
        place: 'keys.list, line 6',
      },
      {
        pattern: 'org.odd : lib',
        fingerprints: [],
        unknownKeys: [b],
        anyKey: false,
        missing: false,
        unknownKey: true,
        bad: true,
        untrusted: false,
        ignoredKeys: [],
        place: 'keys.list, line 7',
      },
      {
        pattern: 'org.any',
        fingerprints: [],
        unknownKeys: [],
        anyKey: true,
        missing: false,
        unknownKey: false,
        bad: false,
        untrusted: false,
        ignoredKeys: [],
        place: 'keys.list, line 8',
      },
      {
        pattern: 'org.any2',
        fingerprints: [],
        unknownKeys: [],
        anyKey: true,
        missing: false,
        unknownKey: false,
        bad: false,
        untrusted: false,
        ignoredKeys: [],
        place: 'keys.list, line 9',
      },
    ]);
  });

  it('may name fingerprints of version 6 keys', () => {
    expect(parseKeysMap(`g = 0x${'c'.repeat(64)}`, 'f').entries[0]?.fingerprints).toEqual(['C'.repeat(64)]);
  });

  it.each<[string, RegExp]>([
    ['org.lib', /line 2: the = between a pattern and its keys is missing/],
    ['= noSig', /it names no group/],
    ['org.lib =', /names no key; write noSig/],
    [`org.lib = 0x${a},`, /names no key/],
    ['org.lib = 0x12345678', /not a fingerprint; give the whole fingerprint.*anyone can make a key with a given key ID/],
    ['org.lib = 0x1234567890ABCDEF', /give the whole fingerprint/],
    [`org.lib = ${a}`, /neither a fingerprint that starts with 0x/],
    ['org.lib = none', /none is neither/],
    [`org.lib = 0x${a.slice(1)}G`, /not a fingerprint/],
    ['org.lib:a:jar:c:1.0:x = any', /more than five parts/],
    ['org.lib:a:1.* = any', /holds a \*/],
    ['org.lib:a:[1.0 = any', /version range/],
    ['org.lib:a:~(a = any', /regular expression .*without its \)/],
    ['org.lib:a:~(?!a)b = any', /look-around/],
    ['org.lib:a:~\\D+ = any', /pgpverify reads as \\d/],
    ['org.(lib|x) = any', /characters that no group/],
    ['org.\u001b[31m = any', /\\u001b/],
  ])('are refused if they hold %s', (line, message) => {
    try {
      parseKeysMap(`# first\n${line}`, 'keys.list');
    } catch (error) {
      if (!isClojarsFetchError(error)) throw error;
      expect(error).toMatchObject({ code: 'ERR_CONFIG', reason: 'bad-value', path: 'keys.list' });
      expect(error.message).toMatch(/^keys\.list, line 2: /);
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain('\u001b');
      return;
    }
    throw new Error('it was read');
  });

  it('are read or refused as configuration, whatever the text', () => {
    const parts = fc.constantFrom(
      'org.lib',
      ':',
      '*',
      '.*',
      '=',
      ' ',
      `0x${a}`,
      '!',
      ',',
      '\\',
      '\n',
      '#',
      'noSig',
      '~',
      '[1,',
      '2]',
      '(',
      ')',
      '+',
      '\u0000',
      'any',
      '\u2028',
      '{9}',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (all) => {
        try {
          const map = parseKeysMap(all.join(''), 'f');
          for (const entry of map.entries) entry.pattern.matches(subject('org.lib:x:1'));
        } catch (error) {
          expect(isClojarsFetchError(error) && error.code).toBe('ERR_CONFIG');
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("key maps in this program's own format", () => {
  it('have patterns and keys', () => {
    const map = parseJsonKeyMap(JSON.stringify({ 'org.clojure.*': [a, `0x${b}`], 'old:lib:(,1.0]': 'noSig' }), 'keys.json');
    expect(map.entries.map((entry) => [entry.pattern.text, entry.fingerprints, entry.missing])).toEqual([
      ['org.clojure.*', [a, b], false],
      ['old:lib:(,1.0]', [], true],
    ]);
    expect(map.entries[0]?.place).toBe('keys.json, "org.clojure.*"');
  });

  it.each<[string, RegExp]>([
    ['{', /is not JSON/],
    ['[]', /not a JSON object/],
    ['{"g": 3}', /not a list of strings/],
    ['{"g": []}', /not a list of strings/],
    ['{"g": [null]}', /not a list of strings/],
    ['{"": ["any"]}', /names no group/],
    ['{"g": ["1234567890ABCDEF"]}', /give the whole fingerprint/],
    ['{"g": ["\\u001b"]}', /\\u001b is neither/],
    ['{"__proto__": ["any"], "g": ["what"]}', /what is neither/],
  ])('are refused if they hold %s', (text, message) => {
    expect(() => parseJsonKeyMap(text, 'keys.json')).toThrow(message);
  });
});
