import { existsSync } from 'node:fs';
import { readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import type { CheckFinding, CheckReport, FileCache } from '../../../src/local/cache/file-cache.js';
import { openLocalRepositoryCache } from '../../../src/local/cache/local-repository-cache.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { digest, jar, noteFile, open, place, write } from './support.js';

interface Checked {
  readonly report: CheckReport;
  /** `kind path`. */
  readonly found: readonly string[];
  readonly findings: readonly CheckFinding[];
}

async function check(cache: FileCache, signal = new AbortController().signal): Promise<Checked> {
  const findings: CheckFinding[] = [];
  const report = await cache.check(signal, (finding) => findings.push(finding));
  return { report, findings, found: findings.map(({ kind, repository, path }) => `${kind} ${repository}/${path}`).sort() };
}

it('finds nothing in a cache that is in order', async () => {
  const cache = await open();
  await place(cache, jar('1.0'), Buffer.alloc(3_000_000, 'x'));
  await write(cache, `${jar('1.0')}.sha1`, `${digest('sha1', Buffer.alloc(3_000_000, 'x'))}  lib-1.0.jar\n`);
  await write(cache, `${jar('1.0')}.asc`, 'signature');
  await write(cache, 'org/lib/1.0/_remote.repositories', 'notes');
  await write(cache, 'org/lib/maven-metadata-clojars.xml', '<metadata/>');
  await place(cache, jar('2.0'), '', 'central');
  const counts = { files: 2, bytes: 3_000_000, damaged: 0, missing: 0, unknown: 0 };
  expect(await check(cache)).toMatchObject({ report: { ...counts, isComplete: true }, found: [] });
});

it('moves damaged files aside, also those whose size and time are as recorded', async () => {
  const cache = await open();
  const file = await place(cache, jar('1.0'), 'bytes');
  await place(cache, jar('2.0'), 'bytes');
  const { atime, mtime } = await stat(file);
  await writeFile(file, 'Bytes');
  await utimes(file, atime, mtime);
  const { report, found, findings } = await check(cache);
  expect(found).toEqual([`damaged clojars/${jar('1.0')}`]);
  expect(report).toMatchObject({ files: 2, damaged: 1 });
  expect(findings[0]?.detail).toBe(`sha256 is ${digest('sha256', 'Bytes')}, expected ${digest('sha256', 'bytes')}`);
  expect(findings[0]?.movedTo).toContain(join(cache.root, '.clojars-fetch/damaged'));
  expect(existsSync(file)).toBe(false);
  expect((await check(cache)).found).toEqual([]);
});

it('tells damaged checksum files, missing files, and files that nothing is known of', async () => {
  const cache = await open();
  await place(cache, jar('1.0'), 'bytes');
  await write(cache, `${jar('1.0')}.sha1`, digest('sha1', 'others'));
  const gone = await place(cache, jar('2.0'), 'bytes');
  await cache.counted();
  // A check takes the records that are on the disk.
  await expect.poll(() => readFile(join(cache.root, '.clojars-fetch', 'inventory.jsonl'), 'utf8').catch(() => '')).toContain(jar('2.0'));
  await rm(gone);
  await write(cache, jar('3.0'), 'bytes');
  await write(cache, jar('4.0'), 'bytes');
  await write(cache, `${jar('4.0')}.sha1`, digest('sha1', 'bytes'));
  await write(cache, jar('5.0'), 'bytes');
  await write(cache, `${jar('5.0')}.sha1`, digest('sha1', 'others'));
  await symlink('/etc/passwd', join(cache.folder('clojars'), 'org/passwd.jar'));
  expect((await check(cache)).found).toEqual([
    `damaged clojars/${jar('1.0')}.sha1`,
    `damaged clojars/${jar('5.0')}`,
    `missing clojars/${jar('2.0')}`,
    `unknown clojars/${jar('3.0')}`,
  ]);
  expect(cache.lookup('clojars', jar('1.0'))).not.toBeNull();
});

it('makes a restored file a hit again', async () => {
  const cache = await open();
  const file = await place(cache, jar('1.0'), 'bytes');
  await writeFile(file, 'bytes');
  expect(cache.lookup('clojars', jar('1.0'))).toBeNull();
  expect((await check(cache)).found).toEqual([]);
  expect(cache.lookup('clojars', jar('1.0'))).not.toBeNull();
});

it('can be aborted', async () => {
  const cache = await open();
  await place(cache, jar('1.0'), 'bytes');
  expect((await check(cache, AbortSignal.abort())).report).toMatchObject({ files: 0, isComplete: false });
});

it('moves nothing in the local repository of the user', async () => {
  const root = await temporaryFolder();
  const cache = openLocalRepositoryCache({ root, repositories: ['clojars', 'central'] });
  const file = await write(cache, jar('1.0'), 'bytes');
  await write(cache, `${jar('1.0')}.sha1`, digest('sha1', 'others'));
  const { found, findings } = await check(cache);
  expect(found).toEqual([`damaged clojars/${jar('1.0')}`]);
  expect(findings[0]?.movedTo).toBeNull();
  await cache.setAside('clojars', jar('1.0'));
  expect(existsSync(file)).toBe(true);
  await noteFile(cache, jar('1.0'), 'bytes');
  expect(cache.lookup('clojars', jar('1.0'))?.sha256).toBe(digest('sha256', 'bytes'));
  await writeFile(file, 'other');
  expect(cache.lookup('clojars', jar('1.0'))).toBeNull();
  await expect(cache.reserve(Number.MAX_SAFE_INTEGER)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'full' });
  (await cache.reserve(10))();
  expect(cache.list('clojars', 'org/lib/1.0')).toHaveLength(2);
});
