/** Files and folders that a source fetched onto the disk of the target, as that of rsync does: they are moved. */
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect, test } from 'vitest';

import { FolderSource } from '../../src/app/mirror/source/folder-source.js';
import type { FetchedFolder, MirrorSource } from '../../src/app/mirror/source/source.js';
import { MirrorSync } from '../../src/app/mirror/sync/mirror-sync.js';
import type { MirrorSyncReport } from '../../src/app/mirror/sync/sync-options.js';
import { FolderTarget } from '../../src/app/mirror/target/folder-target.js';
import { folderOf } from '../../src/maven/repository-index/key.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { put, readServed, release, smallTree, sortedTree, type Tree, writeMetadata, writeTree } from './repository-tree.js';

/** A folder that is copied before its files are opened. */
class CopyingSource extends FolderSource implements MirrorSource {
  readonly taken: string[] = [];
  readonly #root: string;
  readonly #staging: string;

  constructor(
    root: string,
    staging: string,
    private readonly isDurable = true,
  ) {
    super(root);
    this.#root = root;
    this.#staging = staging;
  }

  async prepare(keys: readonly string[]): Promise<void> {
    for (const key of keys) {
      mkdirSync(dirname(join(this.#staging, key)), { recursive: true });
      cpSync(join(this.#root, key), join(this.#staging, key));
    }
  }

  fetchedFolder(folder: string): FetchedFolder | null {
    const isDurable = Promise.resolve(this.isDurable);
    const taken = (keys: readonly string[]): void => void this.taken.push(...new Set(keys.map(folderOf)));
    return { path: join(this.#staging, folder), isDurable, taken };
  }
}

interface Copy {
  readonly report: MirrorSyncReport;
  readonly taken: readonly string[];
  readonly served: () => Tree;
}

interface CopyOptions {
  readonly isDurable?: boolean;
  /** Changes what was fetched, or what is at the target. */
  readonly before?: ((staging: string, target: string) => void) | undefined;
}

async function copy(tree: Tree, { isDurable, before = () => undefined }: CopyOptions = {}): Promise<Copy> {
  const root = await temporaryFolder();
  const [from, to, staging] = [join(root, 'source'), join(root, 'target'), join(root, 'staging')];
  writeTree(from, tree);
  mkdirSync(to);
  const source = new CopyingSource(from, staging, isDurable);
  const prepare = source.prepare.bind(source);
  source.prepare = async (keys) => {
    await prepare(keys);
    before(staging, to);
  };
  const report = await new MirrorSync({ from, to }, source, new FolderTarget(to), new AbortController().signal).run();
  return { report, taken: source.taken.toSorted(), served: () => readServed(to) };
}

/** Two artifacts as a whole, with their metadata; and the versions of one that has a snapshot, and of one that has another in its folder. */
const moved = [
  'hiccup/hiccup/1.0.5',
  'org/example/a-b',
  'org/example/a-b/2.0',
  'org/example/a/1.0',
  'org/example/a/1.1',
  'org/example/a/nested',
  'org/example/a/nested/0.1',
] as const;

test('new artifacts are moved as folders, or else their new versions', async () => {
  const tree = smallTree();
  put(tree, 'org/example/a/1.0/a-1.0-large.jar', Buffer.alloc(300_000, 'x'));
  const { report, taken, served } = await copy(tree);
  expect(report).toMatchObject({ isComplete: true, published: { files: tree.size } });
  expect(sortedTree(served())).toEqual(sortedTree(tree));
  expect(taken).toEqual(moved);
});

test.each<readonly [string, CopyOptions['before']]>([
  ['a file that was not asked for', (staging) => writeFileSync(join(staging, 'org/example/a/1.0/more.jar'), 'x')],
  ['a folder', (staging) => mkdirSync(join(staging, 'org/example/a/1.0/more'))],
  ['an operator’s empty folder in its place', (_, target) => mkdirSync(join(target, 'org/example/a/1.0'), { recursive: true })],
])('a folder is not moved with or over %s', async (_, before) => {
  const tree = smallTree();
  const { report, taken, served } = await copy(tree, { before });
  expect(report.isComplete).toBe(true);
  expect(sortedTree(served())).toEqual(sortedTree(tree));
  expect(taken).toEqual(moved.filter((folder) => folder !== 'org/example/a/1.0'));
});

test.each<readonly [string, NonNullable<CopyOptions['before']>]>([
  ['with a file that was not asked for', (staging) => writeFileSync(join(staging, 'org/example/a-b/more.xml'), 'x')],
  ['with a folder that was not asked for', (staging) => mkdirSync(join(staging, 'org/example/a-b/3.0'))],
  ['onto a file of the operator', (_, target) => writeTree(target, new Map([['org/example/a-b/own', Buffer.from('x')]]))],
  ['whose metadata has other bytes than listed', (staging) => writeFileSync(join(staging, 'org/example/a-b/maven-metadata.xml'), 'x')],
])('an artifact is not moved as a whole %s', async (_, before) => {
  const { taken } = await copy(smallTree(), { before });
  expect(taken).toEqual(moved.filter((folder) => folder !== 'org/example/a-b'));
});

test('an artifact is not moved as a whole whose metadata names another version, and the sync says so', async () => {
  const tree = smallTree();
  writeMetadata(tree, 'org.example', 'a-b', ['1.0']);
  const { report, taken, served } = await copy(tree);
  expect(taken).toEqual(moved.filter((folder) => folder !== 'org/example/a-b'));
  expect(report.findings).toMatchObject([{ kind: 'upstream-dangling', key: 'org/example/a-b/maven-metadata.xml' }]);
  expect(sortedTree(served())).toEqual(sortedTree(tree));
});

test('a folder with one wrong file is published file by file, and its metadata waits', async () => {
  const tree = smallTree();
  tree.set('org/example/a/1.0/a-1.0.jar', Buffer.from('damaged'));
  put(tree, 'org/example/a/1.1/a-1.1-large.jar', Buffer.alloc(300_000, 'x'));
  tree.set('org/example/a/1.1/a-1.1-large.jar', Buffer.alloc(300_000, 'y'));
  release(tree, 'org.example', 'b', '1.0');
  for (const end of ['.md5', '.sha1']) tree.delete(`org/example/b/1.0/b-1.0.pom${end}`);
  const { report, taken, served } = await copy(tree);
  expect(report.findingCounts).toMatchObject({ failed: 3, waiting: 2 });
  expect(taken).toEqual(moved.filter((folder) => !folder.startsWith('org/example/a/1')));
  expect([...served().keys()].filter((key) => key.startsWith('org/example/a/1.0/')).length).toBe(4);
  expect(served().has('org/example/a/maven-metadata.xml')).toBe(false);
});

test('folders that a power cut could harm are not moved', async () => {
  const tree = smallTree();
  const { report, taken, served } = await copy(tree, { isDurable: false });
  expect([report.isComplete, taken]).toEqual([true, []]);
  expect(sortedTree(served())).toEqual(sortedTree(tree));
});

test('a folder stays out of a link that leads away, and the sync says so', async () => {
  const elsewhere = await temporaryFolder();
  const tree: Tree = new Map();
  release(tree, 'org.example', 'a', '1.0');
  const { report, taken } = await copy(tree, { before: (_, target) => symlinkSync(elsewhere, join(target, 'org')) });
  expect([report.isComplete, taken, existsSync(join(elsewhere, 'example'))]).toEqual([false, [], false]);
});

test('a file is moved, once', async () => {
  const root = await temporaryFolder();
  const target = new FolderTarget(join(root, 'target'));
  const release = await target.lock(new AbortController().signal);
  const path = join(root, 'fetched.jar');
  const adopt = (isDurable: boolean) => {
    writeFileSync(path, 'bytes');
    return target.adopt('g/a.jar', { path, isDurable: Promise.resolve(isDurable) });
  };
  const first = adopt(false);
  await first.publish({ mustBeNew: true });
  await first.discard();
  expect([readFileSync(join(root, 'target/g/a.jar'), 'utf8'), existsSync(path)]).toEqual(['bytes', false]);
  await expect(adopt(true).publish({ mustBeNew: true })).rejects.toMatchObject({ reason: 'corrupt' });
  expect(existsSync(path)).toBe(false);
  await adopt(true).publish();
  const missing = target.adopt('g/b.jar', { path, isDurable: Promise.resolve(false) });
  await expect(missing.publish()).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
  await release();
});
