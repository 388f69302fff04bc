/**
 * Looks at a mirror before and after every change that a sync makes, and goes on from copies of it made at such moments: a copy is what a
 * kill at that moment leaves behind.
 */
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { FolderSource } from '../../src/app/mirror/source/folder-source.js';
import { MirrorSync } from '../../src/app/mirror/sync/mirror-sync.js';
import { FolderTarget } from '../../src/app/mirror/target/folder-target.js';
import type { MirrorTarget } from '../../src/app/mirror/target/target.js';
import { type Chance, createChance } from '../support/chance.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { faultsOf } from './reader.js';
import { deploySnapshot, readServed, release, smallTree, sortedTree, type Tree, writeMetadata, writeTree } from './repository-tree.js';

/** Calls `look` before and after each change of the target. */
function watched(root: string, look: () => void): MirrorTarget {
  const target = new FolderTarget(root);
  const around = async (work: () => Promise<void>): Promise<void> => {
    look();
    await work();
    look();
  };
  return {
    name: target.name,
    stateFolder: target.stateFolder,
    lock: (signal) => target.lock(signal),
    stage: async (key) => {
      const staged = await target.stage(key);
      return {
        write: (chunk) => staged.write(chunk),
        publish: () => around(() => staged.publish()),
        discard: () => staged.discard(),
      };
    },
    remove: (key) => around(() => target.remove(key)),
    read: (key, maxBytes) => target.read(key, maxBytes),
    sizeOf: (key) => target.sizeOf(key),
    digestOf: (key, algorithm, signal) => target.digestOf(key, algorithm, signal),
    hasFolder: (folder) => target.hasFolder(folder),
  };
}

async function runSync(source: string, target: MirrorTarget): Promise<boolean> {
  const sync = new MirrorSync({ from: source, to: target.name }, new FolderSource(source), target, new AbortController().signal);
  return (await sync.run()).isComplete;
}

/** Syncs while looking at each moment; returns copies of the mirror at some of them. */
async function syncAndKill(
  source: string,
  root: string,
  trees: readonly Tree[],
  chance: Chance,
  kills: number,
): Promise<readonly string[]> {
  const copies: string[] = [];
  const complete = await runSync(
    source,
    watched(root, () => {
      expect(faultsOf(root, trees)).toEqual([]);
      if (copies.length >= kills || !chance.happens(0.1)) return;
      const copy = `${root}.${copies.length}`;
      cpSync(root, copy, { recursive: true, preserveTimestamps: true });
      // Of a process that lives on; that of a killed one is broken at once.
      rmSync(join(copy, '.clojars-mirror/lock'), { recursive: true, force: true });
      copies.push(copy);
    }),
  );
  expect(complete).toBe(true);
  return copies;
}

test('no reader ever sees a half, and a killed sync is finished by the next one', async () => {
  const root = await temporaryFolder();
  const source = join(root, 'source');
  const target = join(root, 'target');
  mkdirSync(source);
  const chance = createChance(20261129);
  const before = smallTree();
  writeTree(source, before);

  const first = await syncAndKill(source, target, [before], chance, 4);

  for (const copy of first) {
    expect(await runSync(source, new FolderTarget(copy))).toBe(true);
    expect(sortedTree(readServed(copy))).toEqual(sortedTree(before));
  }
  const after: Tree = new Map(before);
  release(after, 'org.example', 'a', '1.2');
  deploySnapshot(after, 'hiccup', 'hiccup', '2.0', 2);
  writeMetadata(after, 'hiccup', 'hiccup');
  writeTree(source, after);
  const second = await syncAndKill(source, target, [before, after], chance, 4);
  expect(first.length + second.length).toBeGreaterThan(4);
  for (const copy of second) {
    expect(await runSync(source, new FolderTarget(copy))).toBe(true);
    expect(faultsOf(copy, [before, after])).toEqual([]);
    expect(sortedTree(readServed(copy))).toEqual(sortedTree(after));
  }
  expect(sortedTree(readServed(target))).toEqual(sortedTree(after));
});
