/** Files that a place lists and the plan does not name: a hostile place must not turn them into requests to the origin. */
import { expect, test } from 'vitest';

import { Allowance } from '../../src/app/audit/compare/age.js';
import type { Evidence } from '../../src/app/audit/contract.js';
import { ExtraFiles } from '../../src/app/audit/engine/check-extras.js';
import { Findings, type PlaceContext } from '../../src/app/audit/engine/findings.js';
import { unitsOf } from '../../src/app/audit/engine/place-pass.js';

const evidence: Evidence = { url: 'http://one.example/', as: 'audit', status: 404 };

/** A place that lists these names in each folder, and an origin that has none of them. */
function stage(names: readonly string[], most: number) {
  const looks: string[] = [];
  const page = Buffer.from(`<html><pre>${names.map((name) => `<a href="${name}">x</a>`).join('\n')}</pre></html>`);
  const context = {
    client: {
      goneBecause: null,
      urlOf: (path: string) => `http://one.example/${path}`,
      readSmall: () => Promise.resolve({ kind: 'file', value: page, evidence }),
    },
    origin: {
      look: (path: string) => {
        looks.push(path);
        return Promise.resolve({ kind: 'missing', evidence });
      },
    },
  } as unknown as PlaceContext;
  const findings = new Findings({ name: 'one', allowance: new Allowance('2026-01-01T00:00:00Z', null) });
  const extras = new ExtraFiles(context, most);
  return { looks, findings, check: (path: string) => extras.check([{ path, versions: ['1'] }], findings) };
}

const found = (findings: Findings) => findings.list.map(({ finding }) => finding);

test('are looked for up to a limit, and unknown beyond it, once for a folder', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `extra-${at}.jar`);
  const { looks, findings, check } = stage(names, 50);
  for (const folder of ['a', 'b', 'c']) await check(`${folder}/file.jar`);
  expect(looks).toHaveLength(50);
  expect(found(findings).filter((kind) => kind === 'extra')).toHaveLength(50);
  expect(found(findings).filter((kind) => kind === 'unknown')).toHaveLength(2);
});

test('are looked for up to a limit for each folder, and one that is left out is unknown', async () => {
  const files = stage(
    Array.from({ length: 1200 }, (_, at) => `extra-${at}.jar`),
    5000,
  );
  await files.check('a/file.jar');
  expect(files.looks).toHaveLength(1000);
  expect(found(files.findings).filter((kind) => kind === 'unknown')).toHaveLength(1);
  const folders = stage(
    Array.from({ length: 1001 }, (_, at) => `folder-${at}/`),
    5000,
  );
  await folders.check('a/file.jar');
  expect(folders.findings.list.map(({ finding, path }) => `${finding} ${path}`)).toEqual(['unknown a/folder-1000']);
});

/** The units of a plan about these paths. */
async function unitsFrom(paths: readonly string[], from: number): Promise<readonly (readonly [string, boolean])[]> {
  const entries = (range: { readonly from: number; readonly to: number } | null) =>
    (async function* () {
      const { from: first = 0, to = 0 } = range ?? {};
      yield await Promise.resolve({ first, entries: paths.slice(first, to).map((path) => ({ path })) });
    })();
  const units: (readonly [string, boolean])[] = [];
  for await (const unit of unitsOf({ entries }, { from, to: paths.length }, new AbortController().signal, 3))
    units.push([`${unit.entries.map(({ path }) => path).join(' ')} ${unit.next}`, unit.isWhole]);
  return units;
}

test('are looked for in folders whose lines are all known, also after a kill', async () => {
  const paths = ['a/1', 'a/2', 'b/1', 'b/2', 'b/3', 'b/4', 'c/1'];
  expect(await unitsFrom(paths, 0)).toEqual([
    ['a/1 a/2 2', true],
    ['b/1 b/2 b/3 5', false],
    ['b/4 6', false],
    ['c/1 7', true],
  ]);
  expect(await unitsFrom(paths, 2)).toEqual([
    ['b/1 b/2 b/3 5', false],
    ['b/4 6', false],
    ['c/1 7', true],
  ]);
  expect(await unitsFrom(paths, 5)).toEqual([
    ['b/4 6', false],
    ['c/1 7', true],
  ]);
  expect(await unitsFrom(paths, 7)).toEqual([]);
});

test('that cannot be paths are counted', async () => {
  const { findings, check } = stage(['%1b%5b31m', '..%2f..%2fescape', 'x'.repeat(10_000), 'a%5cb.jar', 'good.jar', 'index.html'], 50);
  expect(await check('a/file.jar')).toBe(3);
  expect(findings.list.map(({ path }) => path)).toEqual(['a/good.jar']);
});
