/** Increments by a release feed, with a server that counts its requests and whose clock the test sets. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect, onTestFinished, test } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { MirrorSyncReport, SyncMirrorOptions } from '../../src/app/mirror/sync/sync-options.js';
import { formatRecord } from '../../src/app/mirror/target/inventory-record.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { FeedSite } from './feed-site.js';
import { faultsOf } from './reader.js';
import { put, readServed, release, smallTree, sortedTree, type Tree } from './repository-tree.js';

const hour = 3_600_000;

async function mirrorOf(
  tree: Tree,
): Promise<{ site: FeedSite; target: string; sync: (options?: Partial<SyncMirrorOptions>) => Promise<MirrorSyncReport> }> {
  const target = join(await temporaryFolder(), 'target');
  const site = await FeedSite.start(tree);
  onTestFinished(() => site.close());
  const sync = (options: Partial<SyncMirrorOptions> = {}): Promise<MirrorSyncReport> => {
    site.requests.length = 0;
    return syncMirror({
      from: site.url,
      to: target,
      crawl: true,
      increment: true,
      feed: `${site.url}api/release-feed`,
      client: { settings: false },
      ...options,
    });
  };
  expect(await sync()).toMatchObject({ kind: 'full', isComplete: true });
  return { site, target, sync };
}

/** Replaces the index of all POMs, which one sum vouches for. */
function indexPoms(tree: Tree): void {
  const poms = [...tree.keys()].filter((key) => key.endsWith('.pom')).sort();
  const packed = gzipSync(poms.map((pom) => `./${pom}\n`).join(''));
  tree.set('all-poms.txt.gz', packed);
  tree.set('all-poms.txt.gz.md5', Buffer.from(digestOf(packed, ['md5']).md5 ?? ''));
}

describe('full syncs by the index of POMs alone', () => {
  const isListing = (path: string): boolean => path.endsWith('/');

  async function start(now: number) {
    const target = join(await temporaryFolder(), 'target');
    const site = await FeedSite.start(smallTree());
    onTestFinished(() => site.close());
    site.now = now;
    const sync = (options: Partial<SyncMirrorOptions> = {}): Promise<MirrorSyncReport> => {
      site.requests.length = 0;
      indexPoms(site.tree);
      return syncMirror({ from: site.url, to: target, client: { settings: false }, ...options });
    };
    expect(await sync()).toMatchObject({ kind: 'full', isComplete: true });
    return { site, sync, has: (key: string): boolean => readServed(target).has(key) };
  }

  test('look once more at versions that were new', async () => {
    // The listings of the site have dates from here on.
    const { site, sync, has } = await start(Date.UTC(2026, 0, 1));
    const late = 'org/example/a/1.0/a-1.0-sources.jar';
    put(site.tree, late, 'late');
    site.now += hour / 2;
    expect(await sync()).toMatchObject({ isComplete: true, published: { files: 3 } });
    expect(has(late)).toBe(true);
    // Half an hour is less than what a version has to settle.
    put(site.tree, late.replace('sources', 'javadoc'), 'later');
    site.now += hour;
    expect((await sync()).published.files).toBe(3);
    expect(site.requests.filter(isListing)).toContain('/hiccup/hiccup/1.0.5/');
    site.now += 3 * hour;
    expect((await sync()).published.files).toBe(0);
    expect(site.requests.filter(isListing)).toEqual(['/org/example/a/1.0/']);
    site.now += hour;
    expect((await sync()).published.files).toBe(0);
    expect(site.requests.filter(isListing)).toEqual([]);
  });

  test('count in a dry run the second looks, too', async () => {
    const { site, sync } = await start(Date.UTC(2026, 0, 1));
    put(site.tree, 'org/example/a/1.0/a-1.0-sources.jar', 'late');
    site.now += hour / 2;
    const dry = await sync({ dryRun: true });
    const listings = site.requests.filter(isListing);
    expect(dry).toMatchObject({ dryRun: true, traffic: { requests: site.requests.length } });
    expect(listings).toContain('/org/example/a/1.0/');
    const { plan } = await sync();
    expect(site.requests.filter(isListing)).toEqual(listings);
    expect(dry.plan).toEqual(plan);
  });

  test('do not look at versions that were old', async () => {
    const { site, sync } = await start(Date.UTC(2031, 0, 1));
    site.now += hour / 2;
    expect((await sync()).published.files).toBe(0);
    expect(site.requests.filter(isListing)).toEqual([]);
  });
});

test('copies what the feed names, looks at it once more, and asks one request if nothing is new', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  site.now += hour;
  expect(await sync()).toMatchObject({ kind: 'increment', isComplete: true, published: { files: 0 } });
  expect(site.requests).toEqual(['/api/release-feed']);
  for (const version of ['1.2', '1.3', '1.4']) site.publish(version, (site.now += 1000));

  const report = await sync();

  expect(report).toMatchObject({ kind: 'increment', isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
  expect(site.requests.filter((path) => path.startsWith('/hiccup/'))).toEqual([]);
  // A file that comes after the release is in no feed.
  put(site.tree, 'org/example/a/1.3/a-1.3-sources.jar', 'late');
  site.now += hour / 2;
  expect((await sync()).published.files).toBe(0);
  site.now += hour;
  expect((await sync()).published.files).toBe(3);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
  site.now += hour;
  await sync();
  expect(site.requests).toEqual(['/api/release-feed']);
});

test('looks once more at what was released shortly before a full sync', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  const lateFile = async (version: string): Promise<void> => {
    put(site.tree, `org/example/a/${version}/a-${version}-sources.jar`, 'late');
    expect(await sync()).toMatchObject({ kind: 'increment', isComplete: true, published: { files: 3 } });
    expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
  };
  // First seen by the full sync.
  site.publish('1.2', (site.now += hour));
  site.now += hour / 2;
  expect(await sync({ increment: false })).toMatchObject({ kind: 'full', isComplete: true });
  site.now += hour / 2;
  await lateFile('1.2');
  // Seen by an increment before, long after its release, as after an outage.
  site.publish('1.3', site.now + hour);
  site.now += 4 * hour;
  expect(await sync()).toMatchObject({ kind: 'increment' });
  site.now += hour / 4;
  await sync({ increment: false });
  site.now += hour;
  await lateFile('1.3');
});

test('leaves the journal of a killed sync alone while nothing is new, and looks at its files with the next release', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  const journal = join(target, '.clojars-mirror', 'journal');
  const record = formatRecord({ key: 'org/example/a/9.9/a-9.9.pom', size: 1, mark: '', sha256: '0'.repeat(64), firstSeen: 1 });
  await writeFile(journal, `>${record}\t.\n`);
  site.now += hour;
  await sync();
  expect(site.requests).toEqual(['/api/release-feed']);
  expect(await readFile(journal, 'utf8')).toBe(`>${record}\t.\n`);
  site.publish('1.2', (site.now += 1000));
  expect(await sync()).toMatchObject({ kind: 'increment', isComplete: true });
  expect(await readFile(journal, 'utf8')).not.toContain('9.9');
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
});

test('brings all checksum files of metadata up to date, and takes out those that the source has no more', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  const sha256 = 'org/example/a/maven-metadata.xml.sha256';
  const publish = (version: string, artifact: string, hasSha256: boolean): void => {
    site.publish(version, (site.now += hour), artifact);
    const key = `org/example/${artifact}/maven-metadata.xml`;
    const { sha256: digest = '' } = digestOf(site.tree.get(key) ?? '', ['sha256']);
    if (hasSha256) site.tree.set(`${key}.sha256`, Buffer.from(digest));
    else site.tree.delete(`${key}.sha256`);
  };
  publish('1', 'new', true);
  await sync();
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
  publish('2', 'new', true);
  await sync();
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
  publish('3', 'new', false);
  expect(await sync()).toMatchObject({ kind: 'increment', isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
  publish('1.9', 'a', false);
  await sync();
  expect(site.requests.filter((path) => path.endsWith(sha256))).toEqual([]);
});

test('looks again at what failed, and lets its metadata wait', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  const before = new Map(site.tree);
  site.now += hour;
  site.publish('2.0');
  const jar = 'org/example/a/2.0/a-2.0.jar';
  const right = site.tree.get(jar)!;
  site.tree.set(jar, Buffer.from('forged'));

  expect(await sync()).toMatchObject({ kind: 'increment', isComplete: false, findingCounts: { failed: 1, waiting: 1 } });
  expect(faultsOf(target, [before, site.tree])).toEqual([]);
  site.tree.set(jar, right);
  site.now += hour / 4;
  expect(await sync()).toMatchObject({ kind: 'increment', isComplete: true });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
});

test('a version whose folder cannot be listed is looked at again, and concerns no other', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  const before = new Map(site.tree);
  site.now += hour;
  site.publish('2.0');
  site.publish('1', site.now, 'new');
  site.fault = (path) => (path === '/org/example/new/1/' ? 403 : null);

  const findings = [
    { kind: 'failed', key: 'org/example/new/1' },
    { kind: 'waiting', key: 'org/example/new/maven-metadata.xml' },
  ];
  for (const files of [10, 0]) {
    expect(await sync()).toMatchObject({ kind: 'increment', published: { files }, findings });
    site.now += hour / 4;
  }
  expect(faultsOf(target, [before, site.tree])).toEqual([]);
  site.fault = () => null;
  expect(await sync()).toMatchObject({ kind: 'increment', isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
});

test('a site that is crawled is held against its index once a day, without what the filters left out', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  const filter = { groups: ['org.example'], latest: 1, since: '2026-01-01' };
  expect((await sync(filter)).kind).toBe('full');
  site.now += hour;
  release(site.tree, 'org.example', 'a', '3');
  release(site.tree, 'org.example', 'a', '0.5');
  indexPoms(site.tree);
  expect(await sync(filter)).toMatchObject({ kind: 'increment', published: { files: 0 } });
  site.now += 24 * hour;
  expect(await sync(filter)).toMatchObject({ kind: 'increment', isComplete: true, findings: [] });
  const has = (version: string): boolean => readServed(target).has(`org/example/a/${version}/a-${version}.jar`);
  expect(['3', '0.5'].map(has)).toEqual([true, false]);
  expect(site.requests.filter((path) => /^\/org\/example\/a\/\d/.test(path) && path.endsWith('/'))).toEqual(['/org/example/a/3/']);
  site.now += 24 * hour;
  await sync(filter);
  expect(site.requests.filter((path) => path.startsWith('/org/'))).toEqual([]);
});

test.each([
  ['is down', () => 404],
  ['is not a feed', () => '<html>'],
  [
    'leads in a circle',
    (from: string) => JSON.stringify({ next_from: from, releases: [{ group_id: 'g', artifact_id: 'a', version: '1', released_at: from }] }),
  ],
])('a feed that %s is replaced by a full sync', async (_, feed) => {
  const { site, target, sync } = await mirrorOf(smallTree());
  site.now += hour;
  site.publish('2.0');
  site.feed = feed;

  expect(await sync()).toMatchObject({ kind: 'full', isComplete: true });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
});

test('takes no strange names and no releases of the future from the feed', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  site.now += hour;
  const names = ['../../etc', 'a/b', 'x\u0000', '.hidden', ''];
  for (const group_id of names) site.releases.push({ group_id, artifact_id: 'a', version: '1', at: site.now });
  site.releases.push({ group_id: 'org.example', artifact_id: 'a', version: '9', at: site.now + 1000 * hour });

  const report = await sync();

  expect(report).toMatchObject({ kind: 'increment', isComplete: false, findingCounts: { refused: 1 } });
  expect(site.requests.filter((path) => path !== '/api/release-feed')).toEqual([]);
  expect(faultsOf(target, [site.tree])).toEqual([]);
});

test('takes the releases of a feed that is out of order', async () => {
  const { site, target, sync } = await mirrorOf(smallTree());
  site.now += hour;
  for (const [version, ago] of [
    ['1.4', 1],
    ['1.2', 3],
    ['1.3', 2],
  ] as const)
    site.publish(version, site.now - ago * 60_000);
  expect(await sync()).toMatchObject({ kind: 'increment', isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
});

test('a full sync follows after a week', async () => {
  const { site, sync } = await mirrorOf(smallTree());
  site.now += 6 * 24 * hour;
  expect((await sync()).kind).toBe('increment');
  site.now += 2 * 24 * hour;
  expect((await sync()).kind).toBe('full');
});

test.each(['verbatim', 'rewrite'] as const)(
  'filters what the feed names, after a full sync with the same filters; metadata %s',
  async (metadata) => {
    const { site, target, sync } = await mirrorOf(smallTree());
    const filter = { groups: ['org.example'], latest: 1, metadata };
    site.now += hour;
    expect((await sync(filter)).kind).toBe('full');
    site.publish('1.2', (site.now += 1000));
    site.publish('1.0.1', (site.now += 1000));
    site.releases.push({ group_id: 'hiccup', artifact_id: 'hiccup', version: '3', at: site.now });

    for (const files of [10, 0]) {
      expect(await sync(filter)).toMatchObject({ kind: 'increment', isComplete: true, findings: [], published: { files } });
      site.now += 2 * hour;
    }

    const served = readServed(target);
    expect([served.has('org/example/a/1.2/a-1.2.jar'), served.has('org/example/a/1.0.1/a-1.0.1.jar')]).toEqual([true, false]);
    const text = String(served.get('org/example/a/maven-metadata.xml'));
    expect([text.includes('>1.2<'), text.includes('>1.0.1<')]).toEqual([true, metadata === 'verbatim']);
    expect(site.requests.filter((path) => path.startsWith('/hiccup/'))).toEqual([]);
    expect((await sync({ ...filter, latest: 2 })).kind).toBe('full');
  },
);
