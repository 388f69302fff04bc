import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { createLocks } from '../../src/base/disk/lock.js';
import { hostIdentity } from '../../src/base/disk/process-identity.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const fileOf = (folder: string, name: string): string =>
  join(folder, `${createHash('sha256').update(name).digest('hex').slice(0, 40)}.lock`);

describe('locks', () => {
  it('admit one process at a time, and different names at once', async () => {
    const locks = createLocks(await temporaryFolder());
    const order: string[] = [];
    const first = await locks.lock('a');
    const second = locks.lock('a').then((release) => (order.push('second'), release()));
    const third = locks.lock('a').then((release) => (order.push('third'), release()));
    await (
      await locks.lock('b')
    )();
    order.push('first');
    await first();
    await first();
    await Promise.all([second, third]);
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('are looked at again after a while, since another process may have taken them for dead', async () => {
    const folder = await temporaryFolder();
    const locks = createLocks(folder);
    const release = await locks.lock('a');
    expect([locks.isHeld('a'), locks.isHeld('b')]).toEqual([true, false]);
    const other = JSON.stringify({ pid: 1, host: 'elsewhere', token: 'abc' });
    const now = Date.now();
    onTestFinished(() => void vi.restoreAllMocks());
    vi.spyOn(Date, 'now').mockImplementation(() => now + 60_000);
    expect(locks.isHeld('a')).toBe(true);
    await rm(fileOf(folder, 'a'));
    await writeFile(fileOf(folder, 'a'), other);
    vi.mocked(Date.now).mockImplementation(() => now + 120_000);
    expect(locks.isHeld('a')).toBe(false);
    await release();
    expect(await readFile(fileOf(folder, 'a'), 'utf8')).toBe(other);
  });

  it('of a killed process are swept, with its other files, when another process takes its first lock', async () => {
    const folder = await temporaryFolder();
    const script = `
      const { linkSync, writeFileSync } = require('node:fs');
      const owner = JSON.stringify({ pid: process.pid, host: process.argv[2], token: 'abc' });
      writeFileSync('abc.owner', owner);
      for (const name of ['1', '2', '3']) linkSync('abc.owner', name + '.lock');
      process.kill(process.pid, 'SIGKILL');`;
    const { signal } = spawnSync(process.execPath, ['-e', script, '-', hostIdentity()], { cwd: folder });
    expect(signal).toBe('SIGKILL');
    await writeFile(join(folder, 'aside.stale'), '');
    await writeFile(join(folder, '1.lock.recover'), '');
    const longAgo = new Date(Date.now() - 60_000);
    for (const name of ['aside.stale', '1.lock.recover']) await utimes(join(folder, name), longAgo, longAgo);
    await writeFile(join(folder, 'far.owner'), JSON.stringify({ pid: 1, host: 'elsewhere', token: 'far' }));
    expect(await readdir(folder)).toHaveLength(7);
    const release = await createLocks(folder).lock('another');
    expect((await readdir(folder)).filter((name) => !/^[0-9a-f]{24,}\./.test(name))).toEqual(['far.owner']);
    await release();
    expect(await readdir(folder)).toEqual(['far.owner']);
  });

  it('are links to one file, however many are taken at once in a folder that does not exist yet', async () => {
    const folder = join(await temporaryFolder(), 'new');
    const locks = createLocks(folder);
    const releases = await Promise.all(Array.from({ length: 50 }, (_, index) => locks.lock(String(index))));
    const files = await readdir(folder);
    expect(files).toHaveLength(51);
    const inodes = await Promise.all(files.map(async (file) => (await stat(join(folder, file), { bigint: true })).ino));
    expect(new Set(inodes).size).toBe(1);
    for (const release of releases) await release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('can be waited for until a signal, within a process and across processes', async () => {
    const folder = await temporaryFolder();
    const locks = createLocks(folder);
    const release = await locks.lock('a');
    for (const waiter of [locks, createLocks(folder)]) {
      const controller = new AbortController();
      const waiting = waiter.lock('a', controller.signal);
      setTimeout(() => controller.abort(new Error('stop')), 30);
      await expect(waiting).rejects.toMatchObject({ code: 'ERR_ABORTED', reason: 'signal' });
    }
    await release();
    await (
      await locks.lock('a')
    )();
    expect(await readdir(folder)).toEqual([]);
  });

  it('are not held longer by a clock that jumped: the wait ends with the signal, or with its time', async () => {
    const folder = await temporaryFolder();
    await writeFile(fileOf(folder, 'a'), JSON.stringify({ pid: process.pid, token: 'a1', host: hostIdentity() }));
    const ahead = new Date(Date.now() + 3_600_000);
    await utimes(fileOf(folder, 'a'), ahead, ahead);
    await expect(createLocks(folder).lock('a', AbortSignal.timeout(50))).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    await expect(createLocks(folder).lock('a', undefined, 50)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' });
  });

  it('in the same process end a wait when its time is over', async () => {
    const locks = createLocks(await temporaryFolder());
    const release = await locks.lock('a');
    await expect(locks.lock('a', undefined, 30)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' });
    await release();
  });

  it.each([
    ['a folder', (file: string) => mkdir(file)],
    ['a pipe', (file: string) => Promise.resolve(void execFileSync('mkfifo', [file]))],
  ])('report %s in place of a lock instead of waiting', async (_what, put) => {
    const folder = await temporaryFolder();
    await put(fileOf(folder, 'a'));
    await expect(createLocks(folder).lock('a')).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
  });

  it('replace a dangling link', async () => {
    const folder = await temporaryFolder();
    await symlink('nowhere', fileOf(folder, 'a'));
    const release = await createLocks(folder).lock('a');
    await release();
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  const dead = { pid: 4_194_305, token: 'a1' };
  it.each([
    ['of a dead process', JSON.stringify({ ...dead, host: hostIdentity() }), 0],
    ['of a process that has stopped refreshing it', JSON.stringify({ pid: process.pid, token: 'a1', host: hostIdentity() }), 60_000],
  ])('are taken over: a lock %s', async (_what, content, ageMs) => {
    const folder = await temporaryFolder();
    await writeFile(fileOf(folder, 'a'), content);
    const time = new Date(Date.now() - ageMs);
    await utimes(fileOf(folder, 'a'), time, time);
    const waiters = Array.from({ length: 5 }, () => createLocks(folder));
    let holders = 0;
    await Promise.all(
      waiters.map(async (locks) => {
        const release = await locks.lock('a', AbortSignal.timeout(20_000));
        expect(++holders).toBe(1);
        await new Promise((resolve) => setTimeout(resolve, 5));
        holders--;
        await release();
      }),
    );
    expect(await readdir(folder)).toEqual([]);
  });

  it('are taken over although another process was killed while it removed them', async () => {
    const folder = await temporaryFolder();
    const holder = JSON.stringify({ ...dead, host: hostIdentity() });
    await writeFile(fileOf(folder, 'a'), holder);
    await writeFile(`${fileOf(folder, 'a')}.recover`, holder);
    const release = await createLocks(folder).lock('a', undefined, 15_000);
    await release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('of a live process or another host are respected', async () => {
    const folder = await temporaryFolder();
    for (const host of [hostIdentity(), `not-${hostname()}`]) {
      const pid = host === hostIdentity() ? process.pid : dead.pid;
      await writeFile(fileOf(folder, 'a'), JSON.stringify({ pid, token: 'a1', host }));
      await expect(createLocks(folder).lock('a', AbortSignal.timeout(150))).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    }
  });

  it('name the path if the folder cannot be made', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'file'), '');
    await expect(createLocks(join(folder, 'file', 'locks')).lock('a')).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
    await mkdir(join(folder, 'made', 'later'), { recursive: true });
  });
});
