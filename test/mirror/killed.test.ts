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
import type { MirrorTarget, StagedFile } from '../../src/app/mirror/target/target.js';
import { type Chance, createChance } from '../support/chance.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { faultsOf } from './reader.js';
import { deploySnapshot, readServed, release, smallTree, sortedTree, type Tree, writeMetadata, writeTree } from './repository-tree.js';

/** Calls `look` before and after each change. */
class WatchedTarget extends FolderTarget {
  readonly #look: () => void;

  constructor(root: string, look: () => void) {
    super(root);
    this.#look = look;
  }

  override async stage(key: string): Promise<StagedFile> {
    const staged = await super.stage(key);
    return {
      write: (chunk) => staged.write(chunk),
      publish: () => this.#around(() => staged.publish()),
      discard: () => staged.discard(),
    };
  }

  override remove(key: string): Promise<void> {
    return this.#around(() => super.remove(key));
  }

  override retire(key: string, now: Date): Promise<void> {
    return this.#around(() => super.retire(key, now));
  }

  async #around(work: () => Promise<void>): Promise<void> {
    this.#look();
    await work();
    this.#look();
  }
}

/** A folder with a clock that is some days ahead. */
class LaterSource extends FolderSource {
  override readonly isTimeless = false;
  days = 0;

  override now(): number {
    return Date.now() + this.days * 86_400_000;
  }
}

async function runSync(source: string, target: MirrorTarget, days = 0): Promise<boolean> {
  const later = new LaterSource(source);
  later.days = days;
  const sync = new MirrorSync({ from: source, to: target.name, delete: true }, later, target, new AbortController().signal);
  return (await sync.run()).isComplete;
}

/** Syncs while looking at each moment; returns copies of the mirror at some of them. */
async function syncAndKill(
  source: string,
  root: string,
  trees: readonly Tree[],
  chance: Chance,
  kills: number,
  days = 0,
): Promise<readonly string[]> {
  const copies: string[] = [];
  const complete = await runSync(
    source,
    new WatchedTarget(root, () => {
      expect(faultsOf(root, trees)).toEqual([]);
      if (copies.length >= kills || !chance.happens(0.1)) return;
      const copy = `${root}.${copies.length}`;
      cpSync(root, copy, { recursive: true, preserveTimestamps: true });
      // Of a process that lives on; that of a killed one is broken at once.
      rmSync(join(copy, '.clojars-mirror/lock'), { recursive: true, force: true });
      copies.push(copy);
    }),
    days,
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

  // A version that is gone, and an artifact that is gone with its metadata.
  const fewer: Tree = new Map([...after].filter(([key]) => !/^org\/example\/(a-b\/|a\/1\.0\/)/.test(key)));
  writeMetadata(fewer, 'org.example', 'a');
  rmSync(source, { recursive: true });
  mkdirSync(source);
  writeTree(source, fewer);
  expect(await runSync(source, new FolderTarget(target), 0)).toBe(true);
  expect(readServed(target).has('org/example/a/1.0/a-1.0.jar')).toBe(true);
  const third = await syncAndKill(source, target, [after, fewer], chance, 4, 2);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(fewer));
  for (const copy of third) {
    expect(await runSync(source, new FolderTarget(copy), 2)).toBe(true);
    expect(sortedTree(readServed(copy))).toEqual(sortedTree(fewer));
  }
});
