/** A mirror that `mirror sync` made is one that `mirrors check` finds good: both mean the same by the trace. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import { lastSyncPath, tracePath } from '../../src/maven/mirror-trace/trace.js';
import { readServed, writeTree } from '../mirror/repository-tree.js';
import { schemaViolations } from '../support/json-schema.js';
import { it, kinds } from './stage.js';

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
