/** Every file that a lockfile names, held against what it pins. */
import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { formatLockfile } from '../../src/local/lockfile/format.js';
import { emptyLockfile, type LockedFile } from '../../src/local/lockfile/lockfile.js';
import { contentOf, digest, errorOf, greeter, jar, pom } from '../support/workbench.js';
import { it, short } from './bench.js';

const files = greeter();
const locked = (path: string, more: Partial<LockedFile> = {}): LockedFile => {
  const content = contentOf(files, path);
  return {
    path,
    sha256: digest('sha256', content),
    size: content.length,
    repository: 'r',
    level: 'origin',
    signer: null,
    seenSigner: null,
    ...more,
  };
};

let lockfile = '';
it.beforeEach(async ({ bench }) => {
  for (const path of [jar, pom]) await bench.write(path, contentOf(files, path));
  lockfile = join(bench.folder, 'clojars-fetch.lock');
});
const write = (entries: readonly LockedFile[], name = lockfile): Promise<void> =>
  writeFile(name, formatLockfile({ ...emptyLockfile, files: entries }));

describe('a lockfile', () => {
  it('pins every file, and asks no server', async ({ bench }) => {
    const server = await bench.secure(files);
    await write([locked(jar), locked(pom, { level: 'transport' })]);
    const report = await bench.verify([lockfile], bench.options([['c', server]]));
    expect(short(report)).toEqual(['greeter-1.0.0.jar ok pinned', 'greeter-1.0.0.pom ok pinned']);
    expect(report.files.map(({ why }) => why)).toEqual([
      `pinned by ${lockfile}, which was written when it was proven at origin`,
      `pinned by ${lockfile}, which was written when it was proven at transport`,
    ]);
    expect(server.count()).toBe(0);
  });

  it('is recognized by its first line, whatever its name', async ({ bench }) => {
    const other = join(bench.folder, 'pins.txt');
    await write([locked(jar)], other);
    expect(short(await bench.verify([{ file: other }], bench.options([])))).toEqual(['greeter-1.0.0.jar ok pinned']);
    expect(short(await bench.verify([{ lockfile: other }], bench.options([])))).toEqual(['greeter-1.0.0.jar ok pinned']);
  });

  it('fails a changed file and a missing one, and still checks the others', async ({ bench }) => {
    await write([locked(jar), locked(pom), locked('org/example/greeter/1.1.0/greeter-1.1.0.jar')]);
    await appendFile(join(bench.m2, jar), 'x');
    const report = await bench.verify([lockfile], bench.options([]));
    expect(report.files.map(({ status, error }) => [status, error?.code, error?.reason])).toEqual([
      ['failed', 'ERR_LOCKFILE', 'mismatch'],
      ['ok', undefined, undefined],
      ['failed', 'ERR_NOT_FOUND', 'absent'],
    ]);
    expect(report.files[2]?.error?.hint).toContain('--frozen');
  });

  it.for([
    ['no lockfile', 'something else\n', /begins with 'clojars-fetch-lock 2'/],
    ['a merge conflict', `clojars-fetch-lock 1\n<<<<<<< ours\n`, /a merge left a conflict/],
    ['cut off', 'clojars-fetch-lock 1\nfile org', /ends within a line/],
  ] as const)('%s is an error with its line', async ([_name, text, message], { bench }) => {
    await writeFile(lockfile, text);
    const error = await errorOf(bench.verify([lockfile], bench.options([])));
    expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'malformed' });
    expect(error.message).toMatch(message);
  });

  it('reports a lockfile that names no files', async ({ bench }) => {
    await write([]);
    expect((await errorOf(bench.verify([lockfile], bench.options([])))).message).toContain('the lockfile names no files');
  });

  it('respects a trusted-checksum file that contradicts it', async ({ bench }) => {
    const sums = join(bench.folder, 'sums');
    await writeFile(sums, `${'0'.repeat(64)}  ${jar}\n`);
    await write([locked(jar)]);
    expect((await bench.verify([lockfile], bench.options([], { trustedChecksums: [sums] }))).files[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_CHECKSUM', reason: 'mismatch' },
    });
  });

  it('is not overruled by a trusted-checksum file of another algorithm', async ({ bench }) => {
    const sums = join(bench.folder, 'sums');
    await writeFile(sums, `${digest('sha512', contentOf(files, jar))}  ${jar}\n`);
    await write([locked(jar, { sha256: '0'.repeat(64) })]);
    expect((await bench.verify([lockfile], bench.options([], { trustedChecksums: [sums] }))).files[0]).toMatchObject({
      status: 'failed',
      error: { code: 'ERR_LOCKFILE', reason: 'mismatch' },
    });
  });

  it('refuses a file that cannot be read as an error of the command line', async ({ bench }) => {
    await rm(lockfile, { force: true });
    expect(await errorOf(bench.verify([{ lockfile }], bench.options([])))).toMatchObject({ code: 'ERR_CONFIG', reason: 'unreadable' });
  });
});
