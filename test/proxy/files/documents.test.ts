/** Documents through the proxy: asked for again with the ETag, and served from the copy in an outage. */
import { describe, expect } from 'vitest';

import { digest } from '../../support/workbench.js';
import { it } from '../bench.js';

const path = 'archetype-catalog.xml';
const catalog = Buffer.from('<archetype-catalog/>');
const minute = 60_000;

function published(content: Buffer): Map<string, Buffer> {
  return new Map([
    [path, content],
    [`${path}.sha1`, Buffer.from(digest('sha1', content))],
  ]);
}

describe('a document', () => {
  it('is fresh for a minute, and is then asked for with its ETag behind the answer', async ({ bench }) => {
    let nowMs = Date.now();
    const server = await bench.serve(published(catalog));
    const proxy = await bench.start({ repositories: [{ id: 'r', url: server.url }] }, { clock: () => nowMs });
    const status = async (): Promise<unknown> => (await bench.get(proxy, `r/${path}`)).headers['cache-status'];
    expect(await status()).toContain('fwd=miss');
    nowMs += minute - 1;
    expect(await status()).toContain('hit');
    expect(server.count(path)).toBe(1);
    nowMs += 2;
    expect(await status()).toContain('hit');
    await expect.poll(() => server.count(path)).toBe(2);
    expect(server.requests.filter((request) => request.path === path).map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      expect.stringMatching(/^"/),
    ]);
  });

  it('is stale while no mirror answers, also if it is younger than an hour', async ({ bench }) => {
    let nowMs = Date.now();
    const server = await bench.serve(published(catalog));
    const proxy = await bench.start({ repositories: [{ id: 'r', url: server.url }] }, { clock: () => nowMs });
    await bench.get(proxy, `r/${path}`);
    await server.close();
    nowMs += minute + 1;
    const described = async (): Promise<unknown[]> => {
      const { headers } = await bench.get(proxy, `r/${path}`);
      return [headers['cache-status'], headers['age']];
    };
    await expect.poll(described).toEqual([`clojars-fetch; fwd=stale; detail="${new URL(server.url).host}"`, '60']);
  });

  it('is replaced by what the repository publishes now', async ({ bench }) => {
    let nowMs = Date.now();
    const files = published(catalog);
    const server = await bench.serve(files);
    const proxy = await bench.start({ repositories: [{ id: 'r', url: server.url }] }, { clock: () => nowMs });
    await bench.get(proxy, `r/${path}`);
    const next = Buffer.from('<archetype-catalog>more</archetype-catalog>');
    for (const [name, content] of published(next)) files.set(name, content);
    nowMs += 61 * minute;
    const answer = await bench.get(proxy, `r/${path}`);
    expect(answer.body).toEqual(next);
    expect(answer.headers['cache-status']).toContain('fwd=miss');
  });

  it('is served however old if no mirror answers, after a restart too, unless a limit is set', async ({ bench }) => {
    let nowMs = Date.now();
    const server = await bench.serve(published(catalog));
    const repositories = [{ id: 'r', url: server.url }];
    const given = { repositories, patienceMs: 200 };
    // On a busy machine, a server that answers may need longer.
    const first = await bench.start({ repositories }, { clock: () => nowMs });
    await bench.get(first, `r/${path}`);
    await first.close();
    await server.close();
    nowMs += 7 * 24 * 60 * minute;
    const second = await bench.start(given, { clock: () => nowMs });
    const answer = await bench.get(second, `r/${path}`);
    expect(answer.body).toEqual(catalog);
    expect(answer.headers['cache-status']).toContain('fwd=stale');
    expect(Number(answer.headers['age'])).toBeGreaterThan(600_000);
    await second.close();
    const limited = await bench.start({ ...given, maxStaleMs: minute }, { clock: () => nowMs });
    expect((await bench.get(limited, `r/${path}`)).status).toBe(503);
  });

  it('is the union for all repositories together, if each has one, and says how fresh it is', async ({ bench }) => {
    let nowMs = Date.now();
    const prefixes = (...lines: string[]): Buffer => Buffer.from(['## repository-prefixes/2.0', ...lines, ''].join('\n'));
    const name = '.meta/prefixes.txt';
    const [one, other] = [new Map([[name, prefixes('/org/one')]]), new Map([[name, prefixes('/org/other')]])];
    const servers = [await bench.serve(one), await bench.serve(other)] as const;
    const repositories = [
      { id: 'one', url: servers[0].url, groups: ['org.one'] },
      { id: 'other', url: servers[1].url, groups: ['org.other'] },
    ];
    const proxy = await bench.start({ repositories }, { clock: () => nowMs });
    const answer = await bench.get(proxy, `all/${name}`);
    expect(answer.body).toEqual(prefixes('/org/one', '/org/other'));
    expect(answer.headers['cache-status']).toContain('fwd=miss');
    await servers[1].close();
    nowMs += 61 * minute;
    const stale = await bench.get(proxy, `all/${name}`);
    expect(stale.body).toEqual(answer.body);
    expect(stale.headers['cache-status']).toContain('fwd=stale');
    expect(stale.headers['age']).toBe('3660');
    one.clear();
    nowMs += 61 * minute;
    expect((await bench.get(proxy, `all/${name}`)).status).toBe(404);
  });
});
