/** Lists of each kind: the origin's, from which a plan is made, and those of places, which may be hostile. */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { Sample } from '../../src/app/audit/compare/sample.js';
import type { Finding, PlanEntry, PlanHeader } from '../../src/app/audit/contract.js';
import { auditLists } from '../../src/app/audit/lists/audit-lists.js';
import { collectAll, ListingFile } from '../../src/app/audit/plan/collect-listing.js';
import { planAudit } from '../../src/app/audit/plan/plan-audit.js';
import type { PlanAuditOptions } from '../../src/app/audit/plan/plan-options.js';
import type { MirrorSource, SourceFile } from '../../src/app/mirror/source/source.js';
import { formatRecord } from '../../src/app/mirror/target/inventory-record.js';
import { FeedSite } from '../mirror/feed-site.js';
import { put, smallTree, type Tree, writeTree } from '../mirror/repository-tree.js';
import { runCliHere } from '../support/cli-here.js';
import { type S3Server, type S3ServerRequest, startS3Server, testKeyEnvironment } from '../support/s3/s3-server.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { clientOf } from './stage.js';

const hash = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest('hex');
const isSidecar = (key: string): boolean => /\.(?:md5|sha1|asc)$/.test(key);
const filesOf = (tree: Tree): readonly string[] => [...tree.keys()].filter((key) => !isSidecar(key)).sort();

let home: string;
beforeEach(async () => {
  home = await temporaryFolder();
  const noOtherKeys = { AWS_PROFILE: '', AWS_REGION: '', AWS_DEFAULT_REGION: '', AWS_EC2_METADATA_DISABLED: 'true' };
  for (const [name, value] of Object.entries({ HOME: home, ...noOtherKeys, ...testKeyEnvironment })) vi.stubEnv(name, value);
});
afterEach(() => void vi.unstubAllEnvs());

async function plan(from: string, options: Partial<PlanAuditOptions> = {}) {
  const output = join(home, 'plan.jsonl.gz');
  const { source } = await planAudit({
    output,
    from,
    origin: 'http://127.0.0.1:9/',
    places: { one: 'http://127.0.0.1:9/one/', two: 'http://127.0.0.1:9/two/' },
    seed: 1,
    client: clientOf(home),
    ...options,
  });
  const [header, ...entries] = gunzipSync(readFileSync(output))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  return { output, source, header: header as PlanHeader, entries: entries as PlanEntry[] };
}

async function bucket(files: Tree, listing?: (request: S3ServerRequest) => string | null): Promise<S3Server> {
  const server = await startS3Server({ files, listing: listing ?? (() => null), now: () => Date.UTC(2031, 0, 1) });
  onTestFinished(() => server.close());
  return server;
}

async function site(tree: Tree): Promise<FeedSite> {
  const started = await FeedSite.start(tree);
  onTestFinished(() => started.close());
  return started;
}

describe('a plan is made from', () => {
  test('an inventory, which tells all digests', async () => {
    const tree = smallTree();
    const lines = [...tree].map(([key, bytes]) =>
      formatRecord({ key, size: bytes.length, mark: `e:${hash('md5', bytes)}`, sha256: hash('sha256', bytes), firstSeen: 1_700_000_000 }),
    );
    writeFileSync(join(home, 'inventory'), `${lines.sort().join('\n')}\n`);
    const { source, entries } = await plan(join(home, 'inventory'));
    expect(source).toBe('an inventory');
    expect(entries.map(({ path }) => path)).toEqual(filesOf(tree));
    for (const { path, sha256, etag, time } of entries)
      expect([sha256, etag, time]).toEqual([hash('sha256', tree.get(path)!), hash('md5', tree.get(path)!), '2023-11-14T22:13:20Z']);
  });

  test('many files of the same time, of which no more than 1,000 count as the newest', async () => {
    const keys = Array.from({ length: 1300 }, (_, at) => `org/lib${at}/1.0/lib${at}-1.0.jar`).sort();
    const seen = (at: number): number => 1_700_000_000 + (at < 200 ? 5 : 0) - (at >= 1250 ? 5 : 0);
    const lines = keys.map((key, at) =>
      formatRecord({ key, size: 1, mark: `e:${'a'.repeat(32)}`, sha256: 'b'.repeat(64), firstSeen: seen(at) }),
    );
    writeFileSync(join(home, 'inventory'), `${lines.join('\n')}\n`);
    const { header, entries } = await plan(join(home, 'inventory'));
    const sample = new Sample(header, 1, { full: false, sharePerMillion: 0, listsOnly: false });
    expect(entries.filter((entry) => sample.has(entry)).map(({ path }) => path)).toEqual(keys.slice(0, 1000));
  });

  test('a bucket, which tells the MD5 of all files and the time', async () => {
    const tree = smallTree();
    const server = await bucket(tree);
    const { header, entries } = await plan(server.url());
    expect(header.created).toMatch(/^2031-01-01T00:0/);
    expect(entries.map(({ path }) => path)).toEqual(filesOf(tree));
    for (const { path, etag, sidecars = {} } of entries) {
      expect(etag).toBe(hash('md5', tree.get(path)!));
      for (const [suffix, sidecar] of Object.entries(sidecars)) expect(sidecar.etag).toBe(hash('md5', tree.get(`${path}.${suffix}`)!));
    }
    expect(server.requests.every(({ headers }) => headers['user-agent']?.includes('(audit)'))).toBe(true);
  });

  test('the index of Clojars, and from listings of folders', async () => {
    const tree = smallTree();
    const served: Tree = new Map(tree);
    const poms = [...tree.keys()].filter((key) => key.endsWith('.pom')).sort();
    put(served, 'all-poms.txt.gz', gzipSync(poms.map((key) => `./${key}\n`).join('')));
    const { url } = await site(served);
    const indexed = await plan(url);
    expect(indexed.entries.map(({ path }) => path)).toEqual(expect.arrayContaining(poms));
    expect(indexed.header.created).toMatch(/^2031-01-01T00:0/);
    const crawled = await plan(url, { crawl: true });
    expect(crawled.entries.map(({ path }) => path)).toEqual(filesOf(tree));
  });

  test('the release feed, with only what it names since a time', async () => {
    const origin = await site(smallTree());
    const hour = 3_600_000;
    origin.publish('3.0', origin.now - 48 * hour);
    origin.publish('3.1', origin.now - hour);
    const since = new Date(origin.now - 24 * hour).toISOString();
    const words = ['--increment', '--since', since, '--feed', `${origin.url}api/release-feed`];
    const command = ['audit', 'plan', '--origin', origin.url, '--from', origin.url, '--place', `one=${origin.url}`, '--output', 'plan.gz'];

    const planned = await runCliHere([...command, ...words], { home });

    expect(planned).toMatchObject({ code: 0, stderr: '' });
    const lines = gunzipSync(readFileSync(join(home, 'plan.gz')))
      .toString()
      .trimEnd()
      .split('\n');
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ since, files: 3 });
    const base = 'org/example/a/3.1/a-3.1';
    expect(lines.slice(1).map((line) => (JSON.parse(line) as PlanEntry).path)).toEqual([
      `${base}.jar`,
      `${base}.pom`,
      'org/example/a/maven-metadata.xml',
    ]);
  });
});

const page = (keys: readonly string[], next: string | null): string =>
  `<ListBucketResult><IsTruncated>${next !== null}</IsTruncated>${next === null ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}${keys
    .map((key) => `<Contents><Key>${key}</Key><Size>1</Size><ETag>"x"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`)
    .join('')}</ListBucketResult>`;
let pages = 0;
const hostile: Readonly<Record<string, (request: S3ServerRequest) => string>> = {
  'its token repeats': () => page([], 'again'),
  'pages without keys': () => page([], `token-${(pages += 1)}`),
  'not in the order of bytes': ({ query }) =>
    page([query.has('continuation-token') ? 'a/a' : 'b/b'], query.has('continuation-token') ? null : 'next'),
  'has the key a/a twice': () => page(['a/a', 'a/a'], null),
  'more than 8192 characters': () => page([`a/${'x'.repeat(10_000)}`], null),
  'it goes on, and does not say where': () => page(['a/a'], ''),
  'not XML': () => 'a page',
};

test.each(Object.keys(hostile))('a place whose list is hostile is unknown, and the others are audited: %s', async (problem) => {
  const tree = smallTree();
  const folder = join(home, 'origin');
  writeTree(folder, tree);
  tree.delete('hiccup/hiccup/1.0.5/hiccup-1.0.5.jar.sha1');
  writeTree(join(home, 'two'), tree);
  const { output, entries } = await plan(folder);
  const server = await bucket(new Map(), hostile[problem]);

  const { end } = await auditLists(output, {
    lists: { one: server.url(), two: join(home, 'two') },
    output: join(home, 'result'),
    client: clientOf(home),
  });

  expect(end.places).toMatchObject([
    { answered: 0, behindSeconds: null, counts: { unknown: entries.length } },
    { answered: entries.length, counts: { 'sidecar-missing': 1 } },
  ]);
  const first = JSON.parse(readFileSync(join(home, 'result'), 'utf8').split('\n')[1] ?? '') as Finding;
  expect(first.evidence[0]?.detail).toContain(problem);
});

test('a listing that never ends is bounded, though each page is right', async () => {
  mkdirSync(join(home, 'work'));
  const listing = new ListingFile(join(home, 'work', 'list'));
  let made = 0;
  const endless: Pick<MirrorSource, 'name' | 'list'> = {
    name: 's3://endless/',
    async *list() {
      for (;;) yield Promise.resolve([{ key: `a/${String((made += 1)).padStart(9, '0')}`, size: 1, mark: '' } satisfies SourceFile]);
    },
  };
  const collecting = collectAll(endless as MirrorSource, listing, 1000, new AbortController().signal);
  await expect(collecting).rejects.toThrow('s3://endless/: the listing does not end: it has more than 1000 files');
  expect(made).toBe(1001);
  listing.discard();
});
