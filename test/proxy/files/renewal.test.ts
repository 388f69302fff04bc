/** Snapshots without a timestamp: later builds have the same name. */
import { describe, expect } from 'vitest';

import type { ProxyTuning } from '../../../src/app/proxy/create-proxy.js';
import type { Proxy } from '../../../src/app/proxy/proxy-options.js';
import { digest } from '../../support/workbench.js';
import { it, type ProxyBench } from '../bench.js';

const path = 'org/example/lib/1.0-SNAPSHOT/lib-1.0-SNAPSHOT.jar';
const minute = 60_000;
const [first, second] = [Buffer.from('the first build'), Buffer.from('the second build')];

function published(content: Buffer): Map<string, Buffer> {
  return new Map([
    [path, content],
    [`${path}.sha1`, Buffer.from(digest('sha1', content))],
  ]);
}

const inFrontOf = (bench: ProxyBench, url: string, tuning: ProxyTuning) =>
  bench.start({ repositories: [{ id: 'r', url }], lookAhead: false, patienceMs: 3_000 }, tuning);

async function expectStale(bench: ProxyBench, proxy: Proxy, leastAge: number): Promise<void> {
  for (const name of [path, path, `${path}.sha1`]) {
    const { body, headers } = await bench.get(proxy, `r/${name}`);
    expect(body.toString()).toBe(name === path ? first.toString() : digest('sha1', first));
    expect(headers['cache-status']).toBe('clojars-fetch; fwd=stale');
    expect(Number(headers['age'])).toBeGreaterThanOrEqual(leastAge);
  }
}

describe('a snapshot without a timestamp', () => {
  it('is asked for again after a minute, with its ETag, and replaced by the next build', async ({ bench }) => {
    let nowMs = Date.now();
    const files = published(first);
    const server = await bench.serve(files);
    const proxy = await inFrontOf(bench, server.url, { clock: () => nowMs });
    const body = async (): Promise<string> => (await bench.get(proxy, `r/${path}`)).body.toString();
    expect([await body(), await body()]).toEqual([first.toString(), first.toString()]);
    expect(server.count(path)).toBe(1);
    nowMs += minute + 1;
    expect(await body()).toBe(first.toString());
    const conditions = server.requests.filter((request) => request.path === path).map(({ headers }) => headers['if-none-match']);
    expect(conditions).toEqual([undefined, expect.stringMatching(/^"/)]);
    for (const [name, content] of published(second)) files.set(name, content);
    expect(await body()).toBe(first.toString());
    nowMs += minute + 1;
    expect(await body()).toBe(second.toString());
    expect((await bench.get(proxy, `r/${path}.sha1`)).body.toString()).toBe(digest('sha1', second));
  });

  it('is as old as its last confirmation, and not as its arrival', async ({ bench }) => {
    let laterMs = 0;
    const server = await bench.serve(published(first));
    const options = { repositories: [{ id: 'r', url: server.url }], lookAhead: false, maxStaleMs: 30 * minute, patienceMs: 500 };
    const proxy = await bench.start(options, { clock: () => Date.now() + laterMs });
    await bench.get(proxy, `r/${path}`);
    laterMs += 60 * minute;
    // Several times: confirmed by the mirror, from the disk, and from memory.
    for (const status of ['fwd=stale; fwd-status=304', 'hit', 'hit']) {
      const { headers } = await bench.get(proxy, `r/${path}`);
      expect([headers['cache-status'], Number(headers['age']) < 60]).toEqual([`clojars-fetch; ${status}`, true]);
    }
    expect(bench.answered.map(({ cache, mirror }) => [cache, mirror])).toEqual([
      ['miss', server.url],
      ['hit', null],
      ['hit', null],
      ['hit', null],
    ]);
    expect(server.requests.filter((request) => request.path === path)).toHaveLength(2);
    await server.close();
    laterMs += 20 * minute;
    const { status, headers } = await bench.get(proxy, `r/${path}`);
    expect([status, headers['cache-status']]).toEqual([200, 'clojars-fetch; fwd=stale']);
    expect(Math.abs(Number(headers['age']) - 20 * 60)).toBeLessThan(60);
    laterMs += 11 * minute;
    expect((await bench.get(proxy, `r/${path}`)).status).toBe(503);
  });

  it('is served as it is while no mirror answers, after a restart too, with its age', async ({ bench }) => {
    let laterMs = 0;
    const server = await bench.serve(published(first));
    const proxy = await inFrontOf(bench, server.url, { clock: () => Date.now() + laterMs });
    await bench.get(proxy, `r/${path}`);
    await server.close();
    laterMs += minute + 1;
    await expectStale(bench, proxy, 60);
    await proxy.close();
    const next = await inFrontOf(bench, server.url, { clock: () => Date.now() + laterMs });
    await expectStale(bench, next, 60);
    laterMs += 60 * minute;
    await expectStale(bench, next, 3_600);
    await next.close();
    const limited = await bench.start(
      { repositories: [{ id: 'r', url: server.url }], lookAhead: false, maxStaleMs: 10 * minute, patienceMs: 500 },
      { clock: () => Date.now() + laterMs },
    );
    expect((await bench.get(limited, `r/${path}`)).status).toBe(503);
  });

  it('is asked for once after a restart, and refused if its checksum is wrong', async ({ bench }) => {
    const files = published(first);
    const server = await bench.serve(files);
    await (await inFrontOf(bench, server.url, {})).close();
    const one = await inFrontOf(bench, server.url, {});
    await bench.get(one, `r/${path}`);
    await one.close();
    files.set(path, second);
    const next = await inFrontOf(bench, server.url, {});
    expect((await bench.get(next, `r/${path}`)).status).toBe(502);
    files.set(`${path}.sha1`, Buffer.from(digest('sha1', second)));
    expect((await bench.get(next, `r/${path}`)).body).toEqual(second);
  });

  it('is 404 once the repository no longer has it', async ({ bench }) => {
    let nowMs = Date.now();
    const files = published(first);
    const server = await bench.serve(files);
    const proxy = await inFrontOf(bench, server.url, { clock: () => nowMs });
    await bench.get(proxy, `r/${path}`);
    files.clear();
    nowMs += minute + 1;
    expect((await bench.get(proxy, `r/${path}`)).status).toBe(404);
  });
});
