/** A mirror on a small disk of its own: a tmpfs in a mount namespace, for which the kernel needs no privileges. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { put, readServed, smallTree, sortedTree, writeTree } from '../mirror/repository-tree.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const isAllowed = spawnSync('unshare', ['-rm', 'true']).status === 0;
const cli = join(import.meta.dirname, '../../dist/cli.cjs');

/** Fills the disk, syncs, makes room, syncs again, and once more after the disk became read-only. */
const script = `
mount -t tmpfs -o size=1m tmpfs disk || exit 9
sync() { "$0" "$1" mirror sync --from source --to disk/mirror >>log 2>&1; echo $? >>codes; }
head -c 900000 /dev/zero >disk/filler
sync "$1"
cp -r disk/mirror half
rm disk/filler
sync "$1"
cp -r disk/mirror whole
mount -o remount,ro disk
sync "$1"
`;

test.runIf(isAllowed)('ends with exit code 7 on a disk that is full or read-only, and goes on once there is room', async () => {
  const home = await temporaryFolder();
  const tree = smallTree();
  put(tree, 'org/example/big/1/big-1.jar', Buffer.alloc(300_000, 'jar'));
  writeTree(join(home, 'source'), tree);
  mkdirSync(join(home, 'disk'));

  const { status } = spawnSync('unshare', ['-rm', 'sh', '-c', script, process.execPath, cli], {
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home },
    timeout: 60_000,
  });

  const log = readFileSync(join(home, 'log'), 'utf8');
  expect(status, log).toBe(0);
  expect(readFileSync(join(home, 'codes'), 'utf8').trim().split('\n'), log).toEqual(['7', '0', '7']);
  expect(log).toMatch(/no space left \(ENOSPC\)[^]*cannot be written \(EROFS\)/);
  const half = readServed(join(home, 'half'));
  for (const [key, bytes] of half) expect(bytes, key).toEqual(tree.get(key));
  expect(half.size).toBeLessThan(tree.size);
  expect(sortedTree(readServed(join(home, 'whole')))).toEqual(sortedTree(tree));
});
