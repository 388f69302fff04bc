/** A mirror that `mirror sync` made is one that `mirrors check` finds good: both mean the same by the trace. */
import { readFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import { lastSyncPath, tracePath } from '../../src/maven/mirror-trace/trace.js';
import { readServed, writeTree } from '../mirror/repository-tree.js';
import { schemaViolations } from '../support/json-schema.js';
import { it, kinds, removeVersion } from './stage.js';

it('a mirror of a part is not asked for the rest, and is not admitted', async ({ bench }) => {
  const canonical = await bench.canonical();
  const [source, target] = [join(bench.folder, 'source'), join(bench.folder, 'target')];
  writeTree(source, bench.canonicalFiles);
  const filter = { groups: ['g'], latest: 1, snapshots: false };
  await syncMirror({ from: source, to: target, operator: 'example', interval: 3600, client: { settings: false }, ...filter });
  const files = readServed(target);
  for (const path of [tracePath, lastSyncPath]) files.set(path, readFileSync(join(target, path)));
  expect(schemaViolations(JSON.parse(files.get(tracePath)!.toString()), 'mirror-trace')).toEqual([]);
  const mirror = await bench.serve(files);
  const found = (await bench.check(canonical, [mirror])).mirrors.find(({ url }) => url === mirror.url)!;
  expect(found).toMatchObject({
    verdict: 'good',
    trace: { filter: { groups: ['g'], since: null, snapshots: false, latest: 1, metadata: 'verbatim' } },
    newest: { asked: 20, right: 20 },
    metadata: { dangling: [] },
  });
  // Version 1.0 of each library is left out.
  expect(found.old).toMatchObject({ right: found.old.asked });
  expect(found.old.asked).toBeLessThan(20);
  expect(kinds(found)).toEqual([]);
  removeVersion(files, 'lib3', '2.0');
  expect((await bench.check(canonical, [mirror])).mirrors.find(({ url }) => url === mirror.url)!.newest).toMatchObject({ missing: 1 });
  const { conditions } = await bench.admit(canonical, mirror.url);
  expect(conditions.find(({ id }) => id === 'old-releases')).toMatchObject({ status: 'missing' });
});

it('a mirror of what came since a day is asked for old releases of that time only', async ({ bench }) => {
  const isOld = (path: string): boolean => /lib\d*[02468]-1\.0\.pom$/.test(path);
  const [old, since] = ['2020-01-02', '2021-01-01'].map((day) => new Date(`${day}T00:00:00Z`)) as [Date, Date];
  const canonical = await bench.canonical({
    headers: (path) => ({ 'last-modified': (isOld(path) ? old : new Date()).toUTCString() }),
  });
  const [source, target] = [join(bench.folder, 'source'), join(bench.folder, 'target')];
  writeTree(source, bench.canonicalFiles);
  for (const path of bench.canonicalFiles.keys()) if (isOld(path)) utimesSync(join(source, path), old, old);
  const given = { operator: 'example', interval: 3600, client: { settings: false } } as const;
  await syncMirror({ from: source, to: target, since: since.toISOString(), ...given });
  const files = readServed(target);
  for (const path of [tracePath, lastSyncPath]) files.set(path, readFileSync(join(target, path)));
  const mirror = await bench.serve(files);
  const check = async () => (await bench.check(canonical, [mirror])).mirrors.find(({ url }) => url === mirror.url)!;
  const found = await check();
  expect(found).toMatchObject({ verdict: 'good', old: { right: found.old.asked }, metadata: { dangling: [] } });
  expect(found.old.asked).toBeGreaterThan(0);
  expect(found.old.asked).toBeLessThan(20);
  for (const path of [...files.keys()]) if (path.includes('/1.0/')) files.delete(path);
  expect((await check()).old.missing).toBeGreaterThan(0);
});

it('a synced mirror passes the check', async ({ bench }) => {
  const canonical = await bench.canonical();
  const [source, target] = [join(bench.folder, 'source'), join(bench.folder, 'target')];
  writeTree(source, bench.canonicalFiles);
  await syncMirror({
    from: source,
    to: target,
    operator: 'example',
    contact: 'mirror@example.org',
    interval: 3600,
    client: { settings: false },
  });
  const files = readServed(target);
  for (const path of [tracePath, lastSyncPath]) files.set(path, readFileSync(join(target, path)));
  const mirror = await bench.serve(files);
  const found = (await bench.check(canonical, [mirror])).mirrors.find(({ url }) => url === mirror.url)!;
  expect(found).toMatchObject({
    verdict: 'good',
    trace: { operator: 'example', contact: 'mirror@example.org', intervalSeconds: 3600 },
    newest: { right: 20 },
    old: { right: 20 },
  });
  expect(kinds(found)).toEqual([]);
  expect(found.lastSync).not.toBeNull();
  expect(schemaViolations(JSON.parse(files.get(tracePath)!.toString()), 'mirror-trace')).toEqual([]);
});
