import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { OtherOrigins } from '../../src/app/mirror/fetch/other-origins.js';
import { otherCanonicalPlaces } from '../../src/app/mirror/source/canonical-places.js';
import { FolderSource } from '../../src/app/mirror/source/folder-source.js';
import { type OpenOptions, type SourceBody, SourceError } from '../../src/app/mirror/source/source.js';
import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { MirrorSyncReport, SyncMirrorOptions } from '../../src/app/mirror/sync/sync-options.js';
import { FolderTarget } from '../../src/app/mirror/target/folder-target.js';
import { classifyKey } from '../../src/maven/repository-index/classify-key.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { startFaultServer } from '../support/fault-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { deploySnapshot, put, readServed, release, sortedTree, type Tree, withIndexes, writeTree } from './repository-tree.js';

const jar = 'org/example/a/1.1/a-1.1.jar';
const pom = 'org/example/a/1.1/a-1.1.pom';
const metadata = 'org/example/a/maven-metadata.xml';
const snapshotMetadata = 'hiccup/hiccup/2.0-SNAPSHOT/maven-metadata.xml';

/** A release and a snapshot. */
function originTree(): Tree {
  const tree: Tree = new Map();
  release(tree, 'org.example', 'a', '1.1');
  deploySnapshot(tree, 'hiccup', 'hiccup', '2.0', 1);
  return tree;
}

interface Stage {
  readonly report: MirrorSyncReport;
  readonly served: Tree;
  readonly kinds: readonly (readonly [string, string])[];
}

/** Syncs a folder that has this tree, with another origin that has the other one. */
async function syncWith(source: Tree, other: Tree, options: Partial<SyncMirrorOptions> = {}): Promise<Stage> {
  const root = await temporaryFolder();
  const [from, origin, to] = [join(root, 'source'), join(root, 'other'), join(root, 'target')];
  writeTree(from, source);
  writeTree(origin, other);
  const report = await syncMirror({ from, to, otherOrigins: [origin], client: { settings: false }, ...options });
  return { report, served: readServed(to), kinds: report.findings.map(({ kind, key }) => [kind, key]) };
}

function changed(change: (tree: Tree) => void): Tree {
  const tree = originTree();
  change(tree);
  return tree;
}

test.each<readonly [string, (tree: Tree) => void]>([
  ['a jar with other bytes', (tree) => tree.set(jar, Buffer.from('forged'))],
  ['a jar whose checksum files are wrong', (tree) => ['md5', 'sha1'].forEach((end) => tree.set(`${jar}.${end}`, Buffer.alloc(40, '0')))],
  ['a jar without checksum files', (tree) => ['md5', 'sha1'].forEach((end) => tree.delete(`${jar}.${end}`))],
  ['metadata whose checksum file is wrong', (tree) => tree.set(`${metadata}.sha1`, Buffer.alloc(40, '0'))],
  ['metadata that was cut off', (tree) => tree.set(metadata, Buffer.from(tree.get(metadata)?.subarray(0, 90) ?? ''))],
])('takes from the other origin what fails at the source: %s', async (_, damage) => {
  const source = changed(damage);
  const { report, served } = await syncWith(source, originTree());

  expect(report).toMatchObject({ isComplete: true, findings: [] });
  const expected = originTree();
  for (const key of expected.keys()) if (!source.has(key)) expected.delete(key);
  expect(sortedTree(served)).toEqual(sortedTree(expected));
});

test('reports a file that fails at both, and one that fails at the source if the other has a third form of it', async () => {
  const forged = (text: string) => (tree: Tree) => put(tree, jar, text);
  const source = changed((tree) => tree.set(jar, Buffer.from('damaged')));

  const both = await syncWith(
    source,
    changed((tree) => tree.set(jar, Buffer.from('damaged, too'))),
  );
  expect(both.kinds).toEqual([
    ['failed', jar],
    ['waiting', metadata],
  ]);
  expect(both.report.findings[0]?.detail).toMatch(/^its \w+ is .* says .*; \S+\/other: its \w+ is /);
  const third = await syncWith(source, changed(forged('another release')));
  expect(third.kinds).toEqual([
    ['failed', jar],
    ['waiting', metadata],
  ]);
  expect(third.served.has(jar)).toBe(false);
});

test('metadata that is wrong at both origins keeps nothing else waiting, and does not fail each sync', async () => {
  const wrong = changed((tree) => {
    tree.set(`${snapshotMetadata}.sha1`, Buffer.alloc(40, '0'));
    tree.set(`${metadata}.md5`, Buffer.alloc(32, '0'));
  });
  const { report, served, kinds } = await syncWith(wrong, wrong);

  expect([...kinds].sort()).toEqual([
    ['upstream-wrong', snapshotMetadata],
    ['upstream-wrong', metadata],
  ]);
  expect(report.isComplete).toBe(true);
  expect(served.has(snapshotMetadata)).toBe(false);
  expect(served.has(metadata)).toBe(false);
  expect(served.has('hiccup/hiccup/maven-metadata.xml')).toBe(true);
  const alone = await syncWith(wrong, wrong, { otherOrigins: [] });
  expect(alone.kinds).toContainEqual(['failed', metadata]);
  expect(alone.report.isComplete).toBe(false);
});

test('a release that is wrong at both origins is not published, and its metadata waits', async () => {
  const wrong = changed((tree) => tree.set(jar, Buffer.from('damaged')));
  const { report, served, kinds } = await syncWith(wrong, wrong);
  expect(kinds).toEqual([
    ['upstream-wrong', jar],
    ['waiting', metadata],
  ]);
  expect(report.isComplete).toBe(false);
  expect(served.has(jar)).toBe(false);
});

test('compares every release with the other origin if it must', async () => {
  const source = changed((tree) => {
    put(tree, jar, 'forged, with checksums to match');
    release(tree, 'org.evil', 'invented', '1');
  });
  const other = changed((tree) => {
    for (const end of ['md5', 'sha1']) tree.delete(`${pom}.${end}`);
    // Metadata may be older there.
    tree.delete('hiccup/hiccup/maven-metadata.xml');
  });
  const { kinds, served } = await syncWith(source, other, { twoOrigins: true });

  const disputed = [
    jar,
    'org/evil/invented/1/invented-1.jar',
    'org/evil/invented/1/invented-1.jar.asc',
    'org/evil/invented/1/invented-1.pom',
  ];
  const waiting = [metadata, 'org/evil/invented/maven-metadata.xml'];
  const expected = [...disputed.map((key) => `disputed ${key}`), ...waiting.map((key) => `waiting ${key}`)];
  expect(kinds.map((kind) => kind.join(' ')).sort()).toEqual(expected.sort());
  expect([...served.keys()].filter((key) => key.startsWith('org/evil') || key.startsWith('org/example/a/1.1/a-1.1.jar.m'))).toEqual([]);
  expect(served.get(pom)).toEqual(source.get(pom));
});

test('skips usual names that neither origin has', async () => {
  const tree = originTree();
  const { gzipSync } = await import('node:zlib');
  const served = new Map(tree);
  const poms = [...tree.keys()].filter((key) => key.endsWith('.pom')).sort();
  put(served, 'all-poms.txt.gz', gzipSync(poms.map((key) => `./${key}\n`).join('')));
  const server = await startFaultServer({ files: served });
  onTestFinished(() => server.close());
  const { report } = await syncWith(tree, tree, { from: server.url, twoOrigins: true });
  expect(report).toMatchObject({ isComplete: true, findings: [] });
});

test('takes a file from the other origin that the source answers with an error', async () => {
  const tree = originTree();
  const server = await startFaultServer({ files: withIndexes(tree) });
  onTestFinished(() => server.close());
  server.setFault((path) => (path === jar ? { status: 403 } : null));
  const { report, served } = await syncWith(tree, tree, { from: server.url, crawl: true });
  expect(report).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(served)).toEqual(sortedTree(tree));
});

/** Has no file, or fails. */
class NoSource extends FolderSource {
  requests = 0;
  readonly #fails: boolean;

  constructor(fails: boolean) {
    super('/nowhere');
    this.#fails = fails;
  }

  override open(_key: string, { signal }: OpenOptions): Promise<SourceBody | null> {
    signal.throwIfAborted();
    this.requests += 1;
    return this.#fails ? Promise.reject(new SourceError('down', false)) : Promise.resolve(null);
  }
}

test('compares one release in a hundred, and lets an origin that lacks it or is down pass', async () => {
  const signal = new AbortController().signal;
  for (const fails of [false, true]) {
    const origin = new NoSource(fails);
    let draws = 0;
    const others = new OtherOrigins({ sources: [origin], comparesAll: false, signal, random: () => (draws++ % 100) / 100 });
    const ask = (key: string) => others.claimsOn({ key, is: classifyKey(key), size: 1, mark: '', isGuess: false, known: null });
    for (let count = 0; count < 300; count += 1) expect(await ask(jar)).toEqual([]);
    for (const key of [metadata, `${jar}.asc`, 'org/example/a/1-SNAPSHOT/a-1-SNAPSHOT.jar']) expect(await ask(key)).toEqual([]);
    expect([draws, origin.requests]).toEqual([300, fails ? 3 : 9]);
  }
});

test('a file that did not come must be the one that the source listed', async () => {
  const root = await temporaryFolder();
  const tree = originTree();
  writeTree(join(root, 'other'), tree);
  const target = new FolderTarget(join(root, 'target'));
  const { signal } = new AbortController();
  const release = await target.lock(signal);
  const others = new OtherOrigins({ sources: [new FolderSource(join(root, 'other'))], comparesAll: false, signal });
  const fetchListedAs = (md5: string | undefined) => {
    const action = { key: jar, is: classifyKey(jar), size: 1, mark: `e:"${md5}"`, isGuess: false, known: null };
    return others.fetchInstead(action, [], new SourceError('HTTP status 500', true), target);
  };

  const { file } = await fetchListedAs(digestOf(tree.get(jar) ?? '', ['md5']).md5);
  await file.staged.discard();
  await expect(fetchListedAs('0'.repeat(32))).rejects.toThrow(/^HTTP status 500; \S+\/other: its md5 is /);
  await release();
});

const cdn = 'https://repo.clojars.org/';
const bucket = 'https://clojars-repo-production.s3.us-east-2.amazonaws.com/';

test.each([
  ['https://repo.clojars.org', [bucket]],
  ['https://clojars.org/repo/', [bucket]],
  ['s3://clojars-repo-production?region=us-east-2&credentials=anonymous', [cdn]],
  [bucket, [cdn]],
  ['https://mirrors.ustc.edu.cn/clojars', [cdn, bucket]],
  ['s3://clojars-repo-production?endpoint=https://s3.example.org', []],
  ['https://repo.example.org/', []],
  ['/srv/clojars', []],
])('the other origins of %s', (from, places) => {
  expect(otherCanonicalPlaces(from)).toEqual(places);
});

test('two origins need two', async () => {
  const root = await temporaryFolder();
  const options = { from: root, to: join(await temporaryFolder(), 'target'), twoOrigins: true };
  await expect(syncMirror(options)).rejects.toMatchObject({ code: 'ERR_CONFIG', setting: 'twoOrigins' });
  expect(() => readFileSync(join(options.to, 'lastsync'))).toThrow('ENOENT');
});
