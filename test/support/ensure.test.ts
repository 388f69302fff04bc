import { mkdir, mkdtemp, rm, unlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach, expect, it } from 'vitest';

import { areTypesNeeded, isBuildNeeded, isInstallNeeded } from './ensure.mjs';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'clojars-fetch-ensure-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function put(path: string, content: unknown, timeSeconds?: number): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
  if (timeSeconds !== undefined) await utimes(file, timeSeconds, timeSeconds);
}

it('installs if packages are missing, different or deleted, but not for absent optional ones', async () => {
  await put('package-lock.json', {
    packages: { '': {}, 'node_modules/a': { version: '1.0.0', integrity: 'x' }, 'node_modules/b': { version: '1.0.0', optional: true } },
  });
  expect(isInstallNeeded(root)).toBe(true);
  await put('node_modules/a/package.json', {});
  await put('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'x' } } });
  expect(isInstallNeeded(root)).toBe(false);
  await put('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '1.0.1', integrity: 'y' } } });
  expect(isInstallNeeded(root)).toBe(true);
  await put('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '1.0.0', integrity: 'x' } } });
  await rm(join(root, 'node_modules/a'), { recursive: true });
  expect(isInstallNeeded(root)).toBe(true);
});

it('builds if a promised file is missing or a source is newer', async () => {
  await put(
    'package.json',
    { name: 'x', bin: { x: 'dist/cli.js' }, main: './dist/index.cjs', exports: { '.': { import: './dist/index.js' } } },
    1_000,
  );
  await put('src/index.ts', '', 1_000);
  await utimes(join(root, 'src'), 1_000, 1_000);
  expect(isBuildNeeded(root)).toBe(true);
  for (const name of ['cli.js', 'index.cjs', 'index.js']) await put(`dist/${name}`, '', 2_000);
  expect(isBuildNeeded(root)).toBe(false);
  await put('src/index.ts', '', 3_000);
  await utimes(join(root, 'src'), 1_000, 1_000);
  expect(isBuildNeeded(root)).toBe(true);
  await put('src/index.ts', '', 1_000);
  await utimes(join(root, 'src'), 1_000, 1_000);
  expect(isBuildNeeded(root)).toBe(false);
  await unlink(join(root, 'dist/cli.js'));
  expect(isBuildNeeded(root)).toBe(true);
});

it('builds type declarations apart from the code', async () => {
  const entry = { types: './dist/index.d.cts', default: './dist/index.cjs' };
  await put('package.json', { name: 'x', types: './dist/index.d.ts', exports: { '.': { require: entry } } }, 1_000);
  await put('src/index.ts', '', 1_000);
  await utimes(join(root, 'src'), 1_000, 1_000);
  await put('dist/index.cjs', '', 2_000);
  expect([isBuildNeeded(root), areTypesNeeded(root)]).toEqual([false, true]);
  await put('dist/index.d.ts', '', 2_000);
  expect(areTypesNeeded(root)).toBe(true);
  await put('dist/index.d.cts', '', 2_000);
  expect(areTypesNeeded(root)).toBe(false);
  await put('src/index.ts', '', 3_000);
  expect(areTypesNeeded(root)).toBe(true);
});
