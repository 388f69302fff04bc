import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { expect } from 'vitest';

import { Freshness } from '../../src/network/mirrors/freshness.js';
import { hour, it } from './stage.js';

it('a mirror that a check found stale is asked for metadata after the others, and for files in its place', async ({ bench }) => {
  const canonical = await bench.canonical();
  const near = await bench.serve(bench.mirrorFiles(100));
  const repositories = [{ id: 'clojars', url: canonical.url, mirrors: [{ url: near.url, priority: -1 }] }];
  const versionsFrom = async (): Promise<number> => {
    near.clear();
    await bench.client({ repositories }).resolveVersions('g:lib1');
    return near.count(/maven-metadata/);
  };
  expect(await versionsFrom()).toBeGreaterThan(0);

  await bench.check(canonical, [], { repositories });
  expect(await versionsFrom()).toBe(0);
  const listed = await bench.client({ repositories }).listMirrors();
  expect(listed.map(({ stale }) => stale)).toEqual([true, false]);
  await bench.client({ repositories }).resolveArtifact('g:lib1:1.0');
  expect(near.count(/lib1-1\.0\.jar$/)).toBe(1);

  // It may have caught up a day later. Nor may a damaged file make a call fail.
  const file = join(bench.folder, 'cache', 'mirror-freshness.json');
  const yesterday = (await readFile(file, 'utf8')).replace(/"checkedMs":\d+/g, `"checkedMs":${Date.now() - 25 * hour}`);
  await writeFile(file, yesterday);
  expect(await versionsFrom()).toBeGreaterThan(0);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, '{"x":');
  expect(await versionsFrom()).toBeGreaterThan(0);
});

it('invalid records of freshness are dropped, and the latest check replaces an earlier one', () => {
  const url = new URL('https://mirror.example.org/');
  const record = { checkedMs: 1000, hoursBehind: 2, isStale: false };
  const strange: Record<string, never> = JSON.parse('{"https://mirror.example.org/":{"checkedMs":"now"},"b":null,"c":[]}') as never;
  expect(new Freshness(strange, () => 2000).of(url)).toBeNull();
  const known = new Freshness({ [url.href]: record }, () => 2000);
  expect(known.of(url)).toEqual(record);
  expect(known.extended({ [url.href]: { ...record, isStale: true } })).toEqual({ [url.href]: { ...record, isStale: true } });
  expect(new Freshness({ [url.href]: { ...record, checkedMs: 5000 } }, () => 2000).of(url)).toBeNull();
});
