import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect } from 'vitest';

import { lastSyncPath, tracePath } from '../../src/maven/mirror-trace/trace.js';
import { errorOf } from '../support/workbench.js';
import { pathOf } from '../support/world.js';
import { hour, it, kinds, releasedMs, removeVersion } from './stage.js';

it('a mirror that has everything is good, and is asked politely', async ({ bench }) => {
  const canonical = await bench.canonical();
  const mirror = await bench.serve(bench.mirrorFiles());
  const { mirrors, samples, seed } = await bench.check(canonical, [mirror]);
  const found = mirrors.find(({ url }) => url === mirror.url)!;
  expect(kinds(found)).toEqual([]);
  expect(found).toMatchObject({
    repository: 'clojars',
    verdict: 'good',
    newest: { asked: 20, right: 20, missing: 0, wrong: 0, unknown: 0 },
    old: { asked: 20, right: 20 },
    checksums: { compared: 40, agreeing: 40 },
    metadata: { dangling: [], upstreamDangling: [], outdated: [] },
    trace: { operator: 'example', intervalSeconds: 3600 },
    ipv4: { status: 'ok', address: '127.0.0.1' },
    ipv6: { status: 'none' },
    certificate: null,
  });
  expect(found.hoursBehind).toBeCloseTo(0.5, 1);
  expect(found.goodChecks).toBe(found.checks);
  expect(found.score).toBeGreaterThanOrEqual(0.5);
  expect(found.latency!.requests).toBe(mirror.count());
  expect(mirror.count()).toBeLessThan(139);
  expect(mirror.count(/\.jar$/)).toBe(10);
  expect(canonical.count(/\.jar$/)).toBe(0);
  // The newest first, and old releases that are not among them.
  expect(samples[0]!.newest.map(({ coordinate }) => coordinate).slice(0, 2)).toEqual(['g:lib0:2.0', 'g:lib1:2.0']);
  const newest = new Set(samples[0]!.newest.map(({ coordinate }) => coordinate));
  expect(samples[0]!.old.filter(({ coordinate }) => newest.has(coordinate))).toEqual([]);
  expect(seed).toBe(7);
});

it('staleness is judged by the trace and by the releases, and completeness by old releases and jars', async ({ bench }) => {
  const canonical = await bench.canonical();
  const [stopped, noJar, noOld] = [bench.mirrorFiles(), bench.mirrorFiles(), bench.mirrorFiles()];
  for (let index = 0; index < 5; index += 1) removeVersion(stopped, `lib${index}`, '2.0');
  noJar.delete(pathOf('lib0', '2.0'));
  for (let index = 0; index < 25; index += 1) removeVersion(noOld, `lib${index}`, '1.0');
  const all = [stopped, bench.mirrorFiles(50), bench.mirrorFiles(11, 12 * 3600), noJar, noOld];
  const servers = await Promise.all(all.map((files) => bench.serve(files)));
  const { mirrors } = await bench.check(canonical, servers);
  const of = (index: number) => mirrors.find(({ url }) => url === servers[index]!.url)!;

  // Its trace is new, but it lacks what came hours ago.
  expect(of(0).newest).toMatchObject({ missing: 5, right: 15 });
  expect(of(0).hoursBehind).toBeCloseTo((Date.now() - releasedMs(4)) / hour, 1);
  expect(kinds(of(0))).toContain('stale');
  // Its trace is old, although it lacks nothing.
  expect(of(1)).toMatchObject({ verdict: 'stale', newest: { right: 20 } });
  expect(of(1).hoursBehind).toBeCloseTo(50, 1);
  // A mirror may be behind by its own interval.
  expect(of(2)).toMatchObject({ verdict: 'good' });
  expect(of(3).newest).toMatchObject({ missing: 1, bad: ['g:lib0:2.0'] });
  // Fresh where everybody looks.
  expect(of(4)).toMatchObject({ verdict: 'faulty', newest: { right: 20 } });
  expect(of(4).old.missing).toBeGreaterThan(10);
  expect(kinds(of(4))).toEqual(['missing', 'dangling-metadata']);
  expect(of(4).goodChecks).toBeLessThan(of(4).checks);
  // The best come first.
  expect(mirrors.slice(0, 2).map(({ url }) => url)).toContain(canonical.url);
  expect(mirrors.at(-1)!.verdict).toBe('faulty');
});

it('other bytes and dangling metadata are found, and told from what the canonical operator lacks itself', async ({ bench }) => {
  const [liar, dangling] = [bench.mirrorFiles(), bench.mirrorFiles()];
  liar.set(pathOf('lib3', '2.0', 'pom'), Buffer.from('<project/>'));
  const other = pathOf('lib4', '2.0', 'pom');
  liar.set(other, Buffer.from('<project/>'));
  liar.set(`${other}.sha1`, Buffer.from(createHash('sha1').update('<project/>').digest('hex')));
  removeVersion(dangling, 'lib2', '2.0');
  removeVersion(dangling, 'lib5', '1.0');
  removeVersion(bench.canonicalFiles, 'lib5', '1.0');
  const canonical = await bench.canonical();
  const servers = [await bench.serve(liar), await bench.serve(dangling)];
  const { mirrors } = await bench.check(canonical, servers);
  const of = (index: number) => mirrors.find(({ url }) => url === servers[index]!.url)!;
  expect(of(0)).toMatchObject({ verdict: 'faulty', newest: { wrong: 2, bad: ['g:lib3:2.0', 'g:lib4:2.0'] } });
  expect(kinds(of(0))).toEqual(['wrong-file', 'wrong-checksum']);
  expect(of(1).metadata).toMatchObject({ dangling: ['g:lib2:2.0'], upstreamDangling: ['g:lib5:1.0'] });
  expect(kinds(of(1))).toContain('dangling-metadata');
});

it('a mirror that is down, and a repository whose canonical operator is, are told apart', async ({ bench }) => {
  const canonical = await bench.canonical();
  const down = await bench.serve(new Map(), { fault: 'refuse' });
  const { mirrors } = await bench.check(canonical, [down]);
  expect(mirrors.map(({ url, verdict }) => [url, verdict])).toEqual([
    [canonical.url, 'good'],
    [down.url, 'unreachable'],
  ]);
  expect(mirrors[1]).toMatchObject({ score: null, latency: null, hoursBehind: null });

  const mirror = await bench.serve(bench.mirrorFiles());
  canonical.setFault({ status: 500 });
  const result = await bench.check(canonical, [mirror]);
  const found = result.mirrors.find(({ url }) => url === mirror.url)!;
  // Without anything to compare with, its own word is all there is.
  expect(found).toMatchObject({ verdict: 'good', checksums: { compared: 0 } });
  expect(found.hoursBehind).toBeCloseTo(0.5, 1);
  expect(result.warnings.join()).toContain('no old releases were drawn');
});

it('lies and nonsense from a mirror are reported, not believed', async ({ bench }) => {
  const canonical = await bench.canonical();
  const future = bench.mirrorFiles(-48);
  const html = bench.mirrorFiles();
  const wrongTypes = bench.mirrorFiles();
  wrongTypes.set(tracePath, Buffer.from('{"source":["x"],"finished":1}'));
  wrongTypes.set(lastSyncPath, Buffer.from('now'));
  const huge = bench.mirrorFiles();
  huge.set(tracePath, Buffer.alloc(1 << 20, ' '));
  const servers = await Promise.all([
    bench.serve(future),
    bench.serve(html, { fault: 'html' }),
    bench.serve(wrongTypes),
    bench.serve(huge),
    bench.serve(bench.mirrorFiles(), { fault: { fault: 'endless', match: /clojars-mirror\.json$/ } }),
    bench.serve(new Map(), { fault: { redirect: canonical.url } }),
  ]);
  const { mirrors } = await bench.check(canonical, servers);
  const of = (index: number) => mirrors.find(({ url }) => url === servers[index]!.url)!;
  expect(kinds(of(0))).toEqual(['trace', 'trace']);
  expect(of(0).hoursBehind).toBe(0);
  expect(kinds(of(1))).toEqual(expect.arrayContaining(['trace', 'wrong-file', 'unreadable-metadata', 'soft-404']));
  expect(of(1).newest.right).toBe(0);
  expect(
    of(2)
      .problems.map(({ detail }) => detail)
      .filter((detail) => /cannot be read/.test(detail)),
  ).toEqual(['its trace cannot be read: source is not a text', 'lastsync cannot be read: not a number of seconds']);
  for (const index of [3, 4])
    expect(
      of(index)
        .problems.map(({ detail }) => detail)
        .join(),
    ).toContain('larger than 65536 bytes');
  // It has nothing of its own: when the canonical operator is down, so is it.
  expect(of(5)).toMatchObject({ verdict: 'faulty', score: null });
  expect(kinds(of(5))).toEqual(['elsewhere']);
  expect(of(5).problems[0]!.detail).toContain(canonical.url);
});

it('a mirror that asks for peace is not asked again', async ({ bench }) => {
  const canonical = await bench.canonical();
  const mirror = await bench.serve(bench.mirrorFiles(), { fault: (_, index) => (index < 10 ? null : { status: 429, retryAfter: 60 }) });
  const found = (await bench.check(canonical, [mirror])).mirrors.find(({ url }) => url === mirror.url)!;
  expect(mirror.count()).toBeLessThanOrEqual(14);
  expect(kinds(found)).toContain('failed-requests');
});

it('feeds that loop, lie in the future or name strange things, and an index that was cut off, do no harm', async ({ bench }) => {
  const now = new Date().toISOString();
  const strange = { group_id: '../..', artifact_id: 'x', version: '1', released_at: now };
  const future = { group_id: 'g', artifact_id: 'lib0', version: '1.0', released_at: '2099-01-01T00:00:00.000Z' };
  let pages = 0;
  bench.feedPage = () => {
    pages += 1;
    return JSON.stringify({ next_from: `2099-01-01T00:00:0${pages}.000Z`, releases: [strange, future, ...bench.releases] });
  };
  const canonical = await bench.canonical();
  const index = bench.canonicalFiles.get('all-poms.txt.gz')!;
  bench.canonicalFiles.set('all-poms.txt.gz', index.subarray(0, index.length - 20));
  const { samples, warnings } = await bench.check(canonical, []);
  expect(pages).toBeLessThanOrEqual(8);
  expect(samples[0]!.newest).toHaveLength(20);
  expect(samples[0]!.newest[0]!.coordinate).toBe('g:lib0:2.0');
  expect(samples[0]!.old).toEqual([]);
  expect(warnings.join()).toContain('all-poms.txt.gz does not match its checksum');
});

it('a history keeps 30 days, counts for the score, and is never replaced if it is damaged', async ({ bench }) => {
  const canonical = await bench.canonical();
  const mirror = await bench.serve(bench.mirrorFiles(0.5));
  const history = join(bench.folder, 'history.json');
  const past = (daysAgo: number, verdict: string) => ({
    at: new Date(Date.now() - daysAgo * 24 * hour).toISOString(),
    verdict,
    hoursBehind: 9.5,
    requests: 10,
    meanMs: 1000,
    deviationMs: 0,
    goodChecks: 0,
    checks: 100,
  });
  await writeFile(
    history,
    JSON.stringify({ schemaVersion: 1, mirrors: { [mirror.url]: [past(31, 'good'), past(2, 'stale'), past(1, 'unreachable')] } }),
  );
  const { mirrors } = await bench.check(canonical, [mirror], { history });
  const found = mirrors.find(({ url }) => url === mirror.url)!;
  expect(found.history).toEqual({ checks: 3, days: `${'-'.repeat(27)}sug` });
  // (mean of 9.5, 9.5 and 0.5 hours + latency) / a bit more than a third of the checks
  expect(found.score).toBeGreaterThan(6.5 / 0.45);
  const kept = JSON.parse(await readFile(history, 'utf8')) as { mirrors: Record<string, unknown[]> };
  expect(Object.keys(kept.mirrors).sort()).toEqual([canonical.url, mirror.url].sort());
  expect(kept.mirrors[mirror.url]).toHaveLength(3);

  const before = mirror.count();
  await writeFile(history, '{"schemaVersion":1,"mirrors":{"x":[{"at":"soon"}]}}');
  expect(await errorOf(bench.check(canonical, [mirror], { history }))).toMatchObject({
    code: 'ERR_LOCAL_REPOSITORY',
    reason: 'corrupt',
    message: `${history}: is not a history of checks`,
  });
  expect(await readFile(history, 'utf8')).toContain('soon');
  expect(mirror.count()).toBe(before);
});

it('ends at once when it is aborted, and asks nothing offline', async ({ bench }) => {
  const canonical = await bench.canonical();
  const mirror = await bench.serve(bench.mirrorFiles(), { fault: 'hang' });
  const abort = new AbortController();
  const checking = bench.check(canonical, [mirror], { signal: abort.signal, firstByteTimeoutMs: 50_000 });
  await expect.poll(() => mirror.count()).toBeGreaterThan(0);
  abort.abort();
  expect(await errorOf(checking)).toMatchObject({ code: 'ERR_ABORTED' });
  expect(await errorOf(bench.check(canonical, [mirror], { offline: true }))).toMatchObject({ code: 'ERR_OFFLINE' });
});
