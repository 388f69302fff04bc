/** Files that a place lists and the plan does not name: a hostile place must not turn them into requests to the origin. */
import { expect, test } from 'vitest';

import { Allowance } from '../../src/app/audit/compare/age.js';
import type { Evidence } from '../../src/app/audit/contract.js';
import { ExtraFiles } from '../../src/app/audit/engine/check-extras.js';
import { Findings, type PlaceContext } from '../../src/app/audit/engine/findings.js';

const evidence: Evidence = { url: 'http://one.example/', as: 'audit', status: 404 };

/** A place that lists these names in each folder, and an origin that has none of them. */
function stage(names: readonly string[], most: number) {
  const looks: string[] = [];
  const page = Buffer.from(`<html><pre>${names.map((name) => `<a href="${name}">x</a>`).join('\n')}</pre></html>`);
  const context = {
    client: {
      isGone: false,
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

test('are looked for up to a limit, and unknown beyond it, once for a folder', async () => {
  const names = Array.from({ length: 40 }, (_, at) => `extra-${at}.jar`);
  const { looks, findings, check } = stage(names, 50);
  for (const folder of ['a', 'b', 'c']) await check(`${folder}/file.jar`);
  expect(looks).toHaveLength(50);
  const found = findings.list.map(({ finding }) => finding);
  expect(found.filter((kind) => kind === 'extra')).toHaveLength(50);
  expect(found.filter((kind) => kind === 'unknown')).toHaveLength(2);
});

test('that cannot be paths are counted', async () => {
  const { findings, check } = stage(['%1b%5b31m', '..%2f..%2fescape', 'x'.repeat(10_000), 'a%5cb.jar', 'good.jar', 'index.html'], 50);
  expect(await check('a/file.jar')).toBe(3);
  expect(findings.list.map(({ path }) => path)).toEqual(['a/good.jar']);
});
