/** Buckets as sources and targets of a sync. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { FolderSource } from '../../src/app/mirror/source/folder-source.js';
import { MirrorSync } from '../../src/app/mirror/sync/mirror-sync.js';
import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { SyncMirrorOptions } from '../../src/app/mirror/sync/sync-options.js';
import { S3Target, type S3TargetOptions } from '../../src/app/mirror/target/s3-target.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { createChance } from '../support/chance.js';
import { askingAt } from '../support/s3/asking.js';
import { S3Refusal } from '../support/s3/refusal.js';
import { type S3Server, type S3ServerOptions, startS3Server, testKeyEnvironment } from '../support/s3/s3-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { FeedSite } from './feed-site.js';
import { faultsIn } from './reader.js';
import { deploySnapshot, put, readServed, release, smallTree, sortedTree, type Tree, writeMetadata, writeTree } from './repository-tree.js';
import { takeOver } from './take-over.js';

const noOtherKeys = { HOME: '/nonexistent', AWS_PROFILE: '', AWS_REGION: '', AWS_DEFAULT_REGION: '', AWS_EC2_METADATA_DISABLED: 'true' };

beforeEach(() => {
  for (const [name, value] of Object.entries({ ...noOtherKeys, ...testKeyEnvironment })) vi.stubEnv(name, value);
});
afterEach(() => void vi.unstubAllEnvs());

async function serve(options: S3ServerOptions = {}): Promise<S3Server> {
  const server = await startS3Server(options);
  onTestFinished(() => server.close());
  return server;
}

async function folders(): Promise<{ source: string; target: string; state: string }> {
  const root = await temporaryFolder();
  const source = join(root, 'source');
  mkdirSync(source);
  return { source, target: join(root, 'target'), state: join(root, 'state') };
}

function sync(from: string, to: string, state: string, options: Partial<SyncMirrorOptions> = {}): ReturnType<typeof syncMirror> {
  return syncMirror({ from, to, client: { settings: false, stateFolder: state }, ...options });
}

/** Returns the files that the bucket serves beneath a prefix, without the mirror's own files. */
function served({ objects }: S3Server, prefix = ''): Tree {
  const own = /^(?:\.|lastsync$)/;
  return new Map(
    [...objects].flatMap(([key, { body }]) => {
      const path = key.slice(prefix.length);
      return key.startsWith(prefix) && !own.test(path) ? [[path, body]] : [];
    }),
  );
}

const beneath = (prefix: string, tree: Tree): Tree => new Map([...tree].map(([key, body]) => [`${prefix}${key}`, body]));

/** No sign of life within a test, and no lock that is taken for dead. */
const quietLock = { beatMs: 600_000, deadMs: 600_000 };

/** A target with its own state, as another machine has it. */
function targetAt(server: S3Server, state: string, options: Partial<S3TargetOptions> = {}): S3Target {
  const asking = askingAt({ atEnd: (end) => onTestFinished(async () => void (await end())) }, server.url('p'));
  return new S3Target({ asking, stateFolder: state, noLock: false, lockTimes: quietLock, ...options });
}

function runSync(source: string, target: S3Target): ReturnType<MirrorSync['run']> {
  return new MirrorSync({ from: source, to: target.name }, new FolderSource(source), target, new AbortController().signal).run();
}

describe('a bucket as a source', () => {
  test('is filtered by the dates of its objects', async () => {
    const tree = smallTree();
    const { target, state } = await folders();
    const server = await serve({ files: tree, anonymous: 'get-and-list' });
    for (const [key, object] of server.objects)
      server.objects.set(key, { ...object, lastModified: new Date(key.startsWith('org/example/a/1.1/') ? '2026-02-01' : '2025-01-01') });

    const report = await sync(server.url('', 'credentials=anonymous'), target, state, { since: '2026-01-31', metadata: 'rewrite' });

    expect(report).toMatchObject({ isComplete: true, findings: [], warnings: [], filter: { versions: 1 } });
    const files = readServed(target);
    expect([...files.keys()].filter((key) => key.endsWith('.pom'))).toEqual(['org/example/a/1.1/a-1.1.pom']);
    expect(String(files.get('org/example/a/maven-metadata.xml'))).not.toContain('1.0<');
  });

  test('is copied into a folder, anonymously or signed, and the second time nothing is', async () => {
    const tree = smallTree();
    const { target, state } = await folders();
    const server = await serve({ files: beneath('maven/', tree), anonymous: 'get-and-list', pageSize: 7 });
    server.objects.set('maven/', { body: Buffer.alloc(0), etag: '', contentType: '', lastModified: new Date(0), metadata: {} });
    const first = await sync(server.url('maven', 'credentials=anonymous'), target, state);
    expect(first).toMatchObject({ isComplete: true, findings: [], published: { files: tree.size } });
    expect(first.source).toContain('s3://bucket/maven/?');
    expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
    expect(server.requests.every(({ signedBy }) => signedBy === null)).toBe(true);

    const before = server.requests.length;
    const second = await sync(server.url('maven'), target, state);
    expect(second).toMatchObject({ isComplete: true, plan: { unchanged: tree.size }, published: { files: 0 } });
    const asked = server.requests.slice(before);
    expect(asked.every(({ signedBy }) => signedBy === 'AKIDTEST')).toBe(true);
    // The pages of the listing, and the trace of the source.
    expect(asked.filter(({ key }) => key !== '').map(({ key }) => key)).toEqual(['maven/.well-known/clojars-mirror.json']);
  });

  test('shows by ETag that metadata of equal size changed', async () => {
    const tree = smallTree();
    const { target, state } = await folders();
    const server = await serve({ files: tree });
    await sync(server.url(), target, state);
    const changed = new Map(tree);
    const metadata = 'org/example/a/maven-metadata.xml';
    put(changed, metadata, String(tree.get(metadata)).replace('1.1', '1.0'));
    const other = await serve({ files: changed });
    expect(await sync(other.url(), target, state)).toMatchObject({ isComplete: true, published: { files: 3 } });
    expect(readServed(target).get(metadata)).toEqual(changed.get(metadata));
  });

  test('that lies about an object, or cannot be listed, is found out', async () => {
    const tree = smallTree();
    const { target, state } = await folders();
    const server = await serve({ files: tree });
    const jar = 'hiccup/hiccup/1.0.5/hiccup-1.0.5.jar';
    const stored = server.objects.get(jar);
    if (stored) server.objects.set(jar, { ...stored, etag: 'f'.repeat(32) });
    const report = await sync(server.url(), target, state);
    expect(report.findings.map(({ kind, key }) => [kind, key])).toEqual([
      ['failed', jar],
      ['waiting', 'hiccup/hiccup/2.0-SNAPSHOT/maven-metadata.xml'],
      ['waiting', 'hiccup/hiccup/maven-metadata.xml'],
    ]);
    const closed = await serve({ files: tree, listable: false });
    await expect(sync(closed.url(), target, state)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'no-listing' });
  });
});

/** Makes the bucket hold a tree. */
function fill({ objects }: S3Server, tree: Tree): void {
  for (const [key, body] of tree) {
    const etag = digestOf(body, ['md5']).md5 ?? '';
    if (objects.get(key)?.etag !== etag) objects.set(key, { body, etag, contentType: '', lastModified: new Date(), metadata: {} });
  }
}

test('an increment takes five requests for a version, and two for its second look', async () => {
  const { target, state } = await folders();
  const site = await FeedSite.start(smallTree());
  onTestFinished(() => site.close());
  for (let artifact = 0; artifact < 10; artifact += 1) release(site.tree, 'org.example', `old${artifact}`, '1');
  const server = await serve({ now: () => site.now, anonymous: 'get-and-list' });
  fill(server, site.tree);
  const counted = async (): Promise<readonly [string, number, number]> => {
    const before = [server.requests.length, site.requests.length] as const;
    const options = { increment: true, feed: `${site.url}api/release-feed` };
    const { kind, findings } = await sync(server.url('', 'credentials=anonymous'), target, state, options);
    expect(findings).toEqual([]);
    return [kind, server.requests.length - before[0], site.requests.length - before[1]];
  };
  expect((await counted())[0]).toBe('full');
  site.now += 3_600_000;
  for (let artifact = 0; artifact < 10; artifact += 1) site.publish('2', site.now, `old${artifact}`);
  fill(server, site.tree);
  site.pageSize = 500;

  // Two listings, the POM, the jar and the metadata; the signature is one more.
  expect(await counted()).toEqual(['increment', 10 * 6, 2]);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(site.tree));
  site.now += 2 * 3_600_000;
  expect(await counted()).toEqual(['increment', 10 * 2, 2]);
  site.now += 3_600_000;
  expect(await counted()).toEqual(['increment', 0, 1]);
});

test('an increment finds by the index what the feed did not name, once a day or while the feed is down', async () => {
  const { target, state } = await folders();
  const site = await FeedSite.start(smallTree());
  onTestFinished(() => site.close());
  const server = await serve({ now: () => site.now, anonymous: 'get-and-list' });
  /** Fills the bucket, with an index of its POMs. */
  const publish = (sumOf = (index: Buffer): string => digestOf(index, ['sha1']).sha1 ?? ''): void => {
    const poms = [...site.tree.keys()].filter((key) => key.endsWith('.pom')).sort();
    const index = gzipSync(poms.map((pom) => `./${pom}\n`).join(''));
    fill(server, new Map([...site.tree, ['all-poms.txt.gz', index], ['all-poms.txt.gz.sha1', Buffer.from(sumOf(index))]]));
  };
  const run = async (hours: number): Promise<string> => {
    site.now += hours * 3_600_000;
    const options = { increment: true, feed: `${site.url}api/release-feed` };
    return (await sync(server.url('', 'credentials=anonymous'), target, state, options)).kind;
  };
  const has = (version: string): boolean => readServed(target).has(`org/example/a/${version}/a-${version}.jar`);
  publish();
  expect(await run(0)).toBe('full');

  release(site.tree, 'org.example', 'a', '7');
  publish();
  expect([await run(1), has('7')]).toEqual(['increment', false]);
  // A sum that does not match: the index is not used, and not before the next day.
  publish(() => '0'.repeat(40));
  expect([await run(24), has('7')]).toEqual(['increment', false]);
  publish();
  expect([await run(1), has('7')]).toEqual(['increment', false]);
  expect([await run(24), has('7')]).toEqual(['increment', true]);

  site.feed = () => 404;
  release(site.tree, 'org.example', 'a', '8');
  publish();
  expect([await run(1), has('8')]).toEqual(['increment', true]);
  publish(() => 'no sum');
  expect(await run(1)).toBe('full');
});

describe('a listing that was cut short', () => {
  /** Lists pages of one key, and dies after some of them. */
  async function cutShort(): Promise<{ server: S3Server; target: string; state: string; tree: Tree; revive: () => void }> {
    const tree = smallTree();
    let pagesLeft = 30;
    const server = await serve({
      files: tree,
      pageSize: 1,
      refuse: ({ key, query }) => {
        if (key === '' && !query.has('prefix')) pagesLeft -= 1;
        return pagesLeft < 0 ? new S3Refusal(403, 'AccessDenied', 'Killed.') : null;
      },
    });
    const { target, state } = await folders();
    await expect(sync(server.url(), target, state)).rejects.toMatchObject({ reason: 'no-listing' });
    server.requests.length = 0;
    return { server, target, state, tree, revive: () => void (pagesLeft = Infinity) };
  }

  const pages = ({ requests }: S3Server) => requests.filter(({ key }) => key === '');

  test('goes on at its token', async () => {
    const { server, target, state, tree, revive } = await cutShort();
    revive();
    expect(await sync(server.url(), target, state)).toMatchObject({ isComplete: true, plan: { listed: tree.size } });
    expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
    expect(pages(server)[0]?.query.get('continuation-token')).not.toBeNull();
    // Twenty pages were kept.
    expect(pages(server).length).toBe(tree.size - 20);
    server.requests.length = 0;
    await sync(server.url(), target, state);
    expect(pages(server).length).toBe(tree.size);
  });

  test('starts again if the server has forgotten the token, or for another source', async () => {
    const { server, target, state, tree, revive } = await cutShort();
    revive();
    const other = await serve({ files: tree, pageSize: 1 });
    const token = join(target, '.clojars-mirror/listing-token');
    const saved = readFileSync(token, 'utf8');
    writeFileSync(token, saved.replace(/"token":"[^"]*"/, '"token":"forgotten"'));
    expect(await sync(server.url(), target, state)).toMatchObject({ isComplete: true, findings: [] });
    expect(pages(server).length).toBe(tree.size + 1);
    writeFileSync(token, saved);
    expect(await sync(other.url(), target, state)).toMatchObject({ isComplete: true, plan: { listed: tree.size } });
    expect(pages(other).length).toBe(tree.size);
  });
});

test('metadata that changes after it was listed is taken as it is now', async () => {
  const tree = smallTree();
  const { target, state } = await folders();
  const metadata = 'org/example/a/maven-metadata.xml';
  const server: S3Server = await serve({
    files: tree,
    refuse: ({ key }) => {
      if (key !== 'org/example/a/1.0/a-1.0.pom') return null;
      writeMetadata(tree, 'org.example', 'a', ['9']);
      fill(server, tree);
      return null;
    },
  });
  const report = await sync(server.url(), target, state);
  expect(report).toMatchObject({ findingCounts: { failed: 0, 'upstream-dangling': 1 } });
  expect(readServed(target).get(metadata)).toEqual(tree.get(metadata));
  expect(await sync(server.url(), target, state)).toMatchObject({ isComplete: true, published: { files: 0 } });
});

describe('a bucket as a target', () => {
  test('is filled in the order of publication, and holds inventory and trace', async () => {
    const tree = smallTree();
    const { source, state } = await folders();
    writeTree(source, tree);
    const server = await serve();
    const order: string[] = [];
    const first = await sync(source, server.url('p'), state, { onPublished: (key) => order.push(key) });
    expect(first).toMatchObject({ isComplete: true, findings: [], published: { files: tree.size } });
    expect(sortedTree(served(server, 'p/'))).toEqual(sortedTree(tree));
    expect([...server.objects.keys()].filter((key) => /^p\/(?:\.|lastsync)/.test(key)).sort()).toEqual([
      'p/.clojars-mirror/inventory',
      'p/.well-known/clojars-mirror.json',
      'p/lastsync',
    ]);
    expect(server.objects.get('p/hiccup/hiccup/1.0.5/hiccup-1.0.5.jar')?.contentType).toBe('application/x-java-archive');
    expect(server.requests.filter(({ method, headers }) => method === 'PUT' && headers['content-md5'] === undefined)).toEqual([]);
    const before = server.requests.length;
    expect(await sync(source, server.url('p'), state)).toMatchObject({ isComplete: true, published: { files: 0 } });
    // The lock and its proof, the inventory, the trace.
    expect(server.requests.length - before).toBeLessThan(16);
  });

  test('is not changed by a dry run, which needs no lock', async () => {
    const tree = smallTree();
    const { source, state } = await folders();
    writeTree(source, tree);
    const server = await serve();
    await sync(source, server.url('p'), state);
    release(tree, 'org.example', 'a', '1.2');
    writeTree(source, tree);
    const before = new Map(server.objects);
    const requests = server.requests.length;
    for (const place of [state, join(state, 'of-another-machine')]) {
      const report = await sync(source, server.url('p'), place, { dryRun: true });
      expect(report).toMatchObject({ dryRun: true, published: { files: 0 }, plan: { missing: 7 } });
    }
    expect(server.requests.slice(requests).filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    expect(new Map(server.objects)).toEqual(before);
  });

  test('is filled from another bucket, also beneath another prefix of the same one', async () => {
    const tree = smallTree();
    const { state } = await folders();
    const server = await serve({ files: beneath('from/', tree) });
    await sync(server.url('from'), server.url('to'), state);
    expect(sortedTree(served(server, 'to/'))).toEqual(sortedTree(tree));
    await expect(sync(server.url('from'), server.url('from/in'), state)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });

  test('is sound at every moment, and whole after kills', async () => {
    const chance = createChance(11);
    const before = smallTree();
    const after = new Map(before);
    release(after, 'org.example', 'a', '1.2');
    deploySnapshot(after, 'hiccup', 'hiccup', '2.0', 2);
    writeMetadata(after, 'org.example', 'a');
    const faults: string[] = [];
    let changesLeft = Infinity;
    const server = await serve({
      onChange: () => {
        faults.push(...faultsIn(served(server, 'p/'), [before, after]));
        changesLeft -= 1;
      },
      refuse: () => (changesLeft <= 0 ? new S3Refusal(403, 'AccessDenied', 'Killed.') : null),
    });
    const { source, state } = await folders();
    for (const tree of [before, after]) {
      writeTree(source, tree);
      for (let kills = 0; kills < 4; kills++) {
        changesLeft = 3 + chance.below(20);
        await runSync(source, targetAt(server, state)).catch(() => undefined);
      }
      changesLeft = Infinity;
      expect((await runSync(source, targetAt(server, state))).isComplete).toBe(true);
      expect(sortedTree(served(server, 'p/'))).toEqual(sortedTree(tree));
    }
    expect(faults).toEqual([]);
  });

  test('goes on from its inventory on another machine', async () => {
    const tree = smallTree();
    const { source, state } = await folders();
    writeTree(source, tree);
    const server = await serve();
    await runSync(source, targetAt(server, join(state, 'one')));
    const report = await runSync(source, targetAt(server, join(state, 'two')));
    expect(report).toMatchObject({ isComplete: true, plan: { unchanged: tree.size }, published: { files: 0 } });
  });

  test('is taken over by another machine after a kill, and goes on when the first one is back', async () => {
    const before = smallTree();
    const after = new Map(before);
    release(after, 'org.example', 'a', '1.2');
    deploySnapshot(after, 'hiccup', 'hiccup', '2.0', 2);
    const last = new Map(after);
    release(last, 'org.example', 'a-b', '2.1');
    const faults: string[] = [];
    let changesLeft = Infinity;
    const server = await serve({
      onChange: () => {
        faults.push(...faultsIn(served(server, 'p/'), [before, after, last]));
        changesLeft -= 1;
      },
      refuse: () => (changesLeft <= 0 ? new S3Refusal(403, 'AccessDenied', 'Killed.') : null),
    });
    const { source, state } = await folders();
    const [one, two] = [join(state, 'one'), join(state, 'two')];
    const takeOver = { lockTimes: { beatMs: 600_000, deadMs: 1 } };
    writeTree(source, before);
    changesLeft = 50;
    await runSync(source, targetAt(server, one)).catch(() => undefined);
    changesLeft = Infinity;
    writeTree(source, after);
    // A lock of a dead machine, unless the first sync came to its end.
    expect(await runSync(source, targetAt(server, two, takeOver))).toMatchObject({ isComplete: true, findings: [] });
    expect(sortedTree(served(server, 'p/'))).toEqual(sortedTree(after));
    writeTree(source, last);
    expect(await runSync(source, targetAt(server, one))).toMatchObject({ isComplete: true, findings: [] });
    expect(sortedTree(served(server, 'p/'))).toEqual(sortedTree(last));
    expect(faults).toEqual([]);
  });

  test('keeps an object of its operator that has the place of a file', async () => {
    const { source, state } = await folders();
    writeTree(source, smallTree());
    const metadata = 'org/example/a/maven-metadata.xml';
    const server = await serve({ files: new Map([[`p/${metadata}`, Buffer.from('mine')]]) });
    expect(await sync(source, server.url('p'), state)).toMatchObject({ findings: [{ kind: 'occupied', key: metadata }] });
    expect(String(server.objects.get(`p/${metadata}`)?.body)).toBe('mine');
  });

  test('that fails ends the sync with its reason', async () => {
    const { source, state } = await folders();
    writeTree(source, smallTree());
    const server = await serve({
      refuse: ({ method, key }) => (method === 'PUT' && key.endsWith('.jar') ? new S3Refusal(403, 'AccessDenied', 'Access Denied') : null),
    });
    await expect(sync(source, server.url('p'), state)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'target-gone' });
    expect([...server.objects.keys()].filter((key) => key.includes('maven-metadata'))).toEqual([]);
  });

  test.for([
    ['a small object', ({ method, key }) => method === 'PUT' && key.endsWith('.jar')],
    ['a part of a large object', ({ query }) => query.has('partNumber')],
    ['a listing', ({ query }) => query.has('list-type') && query.get('prefix')?.includes('large') === true],
  ] satisfies [string, NonNullable<S3ServerOptions['ignores']>][])(
    'whose server never answers for %s is left at an abort',
    async ([, ignores]) => {
      const { source, state } = await folders();
      const tree: Tree = new Map();
      put(tree, 'g/large/1/large-1.jar', Buffer.alloc(17 * 1024 * 1024, 'x'));
      put(tree, 'g/small/1/small-1.jar', 'x');
      writeTree(source, tree);
      const abort = new AbortController();
      let isSilent = true;
      const server = await serve({
        ignores: (request) => {
          const isIgnored = isSilent && ignores(request);
          if (isIgnored) abort.abort();
          return isIgnored;
        },
      });
      await expect(sync(source, server.url('p'), state, { signal: abort.signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
      expect([...server.objects.keys()].filter((key) => key.includes('lock'))).toEqual([]);
      expect([...server.uploads]).toEqual([]);
      isSilent = false;
      expect(await sync(source, server.url('p'), state)).toMatchObject({ isComplete: true, findings: [] });
      expect(sortedTree(served(server, 'p/'))).toEqual(sortedTree(tree));
    },
  );
});

describe('the lock of a bucket', () => {
  const signal = new AbortController().signal;

  test('keeps a second machine out while the first one lives, and only then', async () => {
    const { state } = await folders();
    const server = await serve();
    const one = targetAt(server, join(state, 'one'), { lockTimes: { beatMs: 20, deadMs: 600_000 } });
    const two = targetAt(server, join(state, 'two'), { lockTimes: { beatMs: 20, deadMs: 600_000 } });
    const release = await one.lock(signal);
    await expect(two.lock(signal)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' });
    await release();
    await (
      await two.lock(signal)
    )();
    expect([...server.objects.keys()]).toEqual([]);
  });

  test('is taken over from a machine that is dead, which then notices', async () => {
    const { state } = await folders();
    const server = await serve();
    const dead = targetAt(server, join(state, 'one'), { lockTimes: quietLock });
    const releaseDead = await dead.lock(signal);
    const release = await targetAt(server, join(state, 'two'), { lockTimes: { beatMs: 600_000, deadMs: 1 } }).lock(signal);
    await releaseDead();
    expect(server.objects.has('p/.clojars-mirror/lock')).toBe(true);
    await release();
    expect([...server.objects.keys()]).toEqual([]);
  });

  test('is asked for after a long silence, and nothing is written without it', async () => {
    const { state } = await folders();
    let isCut = false;
    const server = await serve({
      refuse: ({ method, key }) => (isCut && method === 'PUT' && key.endsWith('/lock') ? new S3Refusal(503, 'SlowDown', 'Gone.') : null),
    });
    const lockTimes = { beatMs: 600_000, deadMs: 40 };
    const publish = async (target: S3Target): Promise<void> => {
      const staged = await target.stage('g/a.txt');
      await staged.write(Buffer.from('x'));
      await staged.publish().finally(() => staged.discard());
    };
    const silence = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2 * lockTimes.deadMs));
    const one = targetAt(server, join(state, 'one'), { lockTimes });
    const releaseOne = await one.lock(signal);
    await silence();
    // No other sync took it meanwhile.
    await Promise.all([publish(one), publish(one)]);
    await silence();
    const releaseTwo = await targetAt(server, join(state, 'two'), { lockTimes }).lock(signal);
    await expect(publish(one)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' });
    await expect(one.remove('g/a.txt')).rejects.toMatchObject({ reason: 'locked' });
    await releaseOne();
    await releaseTwo();

    const three = targetAt(server, join(state, 'three'), { lockTimes });
    const releaseThree = await three.lock(signal);
    isCut = true;
    await silence();
    await expect(publish(three)).rejects.toMatchObject({ reason: 'locked' });
    await releaseThree();
  });

  test('is not all that counts: another sync of the same machine takes its own lock first', async () => {
    const { state } = await folders();
    const server = await serve();
    const target = targetAt(server, state, { noLock: true });
    const unlock = await target.lock(signal);
    writeFileSync(join(target.stateFolder, 'inventory'), '');
    const staged = await target.stage('g/a.txt');
    await staged.write(Buffer.from('x'));
    takeOver(target.stateFolder);
    onTestFinished(() => void vi.restoreAllMocks());
    await expect(staged.publish()).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' });
    await expect(target.remove('g/a.txt')).rejects.toMatchObject({ reason: 'locked' });
    await staged.discard();
    await unlock();
    expect([...server.objects.keys()]).toEqual([]);
  });

  test.for(['refused', 'ignored'] as const)('must be given up in words if the server has conditions %s', async (conditions) => {
    const tree: Tree = new Map();
    release(tree, 'g', 'a', '1');
    const { source, state } = await folders();
    writeTree(source, tree);
    const server = await serve({ conditions });
    await expect(sync(source, server.url('p'), state)).rejects.toMatchObject({ code: 'ERR_CONFIG', reason: 'no-lock' });
    expect(server.objects.size).toBe(0);
    expect((await sync(source, server.url('p'), state, { noLock: true })).isComplete).toBe(true);
    expect(sortedTree(served(server, 'p/'))).toEqual(sortedTree(tree));
  });
});

test('an object that is deleted is kept out of sight for a month', async () => {
  const { state } = await folders();
  const server = await serve({ files: new Map([['p/g/a+1/x.jar', Buffer.from('x')]]) });
  const target = targetAt(server, state, { noLock: true });
  await target.retire('g/a+1/x.jar', new Date('2026-01-31T10:00:00Z'));
  await target.retire('g/none.jar', new Date('2026-01-31T10:00:00Z'));
  expect([...server.objects.keys()]).toEqual(['p/.clojars-mirror/deleted/2026-01-31/g/a+1/x.jar']);
  await target.forgetRetired(new Date('2026-03-02T09:00:00Z'));
  expect(server.objects.size).toBe(1);
  await target.forgetRetired(new Date('2026-03-03T11:00:00Z'));
  expect(server.objects.size).toBe(0);
});
