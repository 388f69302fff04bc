/** Released files that are not those of an earlier plan or result. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, onTestFinished, test } from 'vitest';

import type { Finding, PlanEntry } from '../../src/app/audit/contract.js';
import { changeOf, type KnownFile } from '../../src/app/audit/earlier/known-file.js';
import { runAudit } from '../../src/app/audit/engine/run-audit.js';
import { writePlan } from '../../src/app/audit/plan/write-plan.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { put, type Tree } from '../mirror/repository-tree.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { addTrace, clientOf, keyOf, serveTree, type Site } from './stage.js';

const fileOf = (name: string): string => `org/${name}/1.0/${name}-1.0.jar`;
const md5 = (bytes: Uint8Array): string => digestOf(bytes, ['md5']).md5 ?? '';

let home: string;
let origin: Site;
let mirror: Site;
beforeEach(async () => {
  home = await temporaryFolder();
  const tree: Tree = new Map();
  for (const name of ['content', 'signature', 'size', 'untouched']) {
    put(tree, fileOf(name), `bytes of ${name}`);
    tree.set(`${fileOf(name)}.asc`, Buffer.from(`signature of ${name}`));
  }
  origin = await serveTree(tree);
  const copy: Tree = new Map(tree);
  addTrace(copy);
  mirror = await serveTree(copy);
  onTestFinished(async () => void (await Promise.all([origin.close(), mirror.close()])));
});

/** Plans as a bucket is listed: with the MD5 of each file. No file is part of the sample. */
async function plan(name: string): Promise<string> {
  const entries = [...origin.tree.keys()]
    .filter((key) => key.endsWith('.jar'))
    .sort()
    .map((path): PlanEntry => {
      const facts = (key: string) => ({ size: origin.tree.get(key)!.length, etag: md5(origin.tree.get(key)!) });
      const sidecars = ['asc', 'md5', 'sha1'].map((suffix) => [suffix, facts(`${path}.${suffix}`)] as const);
      return { path, ...facts(path), time: '2020-01-01T00:00:00Z', sidecars: Object.fromEntries(sidecars) };
    });
  const header = {
    format: 'clojars-fetch-audit-plan' as const,
    version: 1 as const,
    repository: origin.url,
    source: 'a bucket',
    created: '2026-11-29T00:00:00.000Z',
    files: entries.length,
    seed: 1,
    places: [{ name: 'one', url: mirror.url }],
  };
  const file = join(home, name);
  await writePlan(file, header, entries, new AbortController().signal);
  return file;
}

async function run(planFile: string, output: string, options: { readonly earlier?: readonly string[]; readonly full?: boolean }) {
  await runAudit({
    plan: planFile,
    output: join(home, output),
    client: clientOf(home),
    sample: 0,
    rate: 100_000,
    patience: 0.1,
    ...options,
  });
  const lines = readFileSync(join(home, output), 'utf8').trimEnd().split('\n');
  return lines.flatMap((line) => ('finding' in (JSON.parse(line) as Finding) ? [keyOf(JSON.parse(line) as Finding)] : []));
}

test('are found by the list, in files that are not part of the sample, and the mirror that kept them does not lie', async () => {
  const first = await plan('first');
  put(origin.tree, fileOf('content'), 'BYTES OF CONTENT');
  origin.tree.set(`${fileOf('signature')}.asc`, Buffer.from('SIGNATURE OF SIGNATURE'));

  const found = await run(await plan('second'), 'result', { earlier: [first] });

  expect(found).toEqual([
    `changed-since origin ${fileOf('content')}`,
    `lag one ${fileOf('content')}`,
    `changed-since origin ${fileOf('signature')}.asc`,
    `lag one ${fileOf('signature')}.asc`,
  ]);
});

test('are found by their size, if only an earlier result knows them', async () => {
  const first = await plan('first');
  expect(await run(first, 'before', { full: true })).toEqual([]);
  put(origin.tree, fileOf('size'), 'more bytes');
  const [asked] = [origin.requests];

  const found = await run(await plan('second'), 'result', { earlier: [join(home, 'before')] });

  expect(found).toEqual([`changed-since origin ${fileOf('size')}`, `lag one ${fileOf('size')}`]);
  expect(origin.downloads).toBe(0);
  // The time, the file, and its two checksum files: the others cost nothing.
  expect(origin.requests - asked).toBeLessThan(6);
});

test('count only once the origin confirms them, and a checksum file that was mended does not', async () => {
  origin.tree.set(`${fileOf('untouched')}.md5`, Buffer.from('0'.repeat(32)));
  const first = await plan('first');
  put(origin.tree, fileOf('untouched'), 'bytes of untouched');
  put(origin.tree, fileOf('content'), 'BYTES OF CONTENT');
  const second = await plan('second');
  put(origin.tree, fileOf('content'), 'bytes of content');

  expect(await run(second, 'result', { earlier: [first] })).toEqual([]);
});

test.each<[string, Partial<KnownFile>, Partial<KnownFile>, boolean]>([
  ['nothing is known', {}, { size: 1, md5: 'a' }, false],
  ['the strongest common fact decides', { sha256: 'a', md5: 'b', size: 1 }, { sha256: 'a', md5: 'c', size: 2 }, false],
  ['SHA-256', { sha256: 'a', size: 1 }, { sha256: 'b', size: 1 }, true],
  ['MD5', { md5: 'a', sha256: 'x', size: 1 }, { md5: 'b', size: 1 }, true],
  ['size', { sha256: 'a', size: 1 }, { md5: 'b', size: 2 }, true],
])('compare by what is known of both: %s', (_, before, now, isChange) => {
  const none = { size: null, md5: null, sha256: null, sidecars: {} };
  expect(changeOf({ ...none, ...before }, { ...none, ...now }) !== null).toBe(isChange);
});
