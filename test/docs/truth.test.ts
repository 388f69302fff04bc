/** Compares the pages with the code: tables of options, keys, variables, mirrors, codes; links. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, test } from 'vitest';

import { type Option, options } from '../../src/cli/options/table.js';
import { reservedVerbs } from '../../src/cli/options/verbs.js';
import { parseConfiguration } from '../../src/local/settings/configuration-file.js';
import { environmentVariables } from '../../src/local/settings/environment.js';
import { builtInRepositories } from '../../src/network/mirrors/built-in.js';
import { thrownBy } from '../settings/support.js';
import { pages, readPage } from './blocks.js';

const fileOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const source = (path: string): string => readFileSync(fileOf(path), 'utf8');

describe('links', () => {
  interface Link {
    /** Path relative to the repository's root. */
    readonly target: string;
    /** The target heading; empty for the top of the page. */
    readonly anchor: string;
  }
  const linksOf = (page: string): readonly Link[] =>
    [...readPage(page).matchAll(/\]\(([^)#]*)(?:#([^)]*))?\)/g)].flatMap(([, target = '', anchor = '']) =>
      /^https?:/.test(target) ? [] : [{ target: target === '' ? page : posix.join(posix.dirname(page), target), anchor }],
    );
  /** Anchors as GitHub and npm make them: lower case, no punctuation, hyphens for spaces. */
  const anchorsOf = (page: string): readonly string[] =>
    [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    );

  test.each(pages)('of %s lead to files and headings that exist', (page) => {
    const broken = linksOf(page).filter(
      ({ target, anchor }) => !existsSync(fileOf(target)) || (anchor !== '' && !anchorsOf(target).includes(anchor)),
    );
    expect(broken).toEqual([]);
  });

  test('from README.md reach every page', () => {
    const reached = new Set(['README.md']);
    for (const page of reached) linksOf(page).forEach(({ target }) => pages.includes(target) && reached.add(target));
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });

  test('and paths in backquotes name files and folders that exist', () => {
    const named = pages
      .filter((page) => page !== 'CHANGELOG.md')
      .flatMap((page) =>
        [...readPage(page).matchAll(/`((?:src|test|docs|examples)\/[\w./-]+)`/g)].map(([, path = '']) => ({ page, path })),
      );
    expect(named.length).toBeGreaterThan(50);
    expect(named.filter(({ path }) => !existsSync(fileOf(path)))).toEqual([]);
  });

  test('lead only to files that npm publishes', () => {
    const published = source('package.json');
    const isPublished = (target: string): boolean =>
      /^docs\/[^/]+\.md$/.test(target)
        ? published.includes('"docs/*.md"')
        : published.includes(`"${target.startsWith('docs/schema/') ? 'docs/schema' : target}"`);
    expect(pages.flatMap((page) => linksOf(page).filter(({ target }) => !isPublished(target)))).toEqual([]);
  });
});

const optionNames = Object.values(options).map(({ name }) => name);

test('docs/cli.md has every option and every verb, and names none that is not', () => {
  const page = readPage('docs/cli.md');
  expect(optionNames.filter((name) => !page.includes(`\`--${name}`))).toEqual([]);
  const named = [...page.matchAll(/`--([a-z][a-z-]*)/g)].map(([, name = '']) => name);
  expect(named.filter((name) => !optionNames.includes(name))).toEqual([]);
  expect(reservedVerbs.filter((verb) => !page.includes(`\`${verb}\``))).toEqual([]);
});

test('the table of docs/cli.md has a row for every option, with its value and its letter', () => {
  const rows = [...readPage('docs/cli.md').matchAll(/^\| (`-[^|]+`) \|/gm)].map(([, cell = '']) => cell);
  const typed = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
  const expected = Object.values(options).flatMap(({ name, value, short }: Option) => [
    value === null ? `--${name}` : `--${name} ${value}`,
    ...(short === null ? [] : [`-${short}`]),
  ]);
  expect(typed.sort()).toEqual(expected.sort());
});

test('no page names an option that does not exist', () => {
  const known = new Set(optionNames);
  const stray = pages
    .flatMap((page) => [...readPage(page).matchAll(/clojars-fetch[^\n`]*? --([a-z][a-z-]*)/g)].map(([, name = '']) => name))
    .filter((name) => !known.has(name));
  expect(stray).toEqual([]);
});

describe('docs/configuration.md', () => {
  const page = readPage('docs/configuration.md');

  test('has every key of the file', async () => {
    const { hint } = await thrownBy(() => parseConfiguration('{"nonsense": 1}', '/c.json', '/'));
    const keys = (hint ?? '').replace('The options allowed here are ', '').replace(/\.$/, '').split(', ');
    expect(keys.length).toBeGreaterThan(8);
    const table = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, key]) => key);
    expect(table.filter((key) => key !== key?.toUpperCase()).sort()).toEqual(keys.sort());
  });

  test('has every key of trust', async () => {
    const { hint } = await thrownBy(() => parseConfiguration('{"trust": {"nonsense": 1}}', '/c.json', '/'));
    const keys = (hint ?? '').replace('The options allowed here are ', '').replace(/\.$/, '').split(', ');
    expect(keys.length).toBeGreaterThan(12);
    const table = [...page.matchAll(/^\| `trust\.(\w+)` \|/gm)].map(([, key]) => key);
    expect(table.sort()).toEqual(keys.sort());
  });

  test('has every variable', () => {
    const table = [...page.matchAll(/^\| `(CLOJARS_FETCH_\w+)` \|/gm)].map(([, name]) => name);
    expect(table.sort()).toEqual(Object.values(environmentVariables).sort());
  });
});

test('docs/mirrors.md lists the built-in mirrors in their order, with their operators', () => {
  const rows = [...readPage('docs/mirrors.md').matchAll(/^\| (?:`\w+` )?\| `(https:[^`]+)` \| (\w+) \| (last resort)?/gm)].map(
    ([, url, operator, last]) => ({ url, operator, lastResort: last !== undefined }),
  );
  expect(rows).toEqual(
    builtInRepositories.flatMap(({ url, operator, mirrors }) => [
      { url, operator, lastResort: false },
      ...mirrors.map((mirror) => ({ url: mirror.url, operator: mirror.operator, lastResort: !mirror.canonical })),
    ]),
  );
});

test('docs/errors.md has every code and every outcome', () => {
  const page = readPage('docs/errors.md');
  const union = (name: string): string[] =>
    [...(new RegExp(`export type ${name} =([^;]+);`).exec(source('src/base/error.ts'))?.[1] ?? '').matchAll(/'([^']+)'/g)].map(
      ([, word = '']) => word,
    );
  expect(union('ErrorCode').length).toBe(14);
  for (const word of [...union('ErrorCode'), ...union('AttemptOutcome')]) expect(page).toContain(`\`${word}\``);
});

describe('docs/errors.md', () => {
  const [table = ''] = readPage('docs/errors.md').split('## Outcomes of an attempt');
  const text = readdirSync(fileOf('src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => source(`src/${file}`))
    .join('\n');

  /** The reasons in the table, by code. A row without a code belongs to the code above it. */
  const reasons = new Map<string, string[]>();
  let code = '';
  for (const [, first = '', second = ''] of table.matchAll(/^\| (.*?)\|(.*?)\|/gm)) {
    code = /`(ERR_\w+)`/.exec(first)?.[1] ?? code;
    reasons.set(code, [...(reasons.get(code) ?? []), ...[...second.matchAll(/`([a-z-]+)`/g)].map(([, reason = '']) => reason)]);
  }

  test('has every reason that is thrown with its code', () => {
    const thrown = [...text.matchAll(/'(ERR_[A-Z_]+)', \{\s*reason: '([a-z-]+)'/g)].map(([, thrownCode = '', reason = '']) => ({
      code: thrownCode,
      reason,
    }));
    expect(thrown.length).toBeGreaterThan(150);
    // An artifact that is not needed after all ends its own download, which no caller sees.
    const missing = thrown.filter(({ code: one, reason }) => reason !== 'unwanted' && !reasons.get(one)?.includes(reason));
    expect(missing).toEqual([]);
  });

  test('has no reason that the source does not have', () => {
    expect([...reasons.values()].flat().filter((reason) => !text.includes(`'${reason}'`))).toEqual([]);
  });
});

test('docs/library.md has every event', () => {
  const types = [...source('src/base/event.ts').matchAll(/readonly type: '([^']+)'/g)].map(([, type = '']) => type);
  expect(types.length).toBeGreaterThan(5);
  for (const type of types) expect(readPage('docs/library.md')).toContain(`| \`${type}\` |`);
});

test('docs/library.md has every warning', () => {
  const words = readdirSync(fileOf('src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [...source(`src/${file}`).matchAll(/warning: '([a-z-]+)'/g)].map(([, word = '']) => word));
  expect(words.length).toBeGreaterThan(5);
  for (const word of words) expect(readPage('docs/library.md')).toContain(`| \`${word}\` |`);
});

test('docs/dependencies.md has every dependency of package.json', () => {
  const packages: unknown = JSON.parse(source('package.json'));
  if (typeof packages !== 'object' || packages === null || !('dependencies' in packages) || !('devDependencies' in packages))
    throw new Error('package.json has no dependencies');
  const names = [...Object.keys(packages.dependencies ?? {}), ...Object.keys(packages.devDependencies ?? {})];
  const page = readPage('docs/dependencies.md');
  expect(names.filter((name) => !page.includes(name))).toEqual([]);
});
