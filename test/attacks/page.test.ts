/** Compares docs/attacks.md with the list that it must cover, and with the tests that it names. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const page = readFileSync(fileOf('docs/attacks.md'), 'utf8');

/**
 * In the order of the design: TUF's list
 * (https://theupdateframework.github.io/specification/latest/#goals-to-protect-against-specific-attacks), then the project's own.
 */
const attacks = [
  'arbitrary software',
  'endless data',
  'extraneous dependencies',
  'fast-forward',
  'indefinite freeze',
  'malicious mirror blocking updates',
  'mix-and-match',
  'rollback',
  'slow retrieval',
  'key compromise',
  'wrong software',
  'a mirror slowed or black-holed by an attacker to move users to their own',
  'invented versions in metadata',
  'a signed file served under another name',
  'stripped signatures',
  'POMs changed to change the graph',
  'path traversal in coordinates and metadata',
  'XML bombs and external entities',
  'parent and BOM cycles',
  'symlinks in the local repository',
  'header and URL injection',
  'credentials leaking on redirect',
  'DNS rebinding against the proxy',
  'requests to the proxy that smuggle others, lead out of a folder, or exhaust it',
  'a mirror that makes the proxy call another server, or holds back the end of a file',
  'a POM that names a hundred thousand others',
  "filling or damaging the proxy's cache",
  'a signed audit that was changed, cut off, made for another repository, or replaced by an old one',
  'terminal escape sequences in server-supplied text',
];

const rows = [...page.matchAll(/^\| (?!Attack|-)([^|]+) \| ([^|]*)\| ([^|]*)\|([^|]*)\|$/gm)].map(
  ([, attack = '', answer = '', tests = '']) => ({
    attack,
    answer: answer.trim(),
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  }),
);

test('every attack has its row, in order', () => {
  expect(rows.map(({ attack }) => attack)).toEqual(attacks);
});

test.each(rows)('$attack: has a defence, and tests that exist', ({ answer, tests }) => {
  expect(answer).not.toBe('');
  expect(tests).not.toEqual([]);
  expect(tests.filter((name) => !name.endsWith('.test.ts') || !existsSync(fileOf(name)))).toEqual([]);
});

test('every test of this folder is named', () => {
  const here = readdirSync(fileOf('test/attacks')).filter((name) => name.endsWith('.test.ts') && name !== 'page.test.ts');
  expect(here.filter((name) => !page.includes(`\`test/attacks/${name}\``))).toEqual([]);
});
