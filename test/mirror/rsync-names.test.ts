import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { fullNames, shortNames } from '../../src/app/mirror/source/rsync-names.js';
import { FolderTarget } from '../../src/app/mirror/target/folder-target.js';
import { temporaryFolder } from '../support/temporary-folder.js';

test('rsync is asked for the shortest names that differ, those of the top folder first', () => {
  const names = shortNames(['g/a/1/a-1.jar', 'g/a/m.xml', 'g/b/m.xml', 'h/b/M.xml', 'top.txt', 'x/m.xml/c', 'x/g/d/b', 'y/b']);
  expect([...names.values()].map(({ asked }) => asked)).toEqual([
    'h/b/M.xml',
    'top.txt',
    'y/b',
    'g/a/1/./a-1.jar',
    'g/a/./m.xml',
    'g/./b/m.xml',
    'x/m.xml/./c',
    'x/g/./d/b',
  ]);
  for (const [key, { name, asked }] of names) expect([key, asked.replace(/^.*\/\.\//, '')]).toEqual([asked.replace('/./', '/'), name]);
  expect([...fullNames(['g/a/m.xml']).values()]).toEqual([{ name: 'g/a/m.xml', asked: 'g/a/m.xml' }]);
});

test('a file that was fetched onto the disk of the target is moved, once', async () => {
  const root = await temporaryFolder();
  const target = new FolderTarget(join(root, 'target'));
  const release = await target.lock(new AbortController().signal);
  const path = join(root, 'fetched.jar');
  const adopt = (isDurable: boolean) => {
    writeFileSync(path, 'bytes');
    return target.adopt('g/a.jar', { path, isDurable });
  };
  const first = adopt(false);
  await first.publish({ mustBeNew: true });
  await first.discard();
  expect([readFileSync(join(root, 'target/g/a.jar'), 'utf8'), existsSync(path)]).toEqual(['bytes', false]);
  await expect(adopt(true).publish({ mustBeNew: true })).rejects.toMatchObject({ reason: 'corrupt' });
  expect(existsSync(path)).toBe(false);
  await adopt(true).publish();
  await expect(target.adopt('g/b.jar', { path: join(root, 'missing'), isDurable: false }).publish()).rejects.toMatchObject({
    code: 'ERR_LOCAL_REPOSITORY',
  });
  await release();
});
