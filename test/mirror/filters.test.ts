import { existsSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { expect, onTestFinished, test } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { MirrorSyncReport, SyncMirrorOptions } from '../../src/app/mirror/sync/sync-options.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { startFaultServer } from '../support/fault-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { deploySnapshot, put, readServed, release, smallTree, type Tree, withIndexes, writeTree } from './repository-tree.js';

const day = Date.UTC(2026, 0, 1) / 1000;

interface Place {
  readonly tree: Tree;
  readonly source: string;
  readonly target: string;
  readonly sync: (options?: Partial<SyncMirrorOptions>) => Promise<MirrorSyncReport>;
  readonly versions: () => readonly string[];
}

/** An artifact whose names do not sort as its versions do, with two snapshots, and its neighbours. */
function wideTree(): Tree {
  const tree = smallTree();
  for (const version of ['1.2', '1.9', '1.10', '1.10.1']) release(tree, 'org.example', 'wide', version);
  for (const base of ['1.8', '2.0']) deploySnapshot(tree, 'org.example', 'wide', base, 1);
  const key = 'org/example/wide/maven-metadata.xml';
  const marks = '<latest>2.0-SNAPSHOT</latest><release>1.10.1</release><lastUpdated>20260102030405</lastUpdated>';
  put(tree, key, String(tree.get(key)).replace('<versioning>', `<versioning>${marks}`));
  return tree;
}

async function place(tree = wideTree()): Promise<Place> {
  const root = await temporaryFolder();
  const [source, target] = [join(root, 'source'), join(root, 'target')];
  await mkdir(source);
  writeTree(source, tree);
  const sync = (options: Partial<SyncMirrorOptions> = {}): Promise<MirrorSyncReport> =>
    syncMirror({ from: source, to: target, client: { settings: false }, ...options });
  return { tree, source, target, sync, versions: () => versionsIn(readServed(target)) };
}

/** Returns the versions that have a POM, as `artifact version`. */
function versionsIn(served: Tree): readonly string[] {
  const poms = [...served.keys()].filter((key) => key.endsWith('.pom')).map((key) => key.split('/').slice(-3, -1).join(' '));
  return [...new Set(poms)].sort();
}

function serve(tree: Tree): ReturnType<typeof startFaultServer> {
  return startFaultServer({ files: tree }).then((server) => {
    onTestFinished(() => server.close());
    return server;
  });
}

function withPomIndex(tree: Tree, served: Tree = tree): Tree {
  const poms = [...tree.keys()].filter((key) => key.endsWith('.pom')).sort();
  const indexed = new Map(served);
  put(indexed, 'all-poms.txt.gz', gzipSync(poms.map((key) => `./${key}\n`).join('')));
  return indexed;
}

const wide = ['wide 1.10', 'wide 1.10.1', 'wide 1.2', 'wide 1.8-SNAPSHOT', 'wide 1.9', 'wide 2.0-SNAPSHOT'];

test.each<[string, Partial<SyncMirrorOptions>, readonly string[]]>([
  ['one group', { groups: ['org.example'] }, ['a 1.0', 'a 1.1', 'a-b 2.0', ...wide]],
  ['a group and all beneath it', { groups: ['org.example.*'] }, ['a 1.0', 'a 1.1', 'a-b 2.0', 'nested 0.1', ...wide]],
  ['several groups', { groups: ['org.example.a', 'hiccup'] }, ['hiccup 1.0.5', 'hiccup 2.0-SNAPSHOT', 'nested 0.1']],
  [
    'no snapshots',
    { snapshots: false },
    ['a 1.0', 'a 1.1', 'a-b 2.0', 'hiccup 1.0.5', 'nested 0.1', 'wide 1.10', 'wide 1.10.1', 'wide 1.2', 'wide 1.9'],
  ],
  [
    'the latest of each, with snapshots counted apart',
    { latest: 1 },
    ['a 1.1', 'a-b 2.0', 'hiccup 1.0.5', 'hiccup 2.0-SNAPSHOT', 'nested 0.1', 'wide 1.10.1', 'wide 2.0-SNAPSHOT'],
  ],
  ['filters together', { groups: ['org.example'], snapshots: false, latest: 2 }, ['a 1.0', 'a 1.1', 'a-b 2.0', 'wide 1.10', 'wide 1.10.1']],
])('copies %s', async (_, filter, expected) => {
  const { tree, target, sync, versions } = await place();
  const sources: Partial<SyncMirrorOptions>[] = [{}];
  if (filter.latest === 2) {
    const { url: from } = await serve(withPomIndex(tree, withIndexes(tree)));
    sources.push({ from, crawl: true }, { from });
  }
  for (const from of sources) {
    rmSync(target, { recursive: true, force: true });
    expect(await sync({ ...from, ...filter })).toMatchObject({ isComplete: true, findings: [], warnings: [] });
    expect(versions()).toEqual(expected);
    const artifacts = [...readServed(target).keys()].filter((key) => key.endsWith('/maven-metadata.xml') && !key.includes('SNAPSHOT'));
    expect(artifacts.length).toBe(new Set(expected.map((one) => one.split(' ')[0])).size);
    expect(await sync({ ...from, ...filter })).toMatchObject({ isComplete: true, published: { files: 0 } });
  }
});

test('a crawl does not look into groups that are left out, and an index not into their versions', async () => {
  const { tree, sync } = await place();
  const server = await serve(withPomIndex(tree, withIndexes(tree)));
  for (const crawl of [true, false]) {
    server.clear();
    await sync({ from: server.url, crawl, groups: ['hiccup'] });
    expect(server.requests.filter(({ path }) => path.startsWith('/org/example'))).toEqual([]);
  }
  server.clear();
  await sync({ from: server.url, groups: ['org.example'], latest: 1 });
  expect(server.requests.filter(({ path }) => /\/wide\/1\.(?:2|9|10)\//.test(path))).toEqual([]);
});

test('copies versions since a day: a release by its POM, a snapshot by its newest file', async () => {
  const { tree, source, sync, versions } = await place();
  for (const key of tree.keys()) utimesSync(join(source, key), day, day);
  // A late signature does not make a release young.
  for (const key of ['org/example/a/1.1/a-1.1.pom', 'org/example/wide/1.9/wide-1.9.jar.asc'])
    utimesSync(join(source, key), day + 86_400, day + 86_400);
  const jar = [...tree.keys()].find((key) => key.startsWith('hiccup/hiccup/2.0-SNAPSHOT/') && key.endsWith('.jar'))!;
  utimesSync(join(source, jar), day + 86_400, day + 86_400);

  expect(await sync({ since: '2026-01-02' })).toMatchObject({ isComplete: true, filter: { versions: 2 } });
  expect(versions()).toEqual(['a 1.1', 'hiccup 2.0-SNAPSHOT']);
});

test('asks a server without listings for dates, and copies versions without one', async () => {
  const { tree, sync, versions } = await place(smallTree());
  const dates = new Map([
    ['a-1.1.pom', day],
    ['nested-0.1.pom', day - 86_400],
    ['a-1.0.pom', day - 86_400],
    ['a-b-2.0.pom', day - 86_400],
  ]);
  const headers = (path: string): Readonly<Record<string, string>> => {
    const date = dates.get(path.split('/').at(-1) ?? '');
    return date === undefined ? {} : { 'last-modified': new Date(date * 1000).toUTCString() };
  };
  const server = await startFaultServer({ files: withPomIndex(tree), headers });
  onTestFinished(() => server.close());

  const filter = { from: server.url, since: '2026-01-01', metadata: 'rewrite' } as const;
  const warnings = ['--since: 2 versions are copied without a look at their date, which the source does not tell'];
  expect(await sync(filter)).toMatchObject({ isComplete: true, findings: [], warnings });
  expect(versions()).toEqual(['a 1.1', 'hiccup 1.0.5', 'hiccup 2.0-SNAPSHOT']);
  expect(await sync(filter)).toMatchObject({ isComplete: true, published: { files: 0 }, warnings: [] });
});

test('metadata as it is names versions that are left out, and rewritten metadata only what the mirror has', async () => {
  const { tree, target, sync } = await place();
  const key = 'org/example/wide/maven-metadata.xml';
  const filter = { groups: ['org.example'], snapshots: false, latest: 2 };
  await sync(filter);
  expect(readServed(target).get(key)).toEqual(tree.get(key));

  const report = await sync({ ...filter, metadata: 'rewrite' });

  expect(report).toMatchObject({ isComplete: true, filter: { metadata: 'rewrite', versions: 5 } });
  const served = readServed(target);
  const text = String(served.get(key));
  expect(text).toContain('<latest>1.10.1</latest>\n    <release>1.10.1</release>');
  expect(text.match(/<version>.*<\/version>/g)).toEqual(['<version>1.10</version>', '<version>1.10.1</version>']);
  expect(text).toContain('<lastUpdated>20260102030405</lastUpdated>');
  for (const algorithm of ['md5', 'sha1'] as const)
    expect(String(served.get(`${key}.${algorithm}`))).toBe(digestOf(served.get(key)!, [algorithm])[algorithm]);
  expect(served.get('org/example/a/maven-metadata.xml')).toEqual(tree.get('org/example/a/maven-metadata.xml'));
  expect(await sync({ ...filter, metadata: 'rewrite' })).toMatchObject({ isComplete: true, published: { files: 0 } });
  // More versions need other metadata, although that of the source is as before.
  await sync({ ...filter, latest: 3, metadata: 'rewrite' });
  expect(String(readServed(target).get(key))).toContain('<version>1.9</version>');
  expect(await sync({ ...filter, latest: 3 })).toMatchObject({ isComplete: true, published: { files: 3 } });
  expect(readServed(target).get(key)).toEqual(tree.get(key));
});

test('a file that a filter leaves out is not gone, unless the source lacks it', async () => {
  const { source, target, sync } = await place();
  await sync();
  rmSync(join(source, 'org/example/a-b'), { recursive: true });
  rmSync(join(source, 'hiccup/hiccup/1.0.5/hiccup-1.0.5.jar.asc'));

  const report = await sync({ groups: ['hiccup'] });

  expect(report).toMatchObject({ isComplete: true, deletions: { tombstones: 11 } });
  const tombstones = readFileSync(join(target, '.clojars-mirror/tombstones'), 'utf8').trim().split('\n');
  expect(tombstones.filter((line) => !line.startsWith('org/example/a-b/'))).toHaveLength(1);
  expect(existsSync(join(target, 'org/example/wide/1.2/wide-1.2.jar'))).toBe(true);
});

test('a filter that matches nothing is a warning', async () => {
  const { sync } = await place();
  expect((await sync({ groups: ['hiccup', 'hicup'] })).warnings).toEqual(['--group hicup: the source has no version of it']);
  expect((await sync({ since: '2099-01-01' })).warnings).toEqual(['the filters leave nothing: no version of the source matches them']);
});
