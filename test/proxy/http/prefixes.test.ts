/** A merged repository must not tell Maven that a member's files are missing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { mergePrefixes } from '../../../src/app/proxy/http/prefixes.js';

const header = '## repository-prefixes/2.0';
const file = (...lines: string[]): Buffer => Buffer.from([header, ...lines, ''].join('\n'));
const merged = (...members: (Buffer | null)[]): string | null => {
  const bytes = mergePrefixes(members);
  return bytes === null ? null : Buffer.from(bytes).toString();
};

describe('the merged prefixes', () => {
  it('are the union, sorted, without comments, repetitions and what another prefix covers', () => {
    const one = file('# ours', '', '/org/apache/maven', '/com/acme');
    const other = file('/org/apache', '/com/acme', '/com/acme-tools/');
    expect(merged(one, other)).toBe(`${header}\n/com/acme\n/com/acme-tools\n/org/apache\n`);
  });

  it.each([
    ['there is no member', []],
    ['a member has no file', [file('/org'), null]],
    ['a member says that it does not support them', [file('/org'), file('/com', '@ unsupported')]],
    ['a file has another header', [Buffer.from('/org\n')]],
    ['a file is a web page', [Buffer.from('<html>Sign in</html>')]],
    ['a line is too long for Maven', [file(`/${'a'.repeat(250)}`)]],
    ['a line is no path', [file('org/apache')]],
    ['a line has white space', [file('/org /com')]],
    ['a member has everything', [file('/'), file('/org')]],
    ['a file has too many lines for Maven', [file(...Array.from({ length: 100_001 }, (_, index) => `/a/${index}`))]],
    [
      'the union has too many lines for Maven',
      [0, 1].map((half) => file(...Array.from({ length: 60_000 }, (_, index) => `/${half}/${index}`))),
    ],
  ])('are absent if %s', (_name, members) => {
    expect(merged(...members)).toBeNull();
  });

  it('of an empty repository add nothing', () => {
    expect(merged(file(), file('/org'))).toBe(`${header}\n/org\n`);
    expect(merged(file())).toBe(`${header}\n`);
  });

  it('may have the line ends of Windows', () => {
    expect(merged(Buffer.from(`${header}\r\n/org\r\n`))).toBe(`${header}\n/org\n`);
  });

  it('cover exactly the paths that a member covers', () => {
    const name = fc.constantFrom('a', 'b', 'ab', 'c-d');
    const prefix = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
    const prefixes = fc.array(prefix, { maxLength: 6 });
    const covers = (list: readonly string[], path: string): boolean => list.some((one) => path === one || path.startsWith(`${one}/`));
    fc.assert(
      fc.property(fc.array(prefixes, { minLength: 1, maxLength: 4 }), prefix, (members, path) => {
        const text = merged(...members.map((lines) => file(...lines))) ?? '';
        const lines = text.split('\n').filter((line) => line.startsWith('/'));
        expect(covers(lines, path)).toBe(members.some((member) => covers(member, path)));
        expect(merged(Buffer.from(text))).toBe(text);
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.uint8Array(),
            fc.string().map((text) => file(text)),
          ),
        ),
        (members) => {
          mergePrefixes(members);
        },
      ),
    );
  });
});
