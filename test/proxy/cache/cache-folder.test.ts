import { chmod, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { temporaryFolder } from '../../support/temporary-folder.js';
import { central, clojars, jar, open, place, write } from './support.js';

it('keeps its own records outside the folders of the repositories', async () => {
  const cache = await open();
  expect(cache.folder('clojars')).toBe(join(cache.root, 'clojars'));
  expect(cache.lockFolder).toBe(join(cache.root, '.clojars-fetch/locks'));
  expect((await stat(join(cache.root, '.clojars-fetch'))).mode & 0o077).toBe(0);
  expect(JSON.parse(await readFile(join(cache.root, '.clojars-fetch/repositories/clojars.json'), 'utf8'))).toEqual({
    id: 'clojars',
    url: 'https://repo.clojars.org',
  });
});

it('refuses a folder that belongs to another repository, and says which', async () => {
  const folder = await temporaryFolder();
  await open({ folder, repositories: [clojars] });
  await open({ folder, repositories: [{ id: 'clojars', url: 'https://user:secret@repo.clojars.org' }] });
  await expect(open({ folder, repositories: [{ id: 'clojars', url: 'https://user:secret@example.org/' }] })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    reason: 'bad-value',
    path: join(folder, 'clojars'),
    message: `${join(folder, 'clojars')}: belongs to the repository at https://repo.clojars.org, not to https://example.org`,
    hint: expect.stringContaining('Choose another folder') as string,
  });
});

it('refuses a file in place of a folder, and a link', async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'file'), '');
  await expect(open({ folder: join(folder, 'file') })).rejects.toMatchObject({ code: 'ERR_CONFIG', path: join(folder, 'file') });
  await expect(open({ folder: join(folder, 'file/inside') })).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
  const cache = join(folder, 'cache');
  await mkdir(cache);
  await writeFile(join(cache, 'clojars'), '');
  await expect(open({ folder: cache })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: `${join(cache, 'clojars')}: is not a folder`,
  });
  await symlink(folder, join(cache, 'central'));
  await expect(open({ folder: cache, repositories: [central] })).rejects.toMatchObject({ message: `${join(cache, 'central')}: is a link` });
  await symlink(folder, join(folder, 'link'));
  expect((await open({ folder: join(folder, 'link') })).folder('clojars')).toBe(join(folder, 'link/clojars'));
});

it('refuses a link in place of its own folder', async () => {
  const folder = await temporaryFolder();
  await symlink(await temporaryFolder(), join(folder, '.clojars-fetch'));
  await expect(open({ folder })).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
});

it.skipIf(process.getuid?.() === 0)('refuses a folder that cannot be written', async () => {
  const folder = await temporaryFolder();
  await chmod(folder, 0o500);
  await expect(open({ folder })).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'unwritable' });
});

it.skipIf(process.platform !== 'linux')('refuses a place that no user can write to', async () => {
  await expect(open({ folder: '/proc/clojars-fetch' })).rejects.toMatchObject({
    code: 'ERR_LOCAL_REPOSITORY',
    path: '/proc/clojars-fetch',
  });
});

it('ignores a damaged marker', async () => {
  const cache = await open({ repositories: [clojars] });
  await writeFile(join(cache.root, '.clojars-fetch/repositories/clojars.json'), JSON.stringify({ url: '\u001b[2J' }));
  await open({ folder: cache.root, repositories: [clojars] });
});

it('refuses ids that cannot name a folder, or would share one', async () => {
  for (const id of ['.clojars-fetch', '..', 'a/b']) await expect(open({ repositories: [{ ...clojars, id }] })).rejects.toThrow();
  await expect(open({ repositories: [clojars, { ...central, id: 'Clojars' }] })).rejects.toThrow(
    /clojars and Clojars would share a folder/,
  );
});

it('refuses a limit below the largest file', async () => {
  await expect(open({ limitBytes: 1024 ** 2, largestFileBytes: 1024 ** 3 })).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    setting: 'cacheSize',
    message: 'a cache of 1 MiB cannot hold the largest file allowed, 1 GiB',
  });
});

it('counts the files of repositories that are no longer configured', async () => {
  const cache = await open();
  await place(cache, jar('1.0'), 'bytes', 'central');
  await write(cache, jar('2.0'), 'more');
  await mkdir(join(cache.root, 'foreign'));
  await writeFile(join(cache.root, 'foreign/file'), 'not counted');
  await cache.close();
  const again = await open({ folder: cache.root, repositories: [clojars] });
  await again.counted();
  expect(again.stats()).toMatchObject({ files: 2, bytes: 9 });
});
