import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';

import type { FileCache } from '../../../src/local/cache/file-cache.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { clojars, digest, open } from './support.js';

let script = '';

beforeAll(async () => {
  const { path, remove } = await createTemporaryFolder();
  script = join(path, 'child.mjs');
  const entry = fileURLToPath(new URL('./child.ts', import.meta.url));
  await build({ entryPoints: [entry], outfile: script, bundle: true, platform: 'node', format: 'esm', target: 'node20' });
  return remove;
});

/** Runs a child for a while, then kills it. */
async function killAfter(ms: number, folder: string, seed: number): Promise<void> {
  const child = spawn(process.execPath, [script, folder, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await sleep(ms);
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
  await ended;
}

/** The regular files of a repository's folder, as they lie on the disk. */
async function onDisk(root: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    if (entry.isFile() && !entry.name.endsWith('.clojars-fetch-tmp')) sizes.set(file, (await stat(file)).size);
  }
  return sizes;
}

async function expectRight(cache: FileCache): Promise<number> {
  await cache.counted();
  const root = cache.folder('clojars');
  const sizes = await onDisk(root);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  expect(cache.stats()).toMatchObject({ files: sizes.size, bytes });
  let hits = 0;
  for (const file of sizes.keys()) {
    const hit = cache.lookup('clojars', file.slice(root.length + 1));
    if (hit === null) continue;
    hits += 1;
    expect(hit.sha256).toBe(digest('sha256', await readFile(file)));
  }
  return hits;
}

it.each([
  ['one process', 1],
  ['two processes on one folder', 2],
])('counts are right after %s was killed at any moment', async (_, processes) => {
  const folder = await temporaryFolder();
  let hits = 0;
  for (let round = 0; round < 5; round++) {
    await Promise.all(Array.from({ length: processes }, (_, index) => killAfter(40 + round * 35, folder, round * 2 + index)));
    // Without a limit, which a killed process may have passed, nothing is removed while it is compared.
    const unlimited = await open({ folder, repositories: [clojars] });
    hits += await expectRight(unlimited);
    await unlimited.close();
    const cache = await open({ folder, repositories: [clojars], limitBytes: 40_000 });
    await cache.counted();
    const release = await cache.reserve(10_000);
    expect(cache.stats().bytes).toBeLessThanOrEqual(30_000);
    release();
    await expectRight(cache);
    await cache.close();
  }
  expect(hits).toBeGreaterThan(0);
});
