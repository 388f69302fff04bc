/** Mirrors of a module of a real rsync server. */
import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import { put, readServed, release, smallTree, sortedTree, writeTree } from '../mirror/repository-tree.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { keysSent, startRsync } from './rsync-server.js';

/** A small tree that a real rsync server offers, and a target without files. */
async function servedTree(): Promise<{
  readonly root: string;
  readonly module: string;
  readonly target: string;
  readonly tree: ReturnType<typeof smallTree>;
  readonly from: string;
}> {
  const root = await temporaryFolder();
  const [module, target] = [join(root, 'module'), join(root, 'target')];
  mkdirSync(module);
  const tree = smallTree();
  writeTree(module, tree);
  return { root, module, target, tree, from: await startRsync(root, module) };
}

test('copies a module, refuses what rsync would write anywhere, and follows changes', async () => {
  const { root, module, target, tree, from } = await servedTree();
  writeFileSync(join(module, 'new\nline.jar'), 'x');
  writeFileSync(join(module, '\u001b[31mred.jar'), 'x');
  writeFileSync(join(module, '\\#012.jar'), 'x');
  symlinkSync('/etc/passwd', join(module, 'passwd.jar'));
  // As a sync that was killed leaves it behind.
  const leftBehind = join(target, '.clojars-mirror/fetched/1/org/example/a/1.0');
  mkdirSync(leftBehind, { recursive: true });
  writeFileSync(join(leftBehind, 'more.jar'), 'x');

  const first = await syncMirror({ from, to: target });

  expect(first.findingCounts).toMatchObject({ refused: 4, failed: 0, waiting: 0 });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  expect(existsSync(join(target, '.clojars-mirror/fetched'))).toBe(false);
  // One run for the listing, one for the files, one for the trace.
  expect(first.traffic.requests).toBe(3);
  release(tree, 'org.example', 'a', '1.2');
  writeTree(module, tree);
  const second = await syncMirror({ from, to: target });
  expect(second).toMatchObject({ published: { files: 10 }, plan: { unchanged: tree.size - 10 } });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  const part = join(root, 'part');
  // `writeTree` dates each file that it writes later than the ones before.
  const since = new Date(statSync(join(module, 'org/example/a/1.2/a-1.2.pom')).mtimeMs).toISOString();
  expect(await syncMirror({ from, to: part, groups: ['org.example'], since })).toMatchObject({ findingCounts: { failed: 0, waiting: 0 } });
  const poms = [...readServed(part).keys()].filter((key) => key.endsWith('.pom'));
  expect(poms).toEqual(['org/example/a/1.2/a-1.2.pom']);
  await expect(syncMirror({ from: from.replace('/m/', '/none/'), to: target })).rejects.toMatchObject({ reason: 'no-listing' });
});

test('of a version that got a late file, only that file is sent', async () => {
  const { root, module, target, tree, from } = await servedTree();
  await syncMirror({ from, to: target });
  const before = keysSent(root);
  expect(before.toSorted()).toEqual([...tree.keys()].sort());
  put(tree, 'org/example/a/1.0/a-1.0-sources.jar', 'late');
  release(tree, 'org.example', 'b', '1.0');
  const changed = [...tree.keys()].filter((key) => !before.includes(key));
  writeTree(module, tree);

  expect(await syncMirror({ from, to: target })).toMatchObject({ isComplete: true, published: { files: changed.length } });

  expect(keysSent(root).slice(before.length).sort()).toEqual(changed.sort());
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('a module that changes between its listing and the copies gives nothing that was not listed', async () => {
  const { module, target, tree, from } = await servedTree();
  const [late, link, folder, other] = [
    'org/example/a/1.0/a-1.0-late.jar',
    'org/example/a/1.0/a-1.0.jar',
    'org/example/a-b/2.0/a-b-2.0.pom',
    'org/example/a/nested/0.1/nested-0.1.pom',
  ].map((key) => join(module, key)) as [string, string, string, string];
  const change = (): void => {
    writeFileSync(late, 'x');
    rmSync(link);
    symlinkSync('/etc/passwd', link);
    rmSync(folder);
    mkdirSync(folder);
    writeFileSync(join(folder, 'more.jar'), 'x');
    const { size, mtime } = statSync(other);
    writeFileSync(other, 'x'.repeat(size));
    utimesSync(other, mtime, mtime);
    rmSync(join(module, 'hiccup/hiccup/1.0.5/hiccup-1.0.5.jar'));
  };

  const report = await syncMirror({ from, to: target, onProgress: ({ phase }) => (phase === 'compare' ? change() : undefined) });

  const failed = report.findings.filter(({ kind }) => kind === 'failed').map(({ key }) => join(module, key));
  expect(failed.sort()).toEqual([join(module, 'hiccup/hiccup/1.0.5/hiccup-1.0.5.jar'), folder, link, other].sort());
  for (const [key, bytes] of readServed(target)) expect(bytes, key).toEqual(tree.get(key));
  rmSync(module, { recursive: true });
  writeTree(module, tree);
  expect(await syncMirror({ from, to: target })).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});
