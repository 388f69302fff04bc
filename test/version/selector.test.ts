import { readFile } from 'node:fs/promises';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { classifyVersion } from '../../src/maven/version/request.js';
import { afterAt, markSelector, parseSelector, readsAsSelector, selectVersion, unmarkSelector } from '../../src/maven/version/selector.js';

const versions = [
  '20090211',
  '0.9',
  '1.0',
  '1.1.0',
  '1.2',
  '1.2.3',
  '1.2.3.4',
  '1.2.4-SNAPSHOT',
  '1.3.0-alpha1',
  '1.3.0-beta.2',
  '1.3.0.Final',
  '1.10.0',
  '2.0.0-rc1',
  '2.0.0.1',
  '2.01.0',
  '3.0.0+build',
  'v4.0.0',
];

const table: readonly (readonly [string, string | null])[] = [
  ['^1.2', '1.10.0'],
  ['~1.2', '1.2.3.4'],
  ['1.x', '1.10.0'],
  ['1.2.*', '1.2.3.4'],
  ['<=1.2.3 >1.2.0', '1.2.3'],
  ['>=2', '3.0.0+build'],
  ['*', '3.0.0+build'],
  ['^2.0.0-rc1', '2.0.0.1'],
  ['<2.0.0 >=2.0.0-rc0', '2.0.0-rc1'],
  ['>1.3.0-alpha1 <1.3.0', '1.3.0-beta.2'],
  ['^1.2.3.4', '1.10.0'],
  ['~1.2.3.5', null],
  ['^5', null],
  ['1.0 - 1.2.2', '1.2'],
  ['^5 || ~1.1', '1.1.0'],
  ['<1.0', '0.9'],
];

describe('selectors', () => {
  it.each(table)('%s selects %s', async (selector, expected) => {
    expect(readsAsSelector(afterAt(selector))).toBe(true);
    expect(unmarkSelector(markSelector(afterAt(selector)))).toBe(afterAt(selector));
    expect(await selectVersion(versions, afterAt(selector))).toBe(expected);
  });

  it('agree with the table of docs/cli.md', async () => {
    const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
    const listed = [...(/If (`[^:]*) are published, each selector picks:\n/.exec(page)?.[1]?.matchAll(/`([^`]+)`/g) ?? [])].map(
      ([, version]) => version ?? '',
    );
    const rows = [
      ...(page
        .slice(page.indexOf('| Selector | Picks |'))
        .split('\n\n')[0]
        ?.matchAll(/^\| (`.+`) \| (.+) \|$/gm) ?? []),
    ];
    expect(listed).toHaveLength(9);
    expect(rows).toHaveLength(8);
    for (const [, selectors = '', picks = ''] of rows) {
      const expected = picks.startsWith('`') ? picks.slice(1, -1) : null;
      for (const [, selector = ''] of selectors.matchAll(/`([^`]+)`/g))
        expect([selector, await selectVersion(listed, selector.replaceAll('\\|', '|'))]).toEqual([selector, expected]);
    }
  });

  it('do not depend on the order of the versions', async () => {
    const selector = await parseSelector('>=1');
    const ties = [...versions, '1.10', '1.10.0+a', '1.10.0+b', '3.0.0+zz', '3.0', '3.0.0', '3.0.0.0'];
    const expected = selector.select(ties);
    fc.assert(fc.property(fc.shuffledSubarray(ties, { minLength: ties.length }), (shuffled) => selector.select(shuffled) === expected));
  });

  it.each(['^', '^abc', '>=1 foo', '>= 1.2.3.4.5', '^1'.repeat(400)])('are refused: %s', async (text) => {
    await expect(parseSelector(text)).rejects.toMatchObject({ code: 'ERR_COORDINATE', reason: 'malformed' });
  });
});

describe('classifyVersion', () => {
  it.each([
    ['1.0', 'exact'],
    ['1.0-SNAPSHOT', 'snapshot'],
    ['1.0-20240101.010203-4', 'exact'],
    ['[1,2)', 'range'],
    ['(,1]', 'range'],
    ['RELEASE', 'RELEASE'],
    ['LATEST', 'LATEST'],
    ['@^1.2', 'selector'],
    ['@~1', 'selector'],
    // Without the mark, a text from a POM or a path is never a selector.
    ['^1.2', 'exact'],
    ['~1', 'exact'],
    ['=1', 'exact'],
    ['@1', 'exact'],
    ['1.x', 'exact'],
    ['4.x', 'exact'],
    ['=4.x', 'exact'],
    ['@=4.x', 'selector'],
    ['@1.0 - 2.0', 'selector'],
    ['@1.x || 3.x', 'selector'],
    ['1||2', 'exact'],
    ['1.0.1x', 'exact'],
    ['1.0-x', 'exact'],
    ['1.0.0+build', 'exact'],
    ['20090211', 'exact'],
    ['x', 'exact'],
    ['*', 'exact'],
    ['release', 'exact'],
    ['1.0$x', 'exact'],
  ])('calls %s %s', (text, kind) => {
    expect(classifyVersion(text)).toBe(kind);
  });
});
