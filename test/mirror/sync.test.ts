import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { syncMirror } from '../../src/app/mirror/sync/sync-mirror.js';
import type { SyncMirrorOptions } from '../../src/app/mirror/sync/sync-options.js';
import { FolderTarget } from '../../src/app/mirror/target/folder-target.js';
import { Journal } from '../../src/app/mirror/target/journal.js';
import { parseTrace } from '../../src/maven/mirror-trace/trace.js';
import { startFaultServer } from '../support/fault-server.js';
import { listen } from '../support/listening.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { put, readServed, release, smallTree, sortedTree, type Tree, withIndexes, writeMetadata, writeTree } from './repository-tree.js';

const quiet = { client: { settings: false } } as const;

async function folders(): Promise<{ source: string; target: string }> {
  const root = await temporaryFolder();
  const source = join(root, 'source');
  await mkdir(source);
  return { source, target: join(root, 'target') };
}

function sync(from: string, to: string, options: Partial<SyncMirrorOptions> = {}): ReturnType<typeof syncMirror> {
  return syncMirror({ from, to, ...quiet, ...options });
}

async function serve(tree: Tree): ReturnType<typeof startFaultServer> {
  const server = await startFaultServer({ files: tree });
  onTestFinished(() => server.close());
  return server;
}

test('copies a folder, and does nothing the second time', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);

  const first = await sync(source, target, { operator: 'Example', contact: 'mirror@example.org', interval: 3600 });

  expect(first.findings).toEqual([]);
  expect(first.isComplete).toBe(true);
  expect(first.published.files).toBe(tree.size);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  const trace = parseTrace(readFileSync(join(target, '.well-known/clojars-mirror.json'), 'utf8'));
  expect(trace).toMatchObject({ ok: true, trace: { operator: 'Example', intervalSeconds: 3600, counts: { files: tree.size, failed: 0 } } });
  expect(Number(readFileSync(join(target, 'lastsync'), 'utf8'))).toBeGreaterThan(1_700_000_000);
  const second = await sync(source, target);
  expect(second).toMatchObject({ isComplete: true, plan: { unchanged: tree.size, missing: 0, suspect: 0 }, published: { files: 0 } });
});

test('publishes files before the metadata that names them', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);
  const order: string[] = [];
  await sync(source, target, { onPublished: (key) => order.push(key) });

  const turn = (pattern: RegExp): number[] => order.flatMap((key, index) => (pattern.test(key) ? [index] : []));
  expect(Math.max(...turn(/^hiccup\/hiccup\/[^/]+\/hiccup-[^/]+\.(jar|pom|asc)$/))).toBeLessThan(
    Math.min(...turn(/^hiccup\/hiccup\/[^/]+\/hiccup-[^/]+\.(md5|sha1)$/)),
  );
  expect(Math.max(...turn(/^hiccup\/hiccup\/[^/]+\/hiccup-/))).toBeLessThan(Math.min(...turn(/^hiccup\/.*maven-metadata/)));
  expect(Math.max(...turn(/^hiccup\/.*SNAPSHOT\/maven-metadata/))).toBeLessThan(Math.min(...turn(/^hiccup\/hiccup\/maven-metadata/)));
});

test('notices metadata of equal size that changed, and leaves a changed release alone', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);
  await sync(source, target);
  const jar = 'org/example/a/1.0/a-1.0.jar';
  const before = tree.get(jar);
  const metadata = 'org/example/a/maven-metadata.xml';
  put(tree, metadata, String(tree.get(metadata)).replace('1.1', '1.0'));
  put(tree, jar, String(before).replace('jar', 'JAR'));
  writeTree(source, tree);

  const report = await sync(source, target);

  expect(report.isComplete).toBe(false);
  expect(report.findings).toMatchObject([{ kind: 'changed', key: jar }]);
  const served = readServed(target);
  expect(served.get(jar)).toEqual(before);
  expect(served.get(metadata)).toEqual(tree.get(metadata));
  expect(served.get(`${metadata}.sha1`)).toEqual(tree.get(`${metadata}.sha1`));
});

test('lets metadata wait for a file that does not match its checksum, and publishes the rest', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  tree.set('org/example/a/1.1/a-1.1.jar', Buffer.from('forged'));
  writeTree(source, tree);

  const report = await sync(source, target);

  expect(report.findings.map(({ kind, key }) => [kind, key])).toEqual([
    ['failed', 'org/example/a/1.1/a-1.1.jar'],
    ['waiting', 'org/example/a/maven-metadata.xml'],
  ]);
  const served = readServed(target);
  expect(served.has('org/example/a/maven-metadata.xml')).toBe(false);
  expect(served.has('org/example/a/1.0/a-1.0.jar')).toBe(true);
  expect(served.has('org/example/a-b/maven-metadata.xml')).toBe(true);
});

test('either checksum file may be missing, but not both', async () => {
  const { source, target } = await folders();
  const tree: Tree = new Map();
  release(tree, 'g', 'one', '1');
  release(tree, 'g', 'two', '1');
  tree.delete('g/one/1/one-1.jar.sha1');
  for (const end of ['md5', 'sha1']) tree.delete(`g/two/1/two-1.jar.${end}`);
  writeTree(source, tree);

  const report = await sync(source, target);

  expect(readServed(target).has('g/one/1/one-1.jar')).toBe(true);
  expect(report.findings).toMatchObject([
    { kind: 'failed', key: 'g/two/1/two-1.jar', detail: 'there is no checksum to verify it with' },
    {},
  ]);
});

test('reports versions that the metadata names and the source does not have', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeMetadata(tree, 'org.example', 'a', ['9.9']);
  writeTree(source, tree);

  const report = await sync(source, target);

  expect(report.isComplete).toBe(true);
  expect(report.findings).toMatchObject([{ kind: 'upstream-dangling', key: 'org/example/a/maven-metadata.xml' }]);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('leaves a file of the operator alone, and follows no link', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);
  symlinkSync('/etc/passwd', join(source, 'org/example/a/1.0/a-1.0-link.jar'));
  await mkdir(join(target, 'org/example/a/1.0'), { recursive: true });
  writeFileSync(join(target, 'robots.txt'), 'mine');
  writeFileSync(join(target, 'org/example/a/1.0/a-1.0.jar'), 'mine');

  const report = await sync(source, target);

  expect(report.findings).toMatchObject([
    { kind: 'refused', detail: 'is a link' },
    { kind: 'occupied', key: 'org/example/a/1.0/a-1.0.jar' },
    { kind: 'waiting' },
  ]);
  expect(readFileSync(join(target, 'robots.txt'), 'utf8')).toBe('mine');
  expect(readFileSync(join(target, 'org/example/a/1.0/a-1.0.jar'), 'utf8')).toBe('mine');
});

test('copies a site by crawling its listings, with jars asked for as ranges', async () => {
  const { target } = await folders();
  const tree = smallTree();
  const server = await serve(withIndexes(tree));

  const report = await sync(server.url, target, { crawl: true, contact: 'https://mirror.example/' });

  expect(report.findings).toEqual([]);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  const jars = server.requests.filter(({ path }) => path.endsWith('.jar'));
  expect(new Set(jars.map(({ headers }) => headers.range))).toEqual(new Set(['bytes=0-']));
  expect(jars[0]?.headers['user-agent']).toMatch(/^clojars-fetch\/\S+ \(mirror sync; https:\/\/mirror\.example\/\)$/);
  const again = await sync(server.url, target, { crawl: true });
  expect(again).toMatchObject({ isComplete: true, published: { files: 0 } });
});

test.each([
  [{}, 8],
  [{ connections: 3, contact: 'mirror@example.org' }, 3],
])('asks politely: %j', async (options, most) => {
  const { target } = await folders();
  const tree = withIndexes(smallTree());
  const agents = new Set<string | undefined>();
  let [open, atOnce] = [0, 0];
  const listening = await listen(
    createServer((request, response) => {
      agents.add(request.headers['user-agent']);
      atOnce = Math.max(atOnce, (open += 1));
      response.once('close', () => (open -= 1));
      const key = decodeURIComponent((request.url ?? '').slice(1));
      const bytes = tree.get(key) ?? tree.get(`${key}index.html`);
      setTimeout(() => response.writeHead(bytes === undefined ? 404 : 200).end(bytes), 5);
    }),
  );
  onTestFinished(() => listening.close());
  expect(await sync(`http://127.0.0.1:${listening.port}/`, target, { crawl: true, ...options })).toMatchObject({ isComplete: true });
  expect(atOnce).toBeLessThanOrEqual(most);
  expect(atOnce).toBeGreaterThan(1);
  const [agent] = agents;
  expect([agents.size, agent]).toEqual([
    1,
    expect.stringContaining('contact' in options ? 'mirror sync; mirror@example.org' : 'mirror sync'),
  ]);
});

test('copies the page of each folder only if it is told to', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, withIndexes(tree));
  await sync(source, target);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  expect(await sync(source, target, { indexes: true })).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(withIndexes(tree)));
});

test.each(['with listings', 'without listings'])('copies a site by the index of its POMs, %s', async (kind) => {
  const { target } = await folders();
  const tree = smallTree();
  const served = kind === 'with listings' ? withIndexes(tree) : new Map(tree);
  const { gzipSync } = await import('node:zlib');
  const poms = [...tree.keys()].filter((key) => key.endsWith('.pom')).sort();
  put(served, 'all-poms.txt.gz', gzipSync(poms.map((key) => `./${key}\n`).join('')));
  const server = await serve(served);

  const report = await sync(server.url, target);

  expect(report.findings).toEqual([]);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
  server.clear();
  const again = await sync(server.url, target);
  expect(again).toMatchObject({ isComplete: true, published: { files: 0 } });
  expect(server.requests.filter(({ path }) => path.endsWith('.jar'))).toEqual([]);
});

test('refuses a list of POMs that was cut off', async () => {
  const { target } = await folders();
  const served = new Map(smallTree());
  const { gzipSync } = await import('node:zlib');
  const whole = gzipSync('./hiccup/hiccup/1.0.5/hiccup-1.0.5.pom\n');
  put(served, 'all-poms.txt.gz', whole);
  served.set('all-poms.txt.gz', whole.subarray(0, whole.length - 9));
  const server = await serve(served);
  await expect(sync(server.url, target)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'no-listing' });
});

test('keeps names that would escape out of the target', async () => {
  const { target } = await folders();
  const names = [
    '%2e%2e%2fescape.jar',
    '..%2fescape.jar',
    'a%5cb.jar',
    'tab%09.jar',
    '%2Fetc%2Fpasswd',
    'a%252e%252e.jar',
    `${'n'.repeat(256)}.jar`,
  ];
  const page = `<html><body>${names.map((name) => `<a href="${name}">x</a>  2026-01-01 10:00 5\n`).join('')}</body></html>`;
  const server = await serve(new Map([['index.html', Buffer.from(page)]]));

  const report = await sync(server.url, target, { crawl: true });

  expect(readServed(target).size).toBe(0);
  expect(report.published.files).toBe(0);
  expect(report.isComplete).toBe(false);
  expect(report.findingCounts.refused).toBeGreaterThan(2);
  expect(existsSync(join(target, '..', 'escape.jar'))).toBe(false);
});

test('a dry run only tells', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);
  const report = await sync(source, target, { dryRun: true });
  expect(report).toMatchObject({ dryRun: true, plan: { listed: tree.size, missing: tree.size }, published: { files: 0 } });
  expect(existsSync(target)).toBe(false);
});

test('a dry run leaves a mirror as it is, byte for byte, also beneath a running sync', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);
  await sync(source, target);
  const state = join(target, '.clojars-mirror');
  const journal = new Journal(join(state, 'journal'));
  const lost = { key: 'org/example/a/9.9/a-9.9.jar', size: 1, mark: '', sha256: '0'.repeat(64), firstSeen: 1 };
  journal.intend(lost);
  journal.close();
  rmSync(join(source, 'org/example/a/1.0/a-1.0.jar.asc'));
  release(tree, 'org.example', 'c', '1.0');
  writeTree(source, tree);
  rmSync(join(source, 'org/example/a/1.0/a-1.0.jar.asc'));
  const held = new FolderTarget(target);
  const unlock = await held.lock(new AbortController().signal);
  const before = wholeTree(target);
  const report = await sync(source, target, { dryRun: true });
  expect(report).toMatchObject({ dryRun: true, plan: { gone: 1 }, deletions: { tombstones: 1 } });
  expect(report.plan.missing).toBeGreaterThan(0);
  expect(wholeTree(target)).toEqual(before);
  await unlock();
});

/** All names below a folder, with the bytes of files and when each was last changed. */
function wholeTree(folder: string): readonly unknown[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path, statSync(path).mtimeMs, entry.isFile() ? readFileSync(path, 'latin1') : null];
    })
    .sort();
}

test('a file whose folder is listed as a file is refused', async () => {
  const { target } = await folders();
  const pages = new Map([
    ['index.html', Buffer.from('<html><a href="a">a</a> 2026-01-01 10:00 1\n<a href="a/">a/</a> - -</html>')],
    ['a/index.html', Buffer.from('<html><a href="b">b</a> 2026-01-01 10:00 1\n</html>')],
    ['a', Buffer.from('x')],
    ['a/b', Buffer.from('y')],
  ]);
  const server = await serve(pages);
  const report = await sync(server.url, target, { crawl: true });
  expect(report.findings).toMatchObject([{ kind: 'refused', key: 'a/b' }]);
  expect([...readServed(target).keys()]).toEqual(['a']);
});

test.each([
  'https://repo1.maven.org/maven2/',
  'https://REPO.maven.apache.org./maven2/',
  'https://maven-central.storage-download.googleapis.com/maven2/',
  'https://maven-central-eu.storage.googleapis.com/maven2/',
  'https://storage.googleapis.com/maven-central/maven2/',
  'rsync://repo1.maven.org/maven2/',
  's3://maven-central/maven2',
])('refuses to copy Maven Central: %s', async (from) => {
  const { target } = await folders();
  await expect(sync(from, target)).rejects.toMatchObject({ code: 'ERR_CONFIG', reason: 'maven-central' });
});

test('one sync at a time', async () => {
  const { source, target } = await folders();
  writeTree(source, smallTree());
  let second: Promise<unknown> | undefined;
  // The second may well fail while the first still works, so its error is caught at once.
  const one = await sync(source, target, {
    onPublished: () => void (second ??= sync(source, target).catch((error: unknown) => error)),
  });
  const other = await second;
  // The second waits for a moment, so that it may well have its turn.
  if (other instanceof Error) expect(other).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'locked' });
  else expect(other).toMatchObject({ isComplete: true, published: { files: 0 } });
  expect(one.isComplete).toBe(true);
});

test('ends when nothing comes any more, and goes on later', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  const server = await serve(withIndexes(tree));
  rmSync(source, { recursive: true });
  const abort = new AbortController();
  const error: unknown = await sync(server.url, target, { crawl: true, signal: abort.signal, onPublished: () => abort.abort() }).catch(
    (caught: unknown) => caught,
  );
  expect(error).toMatchObject({ code: 'ERR_ABORTED' });
  const report = await sync(server.url, target, { crawl: true });
  expect(report.isComplete).toBe(true);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('deletes nothing if too much is gone, and only files of the mirror', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  for (let version = 0; version < 20; version += 1) release(tree, 'org.example', 'many', `1.${version}`);
  writeTree(source, tree);
  await sync(source, target);
  writeFileSync(join(target, 'robots.txt'), 'mine');
  rmSync(join(source, 'org/example/many'), { recursive: true });
  await sync(source, target, { delete: true });
  const tombstones = join(target, '.clojars-mirror/tombstones');
  writeFileSync(tombstones, readFileSync(tombstones, 'utf8').replace(/\t\d+$/gm, '\t1000'));

  const old = readFileSync(tombstones, 'utf8');
  const dry = await sync(source, target, { delete: true, dryRun: true });
  expect(dry).toMatchObject({ deletions: { tombstones: 143, due: 143, deleted: 0, withheld: 0 } });
  expect(readFileSync(tombstones, 'utf8')).toBe(old);

  const report = await sync(source, target, { delete: true });

  expect(report).toMatchObject({ isComplete: false, deletions: { deleted: 0, due: 143, withheld: 143 } });
  expect(report.findings).toMatchObject([{ kind: 'not-deleted' }]);
  expect(readFileSync(join(target, 'robots.txt'), 'utf8')).toBe('mine');
});

test('withdrawn paths are taken out at once, and stay out', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);
  await sync(source, target);
  const withdrawn = join(target, '..', 'withdrawn.txt');
  writeFileSync(withdrawn, '# malware\norg/example/a/1.0/\n/hiccup/hiccup/1.0.5/hiccup-1.0.5.jar\n');

  for (const removed of [true, false]) {
    const report = await sync(source, target, { withdrawn });
    expect(report).toMatchObject({ isComplete: true, published: { files: 0 } });
    expect(existsSync(join(target, '.clojars-mirror/deleted')), String(removed)).toBe(true);
    const served = [...readServed(target).keys()];
    expect(served.filter((key) => key.startsWith('org/example/a/1.0/') || /hiccup-1.0.5.jar/.test(key))).toEqual([]);
    expect(served).toContain('hiccup/hiccup/1.0.5/hiccup-1.0.5.pom');
  }
});

test('mends a target that lost files and has damaged ones', async () => {
  const { source, target } = await folders();
  const tree = smallTree();
  writeTree(source, tree);
  await sync(source, target);
  rmSync(join(target, 'org/example/a-b'), { recursive: true });
  writeFileSync(join(target, 'org/example/a/1.0/a-1.0.pom'), String(tree.get('org/example/a/1.0/a-1.0.pom')).replace('1.0', '6.6'));
  writeFileSync(join(target, 'hiccup/hiccup/maven-metadata.xml.sha1'), 'x');

  const report = await sync(source, target, { rescan: true, verify: true });

  expect(report).toMatchObject({ isComplete: true, findings: [] });
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('takes over a mirror that another tool made, without fetching its files again', async () => {
  const { target } = await folders();
  const tree = smallTree();
  const server = await serve(withIndexes(tree));
  writeTree(target, tree);

  const report = await sync(server.url, target, { crawl: true });

  expect(report).toMatchObject({ isComplete: true, findings: [] });
  expect(server.requests.filter(({ path }) => /\.(jar|pom)$/.test(path))).toEqual([]);
});

test('asks again after 429 and 503, as the server wishes', async () => {
  const { target } = await folders();
  const tree: Tree = new Map();
  release(tree, 'g', 'a', '1');
  const server = await serve(withIndexes(tree));
  const failed = new Set<string>();
  server.setFault((path) => {
    if (!path.endsWith('.jar') && !path.endsWith('.sha1')) return null;
    if (failed.has(path)) return null;
    failed.add(path);
    return { status: path.endsWith('.jar') ? 429 : 503, retryAfter: 0 };
  });

  const report = await sync(server.url, target, { crawl: true });

  expect(report).toMatchObject({ isComplete: true, findings: [] });
  expect(failed.size).toBeGreaterThan(2);
  expect(sortedTree(readServed(target))).toEqual(sortedTree(tree));
});

test('a target that cannot be written is an error of its own', async () => {
  const { source, target } = await folders();
  writeTree(source, smallTree());
  writeFileSync(target, 'a file');
  await expect(sync(source, target)).rejects.toMatchObject({ code: 'ERR_LOCAL_REPOSITORY' });
});
