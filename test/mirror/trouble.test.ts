/** Syncs in trouble: sources and targets that fail half-way, clocks that are wrong, and names that a target cannot tell apart. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { crawl } from '../../src/app/mirror/source/crawl.js';
import { FolderSource } from '../../src/app/mirror/source/folder-source.js';
import { HttpSource } from '../../src/app/mirror/source/http-source.js';
import { Politeness } from '../../src/app/mirror/source/politeness.js';
import {
  type ListContext,
  type MirrorSource,
  type OpenOptions,
  type SourceBody,
  SourceError,
  type SourceFile,
} from '../../src/app/mirror/source/source.js';
import { MirrorSync } from '../../src/app/mirror/sync/mirror-sync.js';
import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { MirrorSyncReport, SyncMirrorOptions } from '../../src/app/mirror/sync/sync-options.js';
import { FolderTarget } from '../../src/app/mirror/target/folder-target.js';
import { Journal, parseJournalLine } from '../../src/app/mirror/target/journal.js';
import type { MirrorTarget, StagedFile } from '../../src/app/mirror/target/target.js';
import { localRepositoryError } from '../../src/base/disk/file-error.js';
import { parseTrace } from '../../src/maven/mirror-trace/trace.js';
import { TransportError } from '../../src/network/transport/contract/transport.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { startFaultServer } from '../support/fault-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { FeedSite } from './feed-site.js';
import { readServed, release, smallTree, sortedTree, type Tree, withIndexes, writeTree } from './repository-tree.js';
import { takeOver } from './take-over.js';

const dayMs = 86_400_000;

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** Shortens all waits: what is tested is not how long they are. */
function hurry(): void {
  const { setTimeout: start } = globalThis;
  vi.stubGlobal('setTimeout', (work: () => void) => start(work, 0));
}

function run(source: MirrorSource, target: MirrorTarget): Promise<MirrorSyncReport> {
  return new MirrorSync({ from: source.name, to: target.name }, source, target, new AbortController().signal).run();
}

interface Places {
  readonly tree: Tree;
  readonly source: string;
  readonly target: string;
}

async function places(tree: Tree = smallTree()): Promise<Places> {
  const root = await temporaryFolder();
  writeTree(join(root, 'source'), tree);
  return { tree, source: join(root, 'source'), target: join(root, 'target') };
}

/** Gives some files, and then nothing until it is back. */
class FleetingSource extends FolderSource {
  left = 40;

  override open(key: string, options: OpenOptions): Promise<SourceBody | null> {
    this.left -= 1;
    return this.left < 0 ? Promise.reject(new SourceError('connect ETIMEDOUT', true)) : super.open(key, options);
  }
}

test('a source that is gone half-way and back leads to the same tree', async () => {
  const { tree, source, target } = await places();
  for (let version = 0; version < 10; version += 1) release(tree, 'org.example', `more${version}`, '1');
  writeTree(source, tree);
  const fleeting = new FleetingSource(source);
  hurry();

  await expect(run(fleeting, new FolderTarget(target))).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'source-gone' });
  expect(readServed(target).size).toBeGreaterThan(0);
  expect(readServed(target).size).toBeLessThan(tree.size);
  fleeting.left = Infinity;
  expect(await run(fleeting, new FolderTarget(target))).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

/** Lists one file with another size than it has when it comes. */
class ChangingSize extends FolderSource {
  by = 0;

  override async *list(context: ListContext): AsyncGenerator<readonly SourceFile[]> {
    for await (const batch of super.list(context))
      yield batch.map((file) => (file.key.endsWith('/a-1.1.jar') ? { ...file, size: (file.size ?? 0) - this.by } : file));
  }
}

test.each([7, -7])('a release that has %d more bytes than were listed is not published', async (bytes) => {
  const { tree, source, target } = await places();
  const changing = new ChangingSize(source);
  changing.by = bytes;
  expect(await run(changing, new FolderTarget(target))).toMatchObject({ findingCounts: { failed: 1, waiting: 1 } });
  expect(readServed(target).has('org/example/a/1.1/a-1.1.jar')).toBe(false);
  changing.by = 0;
  expect(await run(changing, new FolderTarget(target))).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('a site whose folders have no end is given up', async () => {
  let asked = 0;
  const endless = crawl(
    (key) => {
      asked += 1;
      const page = `<pre id="contents">\n<a href="a/" title="a/">a/</a>    - -\n<a href="f${key.length}" title="f">f</a> 2026-01-01 00:00 1\n</pre>`;
      return Promise.resolve({ body: new Blob([page]).stream(), cancel: () => undefined });
    },
    8,
    { signal: new AbortController().signal },
  );
  const refusals: (string | undefined)[] = [];
  for await (const batch of endless) refusals.push(...batch.flatMap(({ refusal }) => refusal ?? []));
  expect(refusals).toEqual(['is too deep in the tree']);
  expect(asked).toBeLessThan(100);
});

test('a name that does not resolve any more leaves the mirror as it is', async () => {
  const { tree, source, target } = await places();
  await run(new FolderSource(source), new FolderTarget(target));
  const lastSync = readFileSync(join(target, 'lastsync'), 'utf8');
  const gone = new HttpSource({
    base: new URL('https://repo.example.org/'),
    transport: {
      get: () => Promise.reject(new TransportError('dns', 'getaddrinfo ENOTFOUND repo.example.org')),
      close: () => Promise.resolve(),
    },
    politeness: new Politeness({ connections: 8, rate: null, bandwidth: null }),
    listing: 'index',
    connections: 8,
  });
  hurry();

  await expect(run(gone, new FolderTarget(target))).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'no-listing' });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  expect(readFileSync(join(target, 'lastsync'), 'utf8')).toBe(lastSync);
});

test('withdrawn files are taken out also while the source is gone', async () => {
  const { source, target } = await places();
  await run(new FolderSource(source), new FolderTarget(target));
  const withdrawn = join(target, '..', 'withdrawn.txt');
  writeFileSync(withdrawn, 'org/example/a/1.0/\n');
  class GoneSource extends FolderSource {
    override list(): AsyncGenerator<readonly SourceFile[]> {
      throw new SourceError('connect ETIMEDOUT', true);
    }
  }
  const gone = new GoneSource(source);
  const sync = (options: Partial<SyncMirrorOptions>): Promise<MirrorSyncReport> =>
    new MirrorSync({ from: source, to: target, withdrawn, ...options }, gone, new FolderTarget(target), new AbortController().signal).run();
  const jar = 'org/example/a/1.0/a-1.0.jar';

  await expect(sync({ dryRun: true })).rejects.toThrow('connect ETIMEDOUT');
  expect(readServed(target).has(jar)).toBe(true);
  await expect(sync({})).rejects.toThrow('connect ETIMEDOUT');
  expect([...readServed(target).keys()].filter((key) => key.startsWith('org/example/a/1.0/'))).toEqual([]);
  expect(await run(new FolderSource(source), new FolderTarget(target))).toMatchObject({ isComplete: true });
  expect(readServed(target).has(jar)).toBe(true);
});

/** A target on a disk that is full after some files. */
class SmallDisk extends FolderTarget {
  left = 25;

  override async stage(key: string): Promise<StagedFile> {
    const staged = await super.stage(key);
    return {
      write: (chunk) => {
        this.left -= 1;
        return this.left < 0 ? Promise.reject(localRepositoryError(noSpace(), key)) : staged.write(chunk);
      },
      publish: (options) => staged.publish(options),
      discard: () => staged.discard(),
    };
  }
}

function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

test('a disk that is full half-way ends the sync, and the next one goes on', async () => {
  const { tree, source, target } = await places();
  const disk = new SmallDisk(target);
  await expect(run(new FolderSource(source), disk)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
  expect([...readServed(target).keys()].filter((key) => key.endsWith('maven-metadata.xml')).length).toBeLessThan(4);
  disk.left = Infinity;
  expect(await run(new FolderSource(source), disk)).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('a line of the journal that was cut short spoils no other', async () => {
  const file = join(await temporaryFolder(), 'journal');
  const record = (key: string) => ({ key, size: 1, mark: '', sha256: '0'.repeat(64), firstSeen: 1 });
  const before = new Journal(file);
  before.done(record('a'));
  before.close();
  appendFileSync(file, '>b\t1\t\t');
  const after = new Journal(file);
  after.done(record('c'));
  after.close();
  expect([...after.read()].map(({ key, change }) => [key, change.kind])).toEqual([
    ['a', 'done'],
    ['c', 'done'],
  ]);
});

test('an intention of the journal counts until another line of its key follows', async () => {
  const folder = await temporaryFolder();
  const record = (key: string, size: number) => ({ key, size, mark: '', sha256: '0'.repeat(64), firstSeen: 1 });
  const journal = new Journal(join(folder, 'journal'));
  // More than are in memory at once.
  const many = Array.from({ length: 9000 }, (_, index) => record(`many/${String(index).padStart(4, '0')}`, 1));
  journal.intend(record('b', 1));
  journal.done(record('b', 1));
  journal.intend(...many);
  journal.intend(record('a', 2), record('c', 1));
  journal.removing('c');
  journal.intend(record('b', 3));
  journal.done(record('many/0000', 1));
  journal.close();
  journal.sortInto(join(folder, 'sorted'));
  const lines = readFileSync(join(folder, 'sorted'), 'latin1').trimEnd().split('\n');
  const told = lines.map((line) => [line.split('\t')[0], parseJournalLine(line)?.kind]);
  expect(told.slice(0, 4)).toEqual([
    ['a', 'intended'],
    ['b', 'done'],
    ['b', 'intended'],
    ['c', 'removed'],
  ]);
  expect(told.slice(4, 7)).toEqual([
    ['many/0000', 'intended'],
    ['many/0000', 'done'],
    ['many/0001', 'intended'],
  ]);
  expect(lines.length).toBe(4 + 9001);
  expect(lines).toEqual(lines.toSorted());
});

test.each([-366, 366])('a clock that is wrong by %d days deletes nothing, and dates nothing', async (days) => {
  const { target } = await places();
  const tree = withIndexes(smallTree());
  const server = await startFaultServer({ files: tree });
  onTestFinished(() => server.close());
  const sync = () => syncMirror({ from: server.url, to: target, crawl: true, delete: true, client: { settings: false } });
  await sync();
  const lost = smallTree();
  lost.delete('org/example/a/1.0/a-1.0.jar.asc');
  for (const [key, page] of withIndexes(lost)) tree.set(key, page);
  await sync();
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() + days * dayMs);

  const report = await sync();

  expect(report).toMatchObject({ isComplete: true, deletions: { tombstones: 1, deleted: 0 } });
  vi.restoreAllMocks();
  const read = parseTrace(readFileSync(join(target, '.well-known/clojars-mirror.json'), 'utf8'));
  expect(read.ok && Math.abs(read.trace.finishedMs - Date.now())).toBeLessThan(dayMs);
  const tombstone = readFileSync(join(target, '.clojars-mirror/tombstones'), 'utf8').trim().split('\t').at(-1);
  expect(Math.abs(Number(tombstone) * 1000 - Date.now())).toBeLessThan(dayMs);
});

describe('a folder as source, which has no clock', () => {
  /** A mirror whose source has lost a file since; the tombstone is made. */
  async function withTombstone() {
    const { source, target } = await places();
    const sync = () => syncMirror({ from: source, to: target, delete: true });
    const own = (name: string): string => join(target, '.clojars-mirror', name);
    const since = (): number => Number(readFileSync(own('tombstones'), 'utf8').trim().split('\t').at(-1));
    await sync();
    rmSync(join(source, 'org/example/a/1.0/a-1.0.jar.asc'));
    expect((await sync()).deletions).toMatchObject({ tombstones: 1, deleted: 0 });
    return { target, sync, own, since };
  }

  /** Makes the tombstone older. */
  function age(file: string, seconds: number): void {
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/\t(\d+)\n/, (_, since) => `\t${Number(since) - seconds}\n`),
    );
  }

  test('deletes after a day', async () => {
    const { target, sync, own } = await withTombstone();
    age(own('tombstones'), 23 * 3600);
    expect((await sync()).deletions).toMatchObject({ tombstones: 1, deleted: 0 });
    age(own('tombstones'), 3600);
    expect((await sync()).deletions).toMatchObject({ tombstones: 0, deleted: 1 });
    expect(existsSync(join(target, 'org/example/a/1.0/a-1.0.jar.asc'))).toBe(false);
  });

  test.each(['', 'x', '-1', '1e3', ' 1', '99999999999999999999'])(
    'waits from now on if the time of the tombstone is damaged: "%s"',
    async (damaged) => {
      const { sync, own, since } = await withTombstone();
      const file = own('tombstones');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/\t\d+\n/, `\t${damaged}\n`));
      expect((await sync()).deletions).toMatchObject({ tombstones: 1, deleted: 0 });
      expect(Math.abs(since() * 1000 - Date.now())).toBeLessThan(dayMs);
    },
  );

  test('leaves files outside alone that a damaged inventory names', async () => {
    const { target, sync, own } = await withTombstone();
    const outside = join(target, '../outside.jar');
    writeFileSync(outside, 'mine');
    const [line = ''] = readFileSync(own('inventory'), 'utf8').split('\n');
    const damaged = line.replace(/^[^\t]*/, '../outside.jar');
    writeFileSync(own('inventory'), `${damaged}\n${readFileSync(own('inventory'), 'utf8')}`);
    writeFileSync(own('tombstones'), `../outside.jar\t1000\n${readFileSync(own('tombstones'), 'utf8')}`);
    await sync();
    expect(readFileSync(outside, 'utf8')).toBe('mine');
  });

  test.each([-366, 366])('deletes nothing early if the clock of this machine is wrong by %d days', async (days) => {
    const { sync, own, since } = await withTombstone();
    const before = since();
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + days * dayMs);

    const report = await sync();

    expect(report).toMatchObject({ isComplete: true, deletions: { tombstones: 1, deleted: 0 } });
    const behind = /^the clock of this machine is 316\d{5} s behind the last sync: /;
    expect(report.warnings.map((warning) => behind.test(warning))).toEqual(days < 0 ? [true] : []);
    expect(since()).toBe(before);
    // A clock that was set right again does not make up for anything, and holds nothing up.
    vi.restoreAllMocks();
    expect((await sync()).deletions).toMatchObject({ tombstones: 1, deleted: 0 });
    age(own('tombstones'), 24 * 3600);
    expect((await sync()).deletions).toMatchObject({ deleted: 1 });
  });

  test('lets all files wait from now on if the time of the last sync is lost', async () => {
    const { sync, own, since } = await withTombstone();
    age(own('tombstones'), 1_000_000);
    rmSync(own('clock'));
    expect((await sync()).deletions).toMatchObject({ tombstones: 1, deleted: 0 });
    expect(Math.abs(since() * 1000 - Date.now())).toBeLessThan(dayMs);
  });

  /** The same mirror, and a site with the files of its source. */
  async function withSite() {
    const { target, sync: fromFolder, own, since } = await withTombstone();
    const tree = smallTree();
    tree.delete('org/example/a/1.0/a-1.0.jar.asc');
    const server = await startFaultServer({ files: withIndexes(tree) });
    onTestFinished(() => server.close());
    const fromSite = () => syncMirror({ from: server.url, to: target, crawl: true, delete: true, client: { settings: false } });
    return { fromFolder, fromSite, own, since };
  }

  test('lets all files wait from now on if a site takes its place, and again if it is back', async () => {
    const { fromFolder, fromSite, own, since } = await withSite();
    for (const sync of [fromSite, fromFolder]) {
      // As much as the time for which the machine was off, which the one clock counts and the other does not.
      age(own('tombstones'), 1_000_000);
      expect((await sync()).deletions).toMatchObject({ tombstones: 1, deleted: 0 });
      expect(Math.abs(since() * 1000 - Date.now())).toBeLessThan(dayMs);
    }
    await fromSite();
    age(own('tombstones'), 24 * 3600);
    expect((await fromSite()).deletions).toMatchObject({ tombstones: 0, deleted: 1 });
  });

  test.each(['folder', 'site'])('takes no time of another clock for its own if the first sync from a %s fails', async (next) => {
    const { fromFolder, fromSite, own } = await withSite();
    if (next === 'folder') await fromSite();
    age(own('tombstones'), 1_000_000);
    const sync = next === 'folder' ? fromFolder : fromSite;
    mkdirSync(own('tombstones.part'));
    await expect(sync()).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
    rmSync(own('tombstones.part'), { recursive: true });
    expect((await sync()).deletions).toMatchObject({ tombstones: 1, deleted: 0 });
  });
});

test('a site that does not tell the time deletes nothing early if the clock of this machine jumps ahead', async () => {
  const { target } = await places();
  const site = await FeedSite.start(smallTree());
  onTestFinished(() => site.close());
  site.now = Number.NaN;
  const sync = () => syncMirror({ from: site.url, to: target, crawl: true, delete: true, client: { settings: false } });
  await sync();
  site.tree.delete('org/example/a/1.0/a-1.0.jar.asc');
  await sync();
  const now = Date.now.bind(Date);
  vi.spyOn(Date, 'now').mockImplementation(() => now() + 366 * dayMs);
  expect(await sync()).toMatchObject({ isComplete: true, deletions: { tombstones: 1, deleted: 0 } });
});

test('a file that is deleted is kept out of sight for a month', async () => {
  const { source } = await places();
  const target = new FolderTarget(source);
  const kept = join(source, '.clojars-mirror/deleted/2026-01-31/org/example/a/1.0/a-1.0.jar.asc');
  await target.retire('org/example/a/1.0/a-1.0.jar.asc', new Date('2026-01-31T10:00:00Z'));
  await target.forgetRetired(new Date('2026-03-02T09:00:00Z'));
  expect(existsSync(kept)).toBe(true);
  await target.forgetRetired(new Date('2026-03-03T11:00:00Z'));
  expect(existsSync(kept)).toBe(false);
});

/** A folder on a file system that does not tell upper case from lower case. */
class FoldingTarget extends FolderTarget {
  override stage(key: string): Promise<StagedFile> {
    return super.stage(fold(key));
  }

  override remove(key: string): Promise<void> {
    return super.remove(fold(key));
  }

  override read(key: string, maxBytes: number): Promise<Uint8Array | null> {
    return super.read(fold(key), maxBytes);
  }

  override sizeOf(key: string): Promise<number | null> {
    return super.sizeOf(fold(key));
  }

  override digestOf(...[key, ...rest]: Parameters<FolderTarget['digestOf']>): Promise<string | null> {
    return super.digestOf(fold(key), ...rest);
  }

  override hasFolder(folder: string): Promise<boolean> {
    return super.hasFolder(fold(folder));
  }
}

function fold(key: string): string {
  return key.startsWith('.') ? key : key.toLowerCase();
}

test('keys that differ only in case are both kept, or the second is reported', async () => {
  const twins: Tree = new Map();
  release(twins, 'g', 'lib', '1');
  release(twins, 'g', 'Lib', '1');
  const { source, target } = await places(twins);
  expect(await run(new FolderSource(source), new FolderTarget(target))).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(twins));
  rmSync(target, { recursive: true });

  let before: readonly (readonly [string, string])[] = [];
  for (const isFirst of [true, false]) {
    const report = await run(new FolderSource(source), new FoldingTarget(target));
    expect(report.isComplete).toBe(false);
    expect(report.findingCounts.occupied).toBeGreaterThan(0);
    const served = readServed(target);
    for (const [key, bytes] of served) {
      const sha1 = served.get(`${key}.sha1`);
      if (sha1 !== undefined) expect(String(sha1), key).toBe(digestOf(bytes, ['sha1']).sha1);
    }
    if (isFirst) before = sortedTree(served);
    else expect(sortedTree(served)).toEqual(before);
  }
});

/** A clock whose time passes only while someone waits. */
function createClock() {
  let time = 0;
  return {
    now: () => time,
    wait: (ms: number) => {
      time = Math.max(time, time + ms);
      return Promise.resolve();
    },
  };
}

test('--rate and --bandwidth space requests and bytes', async () => {
  const { signal } = new AbortController();
  const clock = createClock();
  const rated = new Politeness({ connections: 8, rate: 4, bandwidth: null }, clock);
  const starts: number[] = [];
  for (let count = 0; count < 9; count += 1) {
    const leave = await rated.enter(signal);
    starts.push(clock.now());
    leave();
  }
  expect(starts).toEqual([0, 250, 500, 750, 1000, 1250, 1500, 1750, 2000]);
  rated.pause(5000);
  (await rated.enter(signal))();
  expect(clock.now()).toBe(7000);

  const slow = createClock();
  const narrow = new Politeness({ connections: 8, rate: null, bandwidth: 1000 }, slow);
  for (let count = 0; count < 50; count += 1) await narrow.spend(100, signal);
  expect(slow.now()).toBe(5000);
  expect(narrow.traffic.bytes).toBe(5000);
});

test.each([
  ['publishes nothing more', 5],
  ['leaves the inventory and the journal to that one', smallTree().size],
])('a sync that was stopped for so long that another one took its lock %s', async (_, last) => {
  const root = await temporaryFolder();
  const [source, target] = [join(root, 'source'), join(root, 'target')];
  writeTree(source, smallTree());
  const published: string[] = [];
  let ofOther = '';
  const onPublished = (key: string): void => {
    if (published.push(key) === last) ofOther = takeOver(join(target, '.clojars-mirror'));
  };
  await expect(syncMirror({ from: source, to: target, onPublished })).rejects.toMatchObject({
    code: 'ERR_LOCAL_REPOSITORY',
    reason: 'locked',
  });
  expect(published).toHaveLength(last);
  expect(readServed(target).size).toBe(last);
  expect(existsSync(join(target, '.clojars-mirror', 'inventory'))).toBe(false);
  expect(readFileSync(join(target, '.clojars-mirror', 'journal'), 'latin1')).toContain(published[0]);
  expect(readFileSync(ofOther, 'utf8')).toContain('elsewhere');
});

describe('a sync that lost its lock leaves to the other one', () => {
  const state = ['inventory', 'tombstones', 'cursor', 'clock'] as const;

  /** Runs a sync that loses its lock, and compares what it keeps from one sync to the next. */
  async function loses(target: string, sync: () => Promise<unknown>): Promise<void> {
    const read = () => state.map((name) => readBytes(join(target, '.clojars-mirror', name)));
    const before = read();
    await expect(sync()).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' });
    expect(read()).toEqual(before);
  }

  function readBytes(file: string): string | null {
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  }

  test('the tombstones', async () => {
    const { source, target } = await places();
    await syncMirror({ from: source, to: target });
    rmSync(join(source, 'org/example/a/1.0/a-1.0.jar.asc'));
    const onProgress = ({ phase }: { readonly phase: string }): void =>
      void (phase === 'compare' && takeOver(join(target, '.clojars-mirror')));
    await loses(target, () => syncMirror({ from: source, to: target, onProgress }));
  });

  test('the inventory that it scanned again', async () => {
    const { source, target } = await places();
    await syncMirror({ from: source, to: target });
    rmSync(join(target, 'org/example/a/1.0/a-1.0.jar.asc'));
    const losing = new FolderTarget(target);
    const sizeOf = losing.sizeOf.bind(losing);
    losing.sizeOf = (key) => {
      losing.sizeOf = sizeOf;
      takeOver(join(target, '.clojars-mirror'));
      return sizeOf(key);
    };
    const { signal } = new AbortController();
    await loses(target, () => new MirrorSync({ from: source, to: target, rescan: true }, new FolderSource(source), losing, signal).run());
  });

  test('the cursor of increments', async () => {
    const { target } = await places();
    const site = await FeedSite.start(smallTree());
    onTestFinished(() => site.close());
    const sync = (increment = false) =>
      syncMirror({ from: site.url, to: target, crawl: true, feed: `${site.url}api/release-feed`, client: { settings: false }, increment });
    await sync();
    site.now += 60_000;
    site.fault = (path) => {
      if (path === '/api/release-feed') takeOver(join(target, '.clojars-mirror'));
      return null;
    };
    await loses(target, () => sync(true));
  });
});
