/** Flushes of the whole file system, and the end of the folders whose files were moved: what the source of rsync asks of the disk. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import { removeEmptyFolders } from '../../src/app/mirror/source/empty-folders.js';
import { Flusher } from '../../src/app/mirror/source/flusher.js';
import { temporaryFolder } from '../support/temporary-folder.js';

afterEach(() => void vi.unstubAllEnvs());

/** Has another program run in place of `sync`. */
async function stubSync(lines: string): Promise<string> {
  const folder = await temporaryFolder();
  writeFileSync(join(folder, 'sync'), `#!/bin/sh\n${lines}\n`);
  chmodSync(join(folder, 'sync'), 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  return folder;
}

test.runIf(process.platform === 'linux')('each flush runs sync for the folder, and tells whether it succeeded', async () => {
  const log = join(await stubSync('echo "$@" >>"${0%/*}/log"; [ ! -e "$2/full" ]'), 'log');
  const folder = join(await temporaryFolder(), 'a "b" $c');
  mkdirSync(folder);
  const flusher = new Flusher(folder);
  expect(await Promise.all([flusher.flush(), flusher.flush()])).toEqual([true, true]);
  writeFileSync(join(folder, 'full'), '');
  expect(await flusher.flush()).toBe(false);
  flusher.close();
  expect(readFileSync(log, 'utf8')).toBe(`-f ${folder}\n`.repeat(3));
});

test('without sync, without a shell and elsewhere than on Linux, nothing is flushed, and a flush says so', async () => {
  const folder = await temporaryFolder();
  expect(await new Flusher(folder, 'darwin').flush()).toBe(false);
  await stubSync('kill -9 $PPID');
  const killed = new Flusher(folder);
  expect(await Promise.all([killed.flush(), killed.flush()])).toEqual([false, false]);
  expect(await killed.flush()).toBe(false);
  killed.close();
  vi.stubEnv('PATH', folder);
  const missing = new Flusher(folder);
  expect([await missing.flush(), await missing.flush()]).toEqual([false, false]);
  missing.close();
});

test('empty folders go, and those with a file stay', async () => {
  const root = await temporaryFolder();
  for (const folder of ['all/a/b/c', 'all/d', 'some/e/f', 'some/g']) mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, 'some/g/file'), 'x');
  expect(await Promise.all(['all', 'some', 'none'].map((folder) => removeEmptyFolders(join(root, folder))))).toEqual([true, false, false]);
  expect(['all', 'some/e', 'some/g/file'].map((path) => existsSync(join(root, path)))).toEqual([false, false, true]);
});
