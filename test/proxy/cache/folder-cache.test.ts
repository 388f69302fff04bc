import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, rename, rm, stat, symlink, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { createLocks } from '../../../src/base/disk/lock.js';
import { hostIdentity } from '../../../src/base/disk/process-identity.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { digest, jar, noteFile, open, place, write } from './support.js';

describe('lookup', () => {
  it('finds what was noted, with its digests', async () => {
    const cache = await open();
    const file = await place(cache, jar('1.0'), 'bytes');
    expect(cache.lookup('clojars', jar('1.0'))).toMatchObject({ file, size: 5, sha256: digest('sha256', 'bytes'), level: 'origin' });
    expect(cache.lookup('central', jar('1.0'))).toBeNull();
    expect(cache.lookup('elsewhere', jar('1.0'))).toBeNull();
    expect(cache.lookup('clojars', '../central/x')).toBeNull();
    expect(cache.lookup('clojars', `org/${'\0'}`)).toBeNull();
  });

  it('does not find a file that changed in size, time, or nothing but its inode', async () => {
    const cache = await open();
    const file = await place(cache, jar('1.0'), 'bytes');
    const { mtime, atime } = await stat(file);
    await writeFile(file, 'byte');
    expect(cache.lookup('clojars', jar('1.0'))).toBeNull();
    await noteFile(cache, jar('1.0'), 'byte');
    expect(cache.lookup('clojars', jar('1.0'))).not.toBeNull();
    await writeFile(`${file}.new`, 'evil');
    await utimes(`${file}.new`, atime, mtime);
    await rename(`${file}.new`, file);
    expect(cache.lookup('clojars', jar('1.0'))).toBeNull();
  });

  it('forgets a file that is gone', async () => {
    const cache = await open();
    const file = await place(cache, jar('1.0'), 'bytes');
    await cache.counted();
    expect(cache.stats()).toMatchObject({ files: 1, bytes: 5 });
    await unlink(file);
    expect(cache.lookup('clojars', jar('1.0'))).toBeNull();
    expect(cache.stats()).toMatchObject({ files: 0, bytes: 0 });
  });

  it('records nothing of a file that is not as it was digested, is a link, or lies behind one', async () => {
    const cache = await open();
    const outside = await temporaryFolder();
    const file = await write(cache, jar('1.0'), 'bytes');
    const { mtimeMs } = await stat(file);
    const known = {
      repository: 'clojars',
      path: jar('1.0'),
      file,
      sha256: digest('sha256', 'bytes'),
      sha1: null,
      md5: null,
      lastModifiedMs: null,
      mirror: null,
    };
    cache.note({ ...known, size: 6, modifiedMs: mtimeMs, level: 'origin' });
    cache.note({ ...known, size: 5, modifiedMs: mtimeMs - 5000, level: 'origin' });
    expect(cache.lookup('clojars', jar('1.0'))).toBeNull();

    await writeFile(join(outside, 'secret.jar'), 'secret');
    await symlink(join(outside, 'secret.jar'), join(cache.folder('clojars'), 'link.jar'));
    await symlink(outside, join(cache.folder('clojars'), 'out'));
    await noteFile(cache, 'link.jar', 'secret');
    await noteFile(cache, 'out/secret.jar', 'secret');
    await cache.counted();
    expect(cache.lookup('clojars', 'link.jar')).toBeNull();
    expect(cache.lookup('clojars', 'out/secret.jar')).toBeNull();
    expect(cache.list('clojars', 'out')).toBeNull();
    await cache.setAside('clojars', 'out/secret.jar');
    expect(existsSync(join(outside, 'secret.jar'))).toBe(true);
    expect(cache.stats()).toMatchObject({ files: 1, bytes: 5 });
  });
});

describe('the inventory', () => {
  it('outlives the process, and counts what others placed', async () => {
    const cache = await open();
    await place(cache, jar('1.0'), 'bytes');
    await write(cache, `${jar('1.0')}.sha1`, digest('sha1', 'bytes'));
    await cache.close();
    const again = await open({ folder: cache.root });
    expect(again.lookup('clojars', jar('1.0'))?.md5).toBe(digest('md5', 'bytes'));
    await again.counted();
    expect(again.stats()).toMatchObject({ files: 2, bytes: 45, isCounted: true });
  });

  it.each([
    ['cut', (file: string) => writeFile(file, 'garbage'.repeat(1000))],
    ['binary', (file: string) => writeFile(file, Buffer.alloc(100_000, 0xff))],
    ['gone', (file: string) => rm(file)],
    ['a folder', (file: string) => rm(file).then(() => mkdir(join(file, 'inside'), { recursive: true }))],
  ])('is made again when it is %s', async (_, damage) => {
    const cache = await open();
    await place(cache, jar('1.0'), 'bytes');
    await cache.close();
    await damage(join(cache.root, '.clojars-fetch/inventory.jsonl'));
    const again = await open({ folder: cache.root });
    await again.counted();
    expect(again.stats()).toMatchObject({ files: 1, bytes: 5 });
    expect(again.lookup('clojars', jar('1.0'))).toBeNull();
    await noteFile(again, jar('1.0'), 'bytes');
    await again.close();
    const third = await open({ folder: cache.root });
    expect(third.lookup('clojars', jar('1.0'))).not.toBeNull();
  });

  it('is shared by two processes', async () => {
    const one = await open();
    const other = await open({ folder: one.root });
    const file = await place(one, jar('1.0'), 'bytes');
    await expect.poll(() => other.lookup('clojars', jar('1.0'))?.sha256).toBe(digest('sha256', 'bytes'));
    await other.counted();
    expect(other.stats()).toMatchObject({ files: 1, bytes: 5 });
    await one.setAside('clojars', jar('1.0'));
    expect(existsSync(file)).toBe(false);
    expect(other.lookup('clojars', jar('1.0'))).toBeNull();
    await other.counted();
    expect(other.stats()).toMatchObject({ files: 0, bytes: 0 });
  });
});

describe('the limit', () => {
  const version = (n: number): string => jar(`${n}.0`);

  it('removes the version used longest ago, with all its files and no others', async () => {
    // Later than the times of the files themselves.
    let now = Date.now() + 60_000;
    const cache = await open({ limitBytes: 1000, now: () => now });
    for (const n of [1, 2, 3]) {
      now += 1000;
      await place(cache, version(n), Buffer.alloc(250));
      for (const suffix of ['.sha1', '.asc']) await write(cache, version(n) + suffix, 'x'.repeat(10));
      await write(cache, `org/lib/${n}.0/_remote.repositories`, 'y'.repeat(10));
    }
    now += 1000;
    cache.touch('clojars', version(1));
    const release = await cache.reserve(400);
    expect(cache.stats()).toMatchObject({ reservedBytes: 400, evictedFiles: 4, evictedBytes: 280 });
    await expect.poll(() => existsSync(join(cache.folder('clojars'), 'org/lib/2.0'))).toBe(false);
    expect(cache.lookup('clojars', version(1))).not.toBeNull();
    expect(cache.lookup('clojars', version(3))).not.toBeNull();
    release();
    release();
    expect(cache.stats()).toMatchObject({ reservedBytes: 0, bytes: 560, files: 8 });
  });

  it('never removes what is held, locked or linked out, and says so when nothing else is left', async () => {
    const cache = await open({ limitBytes: 1000 });
    await place(cache, version(1), Buffer.alloc(400));
    await place(cache, version(2), Buffer.alloc(400));
    const holds = [cache.hold('clojars', version(1)), cache.hold('clojars', version(2)), cache.hold('clojars', version(2))];
    await expect(cache.reserve(400)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'full', path: cache.root });
    expect(cache.stats()).toMatchObject({ files: 2, reservedBytes: 0 });
    holds[1]?.();
    await expect(cache.reserve(400)).rejects.toMatchObject({ reason: 'full' });
    holds[2]?.();
    await cache.reserve(400);
    expect(cache.lookup('clojars', version(1))).not.toBeNull();
    expect(cache.lookup('clojars', version(2))).toBeNull();
  });

  it('refuses a file larger than itself, and removes nothing for it', async () => {
    const cache = await open({ limitBytes: 1000 });
    await place(cache, version(1), Buffer.alloc(400));
    await expect(cache.reserve(1001)).rejects.toThrow(/a file of 1001 bytes does not fit into the 1000 bytes that the cache may hold$/);
    expect(cache.lookup('clojars', version(1))).not.toBeNull();
  });

  it('gives room to concurrent calls once', async () => {
    const cache = await open({ limitBytes: 1000 });
    for (const n of [1, 2, 3]) await place(cache, version(n), Buffer.alloc(300));
    const results = await Promise.allSettled(Array.from({ length: 5 }, () => cache.reserve(300)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(cache.stats()).toMatchObject({ reservedBytes: 900, bytes: 0 });
  });

  it('leaves 15 % of what is free on the disk', async () => {
    const cache = await open({ limitBytes: 1000, freeBytes: () => 100 });
    await expect(cache.reserve(86)).rejects.toMatchObject({ reason: 'full', hint: expect.stringContaining('disk') as string });
    await cache.reserve(85);
  });

  it('spares the files of a repository that cannot be reached, as long as others can leave', async () => {
    // Later than the times of the files themselves.
    let now = Date.now() + 60_000;
    const cache = await open({ limitBytes: 1000, now: () => (now += 1000) });
    await place(cache, version(1), Buffer.alloc(400));
    await place(cache, version(2), Buffer.alloc(400), 'central');
    cache.pauseEviction('clojars', true);
    const release = await cache.reserve(400);
    expect(cache.lookup('clojars', version(1))).not.toBeNull();
    expect(cache.lookup('central', version(2))).toBeNull();
    release();
    await cache.reserve(700);
    expect(cache.lookup('clojars', version(1))).toBeNull();
  });

  it('comes back within its limit when another program fills the folder, but not while mirrors are out of reach', async () => {
    const cache = await open();
    for (const n of [1, 2, 3]) await place(cache, version(n), Buffer.alloc(400));
    await cache.close();
    const again = await open({ folder: cache.root, limitBytes: 1000 });
    again.pauseEviction('clojars', true);
    await again.counted();
    expect(again.stats()).toMatchObject({ bytes: 1200 });
    const visitor = await open({ folder: cache.root, limitBytes: 1000, keepsLimit: false });
    await visitor.counted();
    await visitor.check(new AbortController().signal, () => undefined);
    expect(visitor.stats()).toMatchObject({ bytes: 1200, evictedFiles: 0 });
    await visitor.close();
    const third = await open({ folder: cache.root, limitBytes: 1000 });
    await expect.poll(() => third.stats().bytes).toBe(800);
  });

  it('comes back within its limit when files were noted for which no room was reserved', async () => {
    const cache = await open({ limitBytes: 1000 });
    for (let n = 1; n <= 20; n++) await place(cache, version(n), Buffer.alloc(300));
    await expect.poll(() => cache.stats().bytes).toBe(900);
    expect(cache.lookup('clojars', version(20))).not.toBeNull();
  });

  it('takes no notice of the locks of a killed process, but of those of a living one', async () => {
    const cache = await open({ limitBytes: 1000 });
    const file = await place(cache, version(1), Buffer.alloc(600));
    const locks = createLocks(cache.lockFolder ?? '');
    const release = await locks.lock(file);
    await expect(cache.reserve(600)).rejects.toMatchObject({ reason: 'full' });
    await release();
    const lock = `${createHash('sha256').update(file).digest('hex').slice(0, 40)}.lock`;
    const dead = { pid: 2 ** 30, host: hostIdentity(), token: 'ab', started: '' };
    await writeFile(join(cache.lockFolder ?? '', lock), JSON.stringify(dead));
    await cache.reserve(600);
    expect(cache.lookup('clojars', version(1))).toBeNull();
  });

  it('keeps nothing the longest because the clock ran ahead for a while', async () => {
    const yearMs = 365 * 24 * 3_600_000;
    let now = Date.now() + 60_000;
    const cache = await open({ limitBytes: 1000, now: () => (now += 1000) });
    now += yearMs;
    await place(cache, version(1), Buffer.alloc(400));
    now -= yearMs;
    await place(cache, version(2), Buffer.alloc(400));
    cache.touch('clojars', version(2));
    await cache.reserve(400);
    expect(cache.lookup('clojars', version(1))).toBeNull();
    expect(cache.lookup('clojars', version(2))).not.toBeNull();
  });

  it('remembers the order of use across processes', async () => {
    // Later than the times of the files themselves.
    let now = Date.now() + 60_000;
    const cache = await open({ now: () => now });
    for (const n of [1, 2, 3]) {
      now += 1000;
      await place(cache, version(n), Buffer.alloc(300));
    }
    now += 1000;
    cache.touch('clojars', version(1));
    await cache.close();
    const again = await open({ folder: cache.root, limitBytes: 1000, now: () => now });
    await again.reserve(300);
    expect(again.lookup('clojars', version(1))).not.toBeNull();
    expect(again.lookup('clojars', version(2))).toBeNull();
  });
});

describe('a damaged file', () => {
  it('is moved aside with its checksums removed, and fetched again', async () => {
    const cache = await open();
    const file = await place(cache, jar('1.0'), 'bytes');
    await write(cache, `${jar('1.0')}.sha1`, 'bad');
    await write(cache, 'org/lib/1.0/lib-1.0.pom', 'pom');
    await cache.setAside('clojars', jar('1.0'));
    expect(existsSync(file)).toBe(false);
    expect(existsSync(`${file}.sha1`)).toBe(false);
    expect(cache.lookup('clojars', jar('1.0'))).toBeNull();
    expect(cache.stats()).toMatchObject({ files: 1, bytes: 3, setAside: 1 });
    expect(await readdir(join(cache.root, '.clojars-fetch/damaged'))).toHaveLength(1);
    await cache.setAside('clojars', jar('1.0'));
    expect(cache.stats().setAside).toBe(1);
  });

  it('is kept for the last hundred files', async () => {
    const cache = await open();
    for (let n = 0; n < 105; n++) {
      await write(cache, jar(`${n}`), 'bytes');
      await cache.setAside('clojars', jar(`${n}`));
    }
    const names = await readdir(join(cache.root, '.clojars-fetch/damaged'));
    expect(names).toHaveLength(100);
    expect(names.sort()[0]).toMatch(/lib-5\.jar$/);
  });
});

describe('listings', () => {
  it('show folders and files of the repository alone', async () => {
    const cache = await open();
    await place(cache, jar('1.0'), 'bytes');
    await write(cache, `${jar('1.0')}.sha1`, 'x');
    for (const name of ['_remote.repositories', 'lib-1.0.jar.lastUpdated', '.hidden', '.lib.1-2.clojars-fetch-tmp'])
      await write(cache, `org/lib/1.0/${name}`, 'x');
    await link(join(cache.folder('clojars'), jar('1.0')), join(cache.folder('clojars'), 'org/lib/1.0/a.jar'));
    expect(cache.list('clojars', '')).toEqual([{ name: 'org', folder: true, size: null, modifiedMs: null }]);
    expect(cache.list('clojars', 'org/lib/1.0')?.map(({ name }) => name)).toEqual(['a.jar', 'lib-1.0.jar', 'lib-1.0.jar.sha1']);
    for (const path of ['..', 'org/../..', 'nothing', jar('1.0'), '../.clojars-fetch']) expect(cache.list('clojars', path)).toBeNull();
    expect(cache.list('central', '')).toEqual([]);
    expect(cache.list('elsewhere', '')).toBeNull();
  });
});

it('tells of each file that it removes or moves aside', async () => {
  const removed: string[] = [];
  const cache = await open({ limitBytes: 1000, onRemoved: (file) => removed.push(file) });
  const [first, second] = [await place(cache, jar('1'), 'a'.repeat(600)), await place(cache, jar('2'), 'b'.repeat(300))];
  (await cache.reserve(500))();
  expect(removed).toEqual([first]);
  await cache.setAside('clojars', jar('2'));
  expect(removed).toEqual([first, second]);
});
