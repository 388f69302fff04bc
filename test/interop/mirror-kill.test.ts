/** Syncs that are killed without notice (`kill -9`): at each moment a reader finds nothing half, and the next sync goes on. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { faultsOf } from '../mirror/reader.js';
import { deploySnapshot, readServed, release, sortedTree, type Tree, writeMetadata, writeTree } from '../mirror/repository-tree.js';
import { createChance } from '../support/chance.js';
import { cliPath, isolatedEnvironment } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const kills = 20;

function grow(tree: Tree, round: number): void {
  for (let artifact = 0; artifact < 12; artifact += 1) release(tree, 'org.example', `lib${artifact}`, `1.${round}`);
  deploySnapshot(tree, 'org.example', 'lib0', '2.0', round + 1);
  writeMetadata(tree, 'org.example', 'lib0');
}

test('a sync may be killed at any moment', async () => {
  const home = await temporaryFolder();
  const source = join(home, 'source');
  const target = join(home, 'target');
  mkdirSync(source);
  const chance = createChance(17);
  const tree: Tree = new Map();
  const rights: Tree[] = [];
  let killed = 0;
  let ended = true;
  for (let round = 0; killed < kills;) {
    if (ended) {
      grow(tree, round++);
      rights.push(new Map(tree));
      writeTree(source, tree);
    }
    const child = spawn(process.execPath, [cliPath, 'mirror', 'sync', '--from', source, '--to', target, '--no-config', '--quiet'], {
      env: isolatedEnvironment(home),
      stdio: 'ignore',
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), 150 + chance.below(600));
    const [code] = (await once(child, 'exit')) as [number | null];
    clearTimeout(timer);
    ended = code !== null;
    if (ended) expect(code).toBe(0);
    else killed += 1;
    if (existsSync(target)) expect(faultsOf(target, rights)).toEqual([]);
    if (ended) expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  }
  const last = spawn(process.execPath, [cliPath, 'mirror', 'sync', '--from', source, '--to', target, '--no-config'], {
    env: isolatedEnvironment(home),
    stdio: 'ignore',
  });
  expect(await once(last, 'exit')).toEqual([0, null]);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
}, 120_000);
