import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync } from 'node:fs';
import { appendFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { crc32 } from '../../../src/base/disk/crc32.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { jar, open, place } from './support.js';

/** Puts a pipe, links and hostile names next to a jar. Returns a folder outside the cache with a file in it. */
async function hostile(root: string): Promise<string> {
  const outside = await temporaryFolder();
  await writeFile(join(outside, 'precious'), 'precious');
  const folder = join(root, 'org/lib/1.0');
  execFileSync('mkfifo', [join(folder, 'pipe.jar')]);
  await symlink(join(outside, 'precious'), join(folder, 'link.jar'));
  await symlink(outside, join(folder, 'folder'));
  await symlink('.', join(folder, 'circle'));
  await symlink(outside, join(root, 'org/out'));
  for (const name of [Buffer.from('line\nbreak.jar'), Buffer.from([0x66, 0xff, 0xfe, 0x2e, 0x6a, 0x61, 0x72]), Buffer.from('a\\b:c*?.jar')])
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), name]), 'odd');
  await mkdir(join(folder, 'jar.jar'));
  return outside;
}

it('a walk, a check and an eviction neither follow links nor wait for pipes', async () => {
  const cache = await open({ limitBytes: 1000 });
  const root = cache.folder('clojars');
  const file = await place(cache, jar('1.0'), Buffer.alloc(500));
  const outside = await hostile(root);
  await cache.close();
  const again = await open({ folder: cache.root, limitBytes: 1000 });
  await again.counted();
  expect(again.stats().bytes).toBeLessThanOrEqual(509);
  const findings: string[] = [];
  const report = await again.check(new AbortController().signal, ({ kind }) => findings.push(kind));
  expect(report).toMatchObject({ files: 1, damaged: 0, missing: 0, isComplete: true });
  expect(new Set(findings)).toEqual(new Set(['unknown']));
  expect(again.list('clojars', 'org/lib/1.0')?.map(({ name }) => name)).toEqual(['jar.jar', 'lib-1.0.jar']);
  const release = await again.reserve(900);
  release();
  expect(existsSync(file)).toBe(false);
  expect(existsSync(join(outside, 'precious'))).toBe(true);
  expect(lstatSync(join(root, 'org/lib/1.0/link.jar')).isSymbolicLink()).toBe(true);
});

it('a folder exchanged for a link after it was counted loses nothing behind the link', async () => {
  const cache = await open({ limitBytes: 1000 });
  const outside = await temporaryFolder();
  await mkdir(join(outside, '1.0'));
  await writeFile(join(outside, '1.0/lib-1.0.jar'), Buffer.alloc(600));
  await place(cache, jar('1.0', 'other'), Buffer.alloc(100));
  await place(cache, jar('1.0'), Buffer.alloc(600));
  const library = join(cache.folder('clojars'), 'org/lib');
  execFileSync('mv', [library, join(outside, 'moved')]);
  await symlink(outside, library);
  (await cache.reserve(500))();
  expect(existsSync(join(outside, '1.0/lib-1.0.jar'))).toBe(true);
  expect(cache.lookup('clojars', jar('1.0'))).toBeNull();
});

it('a record that names a file outside costs nothing there, and does not count', async () => {
  const folder = join(await temporaryFolder(), 'cache');
  const first = await open({ folder });
  await place(first, jar('1.0'), Buffer.alloc(600));
  await first.close();
  const precious = join(folder, '..', 'outside', 'precious.jar');
  await mkdir(join(precious, '..'));
  await writeFile(precious, Buffer.alloc(600));
  const inventory = join(folder, '.clojars-fetch', 'inventory.jsonl');
  const json = (await readFile(inventory, 'utf8'))
    .slice(9)
    .trimEnd()
    .replace('clojars/org/lib/1.0/lib-1.0.jar', 'clojars/../../outside/precious.jar');
  await appendFile(inventory, `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`);
  const again = await open({ folder, limitBytes: 1000 });
  await again.counted();
  expect(again.stats()).toMatchObject({ files: 1, bytes: 600 });
  (await again.reserve(900))();
  expect(existsSync(precious)).toBe(true);
  expect(existsSync(join(again.folder('clojars'), jar('1.0')))).toBe(false);
});

it('a record with a wrong size evicts no more than it takes', async () => {
  const first = await open();
  for (const version of ['1.0', '2.0', '3.0']) await place(first, jar(version), Buffer.alloc(300));
  await first.close();
  const inventory = join(first.root, '.clojars-fetch', 'inventory.jsonl');
  const lines = (await readFile(inventory, 'utf8')).trimEnd().split('\n');
  const json = lines.map((line) => line.slice(9).replace('"size":300', '"size":900000'));
  await writeFile(inventory, json.map((line) => `${crc32(line).toString(16).padStart(8, '0')} ${line}\n`).join(''));
  const again = await open({ folder: first.root, limitBytes: 1000 });
  // At once: the folders have not been counted yet.
  (await again.reserve(100))();
  expect(['1.0', '2.0', '3.0'].filter((version) => existsSync(join(again.folder('clojars'), jar(version))))).toHaveLength(3);
});
