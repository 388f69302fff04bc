import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isBeneath } from '../../src/base/disk/beneath.js';
import { isClojarsFetchError } from '../../src/base/error.js';
import { createLocalRepository, type LocalRepository } from '../../src/local/repository/local-repository.js';
import { codePoint } from '../support/code-point.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const jar = 'org/lib/1.0/lib-1.0.jar';

async function open(): Promise<LocalRepository> {
  return createLocalRepository({ root: await temporaryFolder(), now: () => new Date('2026-11-04T01:02:03Z') });
}

async function put(local: LocalRepository, path: string, text: string): Promise<void> {
  await mkdir(dirname(local.file(path)), { recursive: true });
  await writeFile(local.file(path), text);
}

async function failure(promise: Promise<unknown>): Promise<{ code: string; reason: string; path: string | undefined }> {
  try {
    await promise;
  } catch (error) {
    if (isClojarsFetchError(error)) return { code: error.code, reason: error.reason, path: error.path };
    throw error;
  }
  throw new Error('did not fail');
}

describe('repository paths', () => {
  it.each([
    '',
    '/etc/passwd',
    'a//b',
    'a/../../b',
    './a',
    'a/.',
    '..',
    'a\\..\\b',
    'C:/x',
    'a/\u0000',
    'a/b\n',
    'a/b\u009b',
    'aux.jar',
    'org/NUL.txt/x',
    'org/lib/con',
    'org/lib./x',
    '..org./x',
    'a/b.',
    `${'x'.repeat(300)}`,
    'x/'.repeat(4000),
    '.clojars-fetch-locks/x',
    'a/',
  ])('%j is refused', async (path) => {
    const local = await open();
    const attempts = [local.find(path), local.createTemporary(path), local.recordOrigin(path, 'x'), local.readMetadata(path)];
    for (const failed of await Promise.all(attempts.map(failure))) {
      expect(failed).toMatchObject({ code: 'ERR_COORDINATE', reason: 'unsafe-path' });
    }
  });

  it('never leave the root', () => {
    const local = createLocalRepository({ root: '/tmp/root' });
    const piece = fc.constantFrom('..', '.', '/', '\\', 'a', 'org', '', '\u0000', 'é', 'C:', ' ');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: codePoint }),
          fc.array(piece).map((pieces) => pieces.join('')),
        ),
        (path) => {
          try {
            const file = local.file(path);
            expect(isBeneath('/tmp/root', file) && file !== '/tmp/root').toBe(true);
          } catch (error) {
            expect(isClojarsFetchError(error) && error.reason).toBe('unsafe-path');
          }
        },
      ),
    );
  });

  it('do not accept repository ids that are paths', async () => {
    const local = await open();
    for (const id of ['../x', 'a/b', '', '..']) {
      expect(await failure(local.recordOrigin(jar, id))).toMatchObject({ reason: 'unsafe-path' });
      expect(await failure(local.writeMetadata('org/lib', id, Buffer.from('x')))).toMatchObject({ reason: 'unsafe-path' });
    }
  });
});

describe('placing a file', () => {
  it('is whole if the disk began to store it on the way, and leaves nothing if it is discarded then', async () => {
    const local = await open();
    const piece = Buffer.alloc(11 << 20, 'bytes of a large file');
    for (const ends of ['commit', 'discard'] as const) {
      const temporary = await local.createTemporary(jar);
      for (let written = 0; written < 4; written += 1) await temporary.write(piece);
      if (ends === 'discard') await temporary.truncate(3);
      await temporary[ends]();
      const names = (await readdir(dirname(local.file(jar)))).sort();
      expect(names).toEqual(['lib-1.0.jar']);
    }
    expect(Buffer.compare(await readFile(local.file(jar)), Buffer.concat([piece, piece, piece, piece]))).toBe(0);
  });

  it('gathers small chunks, truncates, and leaves only the final file', async () => {
    const local = await open();
    const temporary = await local.createTemporary(jar);
    for (let index = 0; index < 1000; index++) void temporary.write(Buffer.from('0123456789'));
    await temporary.truncate(25);
    await temporary.write(Buffer.from('abc'));
    expect(temporary.size).toBe(28);
    expect(await local.find(jar)).toBeNull();
    await temporary.flush();
    expect(await readFile(temporary.file, 'utf8')).toBe('0123456789012345678901234abc');
    const placed = await temporary.commit();
    expect(placed).toMatchObject({ placed: true, size: 28, file: local.file(jar) });
    expect({ ...(await local.find(jar)), placed: true }).toEqual(placed);
    expect(await readdir(dirname(local.file(jar)))).toEqual(['lib-1.0.jar']);
    await temporary.discard();
    expect(await local.find(jar)).not.toBeNull();
  });

  it('writes the bytes in order, whatever their sizes', async () => {
    const local = await open();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 300_000 }), { minLength: 1, maxLength: 6 }), async (sizes) => {
        const temporary = await local.createTemporary(jar);
        const chunks = sizes.map((size, index) => Buffer.alloc(size, index + 1));
        await Promise.all(chunks.map(async (chunk) => temporary.write(chunk)));
        await temporary.commit({ replace: true });
        expect(Buffer.concat(chunks).equals(await readFile(local.file(jar)))).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('frees the memory of chunks that it may free, and of no others, once they are written', async () => {
    const local = await open();
    const temporary = await local.createTemporary(jar);
    const chunks = [100_000, 300_000, 10].map((size, index) => Buffer.alloc(size, index + 1));
    const copy = Buffer.concat(chunks);
    await Promise.all(chunks.map(async (chunk, index) => temporary.write(chunk, { free: index !== 0 })));
    expect(chunks.map(({ length }) => length)).toEqual([100_000, 0, 10]);
    expect(Buffer.compare(await temporary.contents(), copy)).toBe(0);
    expect(chunks.map(({ length }) => length)).toEqual([100_000, 0, 0]);
    await temporary.commit();
    expect(Buffer.compare(await readFile(local.file(jar)), copy)).toBe(0);
  });

  it('never overwrites a file of another tool, unless told to', async () => {
    const local = await open();
    const temporary = await local.createTemporary(jar);
    await temporary.write(Buffer.from('ours'));
    await put(local, jar, 'theirs');
    expect(await temporary.commit()).toMatchObject({ placed: false, size: 6 });
    expect(await readFile(local.file(jar), 'utf8')).toBe('theirs');
    expect((await local.writeSmall(jar, Buffer.from('ours'))).placed).toBe(false);
    expect((await local.writeSmall(jar, Buffer.from('ours'), { replace: true })).placed).toBe(true);
    expect(await readFile(local.file(jar), 'utf8')).toBe('ours');
    expect(await readdir(dirname(local.file(jar)))).toEqual(['lib-1.0.jar']);
  });

  it('treats an empty file as missing and replaces it', async () => {
    const local = await open();
    await put(local, jar, '');
    expect(await local.find(jar)).toBeNull();
    expect((await local.writeSmall(jar, Buffer.from('x'))).placed).toBe(true);
    expect((await local.find(jar))?.size).toBe(1);
  });

  it('leaves no trace when discarded', async () => {
    const local = await open();
    const temporary = await local.createTemporary(jar);
    await temporary.write(Buffer.alloc(1_000_000));
    await temporary.discard();
    expect(await readdir(dirname(local.file(jar)))).toEqual([]);
    expect(await failure((async () => temporary.write(Buffer.from('x')))())).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
  });

  it('makes a folder again that was removed meanwhile', async () => {
    const local = await open();
    await local.writeSmall(jar, Buffer.from('x'));
    await rm(join(local.root, 'org'), { recursive: true });
    await local.writeSmall(jar, Buffer.from('y'));
    expect(await readFile(local.file(jar), 'utf8')).toBe('y');
  });

  it('removes temporary files of dead processes after a day, and no others', async () => {
    const local = await open();
    const folder = dirname(local.file(jar));
    await put(local, jar, 'x');
    const name = (pid: number, tag: string): string => `.lib.jar.${pid}-${tag.repeat(16)}.clojars-fetch-tmp`;
    const dead = 4_194_305;
    const long = new Date('2026-11-02T00:00:00Z');
    for (const [file, time] of [
      [name(dead, 'a'), long],
      [name(process.pid, 'b'), long],
      [name(dead, 'c'), new Date('2026-11-04T01:00:00Z')],
      ['.other.tmp', long],
    ] as const) {
      await writeFile(join(folder, file), '');
      await utimes(join(folder, file), time, time);
    }
    await local.writeSmall('org/lib/1.0/lib-1.0.pom', Buffer.from('x'));
    await expect
      .poll(async () => (await readdir(folder)).sort())
      .toEqual(['.other.tmp', name(process.pid, 'b'), name(dead, 'c'), 'lib-1.0.jar', 'lib-1.0.pom'].sort());
  });
});

describe('symbolic links', () => {
  it('are followed at the root', async () => {
    const real = await temporaryFolder();
    const other = await temporaryFolder();
    await symlink(real, join(other, 'link'));
    const local = createLocalRepository({ root: join(other, 'link') });
    await local.writeSmall(jar, Buffer.from('x'));
    await local.recordOrigin(jar, 'clojars');
    expect(await readFile(join(real, jar), 'utf8')).toBe('x');
  });

  it('that lead outside are not written through, and no folders are made there', async () => {
    const local = await open();
    const outside = await temporaryFolder();
    await symlink(outside, join(local.root, 'org'));
    const expected = { code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt', path: join(local.root, 'org') };
    expect(await failure(local.createTemporary(jar))).toMatchObject(expected);
    expect(await failure(local.recordOrigin(jar, 'clojars'))).toMatchObject(expected);
    expect(await failure(local.writeMetadata('org/lib', 'clojars', Buffer.from('x')))).toMatchObject(expected);
    expect(await readdir(outside)).toEqual([]);
  });

  it('that lead outside get no lock files either', async () => {
    const local = await open();
    const outside = await temporaryFolder();
    await symlink(outside, join(local.root, '.clojars-fetch-locks'));
    expect(await failure(local.lock(jar))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
    expect(await readdir(outside)).toEqual([]);
  });

  it('of folders are refused if they lead nowhere, and allowed if they stay inside', async () => {
    const local = await open();
    await symlink(join(local.root, 'gone'), join(local.root, 'org'));
    expect(await failure(local.createTemporary(jar))).toMatchObject({ reason: 'corrupt' });
    await mkdir(join(local.root, 'real'));
    await symlink(join(local.root, 'real'), join(local.root, 'net'));
    await local.writeSmall('net/a.jar', Buffer.from('x'));
    expect(await readFile(join(local.root, 'real/a.jar'), 'utf8')).toBe('x');
  });

  it.each([false, true])('of files that lead outside are not written through (replace: %s)', async (replace) => {
    const local = await open();
    const outside = join(await temporaryFolder(), 'victim');
    await writeFile(outside, 'keep');
    await put(local, 'org/lib/1.0/x', '');
    await symlink(outside, local.file(jar));
    expect(await failure(local.writeSmall(jar, Buffer.from('evil'), { replace }))).toMatchObject({
      code: 'ERR_LOCAL_REPOSITORY',
      reason: 'corrupt',
      path: local.file(jar),
    });
    expect(await readFile(outside, 'utf8')).toBe('keep');
    expect((await readdir(dirname(local.file(jar)))).sort()).toEqual(['lib-1.0.jar', 'x']);
  });
});

describe('disk errors', () => {
  it('name a file in place of a folder, and a folder in place of a file', async () => {
    const local = await open();
    await writeFile(join(local.root, 'org'), 'a file');
    expect(await failure(local.createTemporary(jar))).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
    expect(await local.find(jar)).toBeNull();
    await mkdir(join(local.root, 'net/a.jar'), { recursive: true });
    expect(await failure(local.writeSmall('net/a.jar', Buffer.from('x')))).toMatchObject({ reason: 'corrupt' });
    expect(await local.find('net/a.jar')).toBeNull();
  });

  const userIsRoot = process.getuid?.() === 0;
  const runMount = (...args: string[]): boolean => {
    try {
      execFileSync(args[0] ?? '', args.slice(1), { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  };

  it('are unwritable for a read-only file system', async (context) => {
    const folder = await temporaryFolder();
    try {
      if (!userIsRoot || !runMount('mount', '-t', 'tmpfs', '-o', 'ro,size=64k', 'none', folder)) {
        context.skip('needs the right to mount a tmpfs (run as root)');
      }
      const local = createLocalRepository({ root: folder });
      const attempts = [local.writeSmall(jar, Buffer.from('x')), local.recordOrigin(jar, 'clojars'), local.lock(jar)];
      for (const failed of await Promise.all(attempts.map(failure))) {
        expect(failed).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'unwritable' });
      }
    } finally {
      runMount('umount', folder);
    }
  });

  it('are full for a full disk, and nothing is left behind', async (context) => {
    const folder = await temporaryFolder();
    try {
      if (!userIsRoot || !runMount('mount', '-t', 'tmpfs', '-o', 'size=128k', 'none', folder)) {
        context.skip('needs the right to mount a tmpfs (run as root)');
      }
      const local = createLocalRepository({ root: folder });
      const temporary = await local.createTemporary(jar);
      const writeAndCommit = async (): Promise<void> => {
        await temporary.write(Buffer.alloc(500_000));
        await temporary.commit();
      };
      expect(await failure(writeAndCommit())).toMatchObject({
        code: 'ERR_LOCAL_REPOSITORY',
        reason: 'full',
        path: local.file(jar),
      });
      await temporary.discard();
      expect(await readdir(dirname(local.file(jar)))).toEqual([]);
      expect((await local.writeSmall(jar, Buffer.from('small'))).placed).toBe(true);
    } finally {
      runMount('umount', folder);
    }
  });
});

describe('origins', () => {
  const header =
    '#NOTE: This is a Maven Resolver internal implementation file, its format can be changed without prior notice.\n#Wed Nov 04 01:02:03 UTC 2026\n';

  it('follow the rule of Maven', async () => {
    const local = await open();
    expect(await local.origins(jar)).toEqual({ kind: 'unlisted' });
    await put(
      local,
      'org/lib/1.0/_remote.repositories',
      'lib-1.0.jar>clojars=\nlib-1.0.jar>corp\\:x=\nlib-1.0.pom>=\nlib-1.0.pom>clojars=\n',
    );
    expect(await local.origins(jar)).toEqual({ kind: 'remote', repositoryIds: ['clojars', 'corp:x'] });
    expect(await local.origins('org/lib/1.0/lib-1.0.pom')).toEqual({ kind: 'installed' });
    expect(await local.usable(jar, ['central'])).toBe(false);
    expect(await local.usable(jar, ['central', 'clojars'])).toBe(true);
    expect(await local.usable('org/lib/1.0/lib-1.0.pom', ['central'])).toBe(true);
    expect(await local.usable('org/lib/1.0/lib-1.0-sources.jar', ['central'])).toBe(true);
  });

  it('are also read under the old name', async () => {
    const local = await open();
    await put(local, 'org/lib/1.0/_maven.repositories', 'lib-1.0.jar>central=\n');
    expect(await local.usable(jar, ['clojars'])).toBe(false);
  });

  it('are written as Maven writes them, merged and without duplicates', async () => {
    const local = await open();
    await put(local, 'org/lib/1.0/_remote.repositories', '#x\nlib-1.0.jar>=\n');
    await Promise.all([local.recordOrigin('org/lib/1.0/lib-1.0.pom', 'clojars'), local.recordOrigin(jar, 'clojars')]);
    await local.recordOrigin(jar, 'clojars');
    expect(await readFile(local.file('org/lib/1.0/_remote.repositories'), 'latin1')).toBe(
      `${header}lib-1.0.pom>clojars=\nlib-1.0.jar>=\nlib-1.0.jar>clojars=\n`,
    );
  });
});

describe('files next to artifacts', () => {
  it('no longer remember a failure once it is cleared', async () => {
    const local = await open();
    await put(local, `${jar}.lastUpdated`, 'x');
    await local.clearFailures(jar);
    await local.clearFailures(jar);
    expect(await readdir(dirname(local.file(jar)))).toEqual([]);
  });

  it('keep metadata and its time as Maven does', async () => {
    const local = await open();
    await put(
      local,
      'org/lib/resolver-status.properties',
      'maven-metadata-clojars.xml.error=x\nmaven-metadata-central.xml.lastUpdated=17\n',
    );
    await put(local, 'org/lib/maven-metadata-local.xml', '<metadata/>');
    await local.writeMetadata('org/lib', 'clojars', Buffer.from('<metadata>1</metadata>'));
    await local.writeMetadata('org/lib', 'clojars', Buffer.from('<metadata>2</metadata>'));
    const time = new Date('2026-11-04T01:02:03Z').getTime();
    const found = await local.readMetadata('org/lib');
    expect(found.map((one) => [one.repositoryId, Buffer.from(one.bytes).toString(), one.lastUpdatedMs])).toEqual([
      ['clojars', '<metadata>2</metadata>', time],
      ['local', '<metadata/>', null],
    ]);
    // The checksum file next to it is that of the new metadata, not of the replaced one.
    expect(await readFile(local.file('org/lib/maven-metadata-clojars.xml.sha1'), 'latin1')).toBe(
      createHash('sha1').update('<metadata>2</metadata>').digest('hex'),
    );
    const status = await readFile(local.file('org/lib/resolver-status.properties'), 'latin1');
    expect(status.split('\n').slice(2)).toEqual([
      `maven-metadata-clojars.xml.lastUpdated=${time}`,
      'maven-metadata-central.xml.lastUpdated=17',
      '',
    ]);
    expect(await local.readMetadata('org/none')).toEqual([]);
  });

  it('may not be metadata over 8 MiB', async () => {
    const local = await open();
    await put(local, 'org/lib/maven-metadata-x.xml', 'x'.repeat(8 * 1024 * 1024 + 1));
    expect(await failure(local.readMetadata('org/lib'))).toMatchObject({ code: 'ERR_LIMIT', reason: 'too-large' });
  });

  it('show a split repository, which groups of the same names do not', async () => {
    const local = await open();
    expect(await local.detectSplit()).toBeNull();
    await put(local, 'cached/cached/1.0/cached-1.0.jar', 'x');
    expect(await local.detectSplit()).toBeNull();
    await put(local, 'cached/org/lib/1.0/lib-1.0.jar', 'x');
    expect(await local.detectSplit()).toEqual({ folders: ['cached'] });
  });
});

describe('the contents of a temporary file', () => {
  it('are all accepted bytes, from memory or from the file', async () => {
    const local = await open();
    const temporary = await local.createTemporary(jar);
    await temporary.write(Buffer.from('one'));
    await temporary.write(Buffer.from('two'));
    expect(Buffer.from(await temporary.contents()).toString()).toBe('onetwo');
    expect((await readFile(temporary.file)).byteLength).toBe(0);
    await temporary.flush();
    await temporary.write(Buffer.from('three'));
    expect(Buffer.from(await temporary.contents()).toString()).toBe('onetwothree');
    await temporary.truncate(3);
    expect(Buffer.from(await temporary.contents()).toString()).toBe('one');
    await temporary.discard();
  });
});
