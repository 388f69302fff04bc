/**
 * Syncs from a real rsync server that are killed without notice (`kill -9`): artifacts and versions are moved there as whole folders. After
 * each kill a reader finds nothing half, and the next sync goes on.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { faultsOf } from '../mirror/reader.js';
import { deploySnapshot, readServed, release, sortedTree, type Tree, writeTree } from '../mirror/repository-tree.js';
import { createChance } from '../support/chance.js';
import { cliPath, isolatedEnvironment } from '../support/processes.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { startRsync } from './rsync-server.js';

const kills = 20;
const artifacts = 120;

/** Adds a version to every artifact, so that the first one makes new artifacts, and later ones come into folders that are there. */
function grow(tree: Tree, version: string): void {
  for (let at = 0; at < artifacts; at += 1) release(tree, `org.group-${at % 7}`, `lib-${at}`, version);
  deploySnapshot(tree, 'org.group-0', 'lib-0', '9.0', Number(version));
}

test('a sync from rsync may be killed at any moment', async () => {
  const root = await temporaryFolder();
  const module = join(root, 'module');
  mkdirSync(module);
  const from = await startRsync(root, module);
  const chance = createChance(23);
  /** Returns the milliseconds that it took, or null if it was killed. */
  const sync = async (to: string, killAfterMs: number): Promise<number | null> => {
    const startedMs = performance.now();
    const words = ['mirror', 'sync', '--from', from, '--to', to, '--no-config', '--quiet'];
    const child = spawn(process.execPath, [cliPath, ...words], { env: isolatedEnvironment(join(root, 'home')), stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    expect([0, null]).toContain(code);
    return code === null ? null : performance.now() - startedMs;
  };
  const first: Tree = new Map();
  grow(first, '1');
  writeTree(module, first);
  /** Milliseconds that the last whole sync took. */
  let usualMs = (await sync(join(root, 'undisturbed'), 600_000)) ?? 0;
  let done = 0;
  for (let round = 0; done < kills; round += 1) {
    const target = join(root, `target-${round}`);
    const tree: Tree = new Map();
    rmSync(module, { recursive: true });
    mkdirSync(target);
    for (const version of ['1', '2', '3']) {
      const before: Tree = new Map(tree);
      grow(tree, version);
      writeTree(module, tree);
      for (let isKilled = true; isKilled;) {
        const tookMs: number | null = await sync(target, done >= kills ? 600_000 : chance.below(1.5 * usualMs));
        isKilled = tookMs === null;
        done += isKilled ? 1 : 0;
        usualMs = tookMs ?? usualMs;
        expect(faultsOf(target, [before, tree])).toEqual([]);
      }
      expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
    }
  }
}, 900_000);
