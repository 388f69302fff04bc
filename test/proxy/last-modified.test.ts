/** `Last-Modified` is the date that the mirror gives: build tools set the time of their copies to it. */
import { rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { Proxy, ProxyOptions } from '../../src/app/proxy/proxy-options.js';
import { digest, greeter, jar, metadata } from '../support/workbench.js';
import { it, type ProxyBench } from './bench.js';

const changed = 'Tue, 02 Jan 2024 03:04:05 GMT';
const earlier = 'Tue, 02 Jan 2024 03:04:04 GMT';
const later = 'Tue, 02 Jan 2024 03:04:06 GMT';
const files = greeter({ versions: ['1.0.0'] });
const minute = 60_000;

/** A server that gives all files this date. */
const dated = (bench: ProxyBench, date: string | undefined, served: ReadonlyMap<string, Buffer> = files) =>
  bench.serve(served, { headers: () => (date === undefined ? {} : { 'last-modified': date }) });

async function expectDate(bench: ProxyBench, url: string, date: string, options: ProxyOptions = {}): Promise<void> {
  const proxy = await bench.inFrontOf(url, options);
  for (const method of ['GET', 'HEAD']) {
    for (const path of [jar, `${jar}.sha1`]) {
      expect((await bench.get(proxy, `r/${path}`, {}, method)).headers['last-modified'], `${method} ${path}`).toBe(date);
    }
  }
  const rows = [
    [{ 'if-modified-since': date }, 304],
    [{ 'if-modified-since': new Date(Date.parse(date) - 1_000).toUTCString() }, 200],
    [{ 'if-unmodified-since': date }, 200],
    [{ range: 'bytes=0-0', 'if-range': date }, 206],
    [{ range: 'bytes=0-0', 'if-range': new Date(Date.parse(date) + 1_000).toUTCString() }, 200],
  ] as const;
  for (const [headers, expected] of rows) {
    const answer = await bench.get(proxy, `r/${jar}`, headers);
    expect([answer.status, answer.headers['last-modified']]).toEqual([expected, date]);
  }
  await proxy.close();
}

const arrival = (file: string): Promise<string> => stat(file).then(({ mtime }) => mtime.toUTCString());

describe('Last-Modified of a file', () => {
  it('is that of the mirror, from the first answer on, and after a restart', async ({ bench }) => {
    const server = await dated(bench, changed);
    await expectDate(bench, server.url, changed);
    await expectDate(bench, server.url, changed);
    expect(server.count(jar)).toBe(1);
    await expectDate(bench, server.url, changed, { localRepository: join(bench.folder, 'own'), useLocalRepository: true });
  });

  it('is the time at which it arrived if the mirror gives none, or a kill took the record', async ({ bench }) => {
    const silent = await dated(bench, undefined);
    const file = join(bench.folder, 'cache', 'proxy', 'r', jar);
    await (await bench.inFrontOf(silent.url)).close();
    const first = await bench.inFrontOf(silent.url);
    expect((await bench.get(first, `r/${jar}`)).headers['last-modified']).toBe(await arrival(file));
    await first.close();
    await expectDate(bench, silent.url, await arrival(file));
    await rm(join(bench.folder, 'cache', 'proxy', '.clojars-fetch', 'inventory.jsonl'));
    await expectDate(bench, silent.url, await arrival(file));
  });

  it('stays if the file is hashed again, and its age is still that of its arrival', async ({ bench }) => {
    const server = await dated(bench, changed);
    await expectDate(bench, server.url, changed);
    const file = join(bench.folder, 'cache', 'proxy', 'r', jar);
    const old = new Date(Date.now() - 10 * minute);
    await utimes(file, old, old);
    const proxy = await bench.inFrontOf(server.url);
    const { headers } = await bench.get(proxy, `r/${jar}`);
    expect(headers['last-modified']).toBe(changed);
    expect(Number(headers['age'])).toBeGreaterThanOrEqual(600);
  });

  it('is not in the future, and is never a date that is none', async ({ bench }) => {
    for (const [id, date] of [
      ['future', 'Fri, 31 Dec 9998 00:00:00 GMT'],
      ['zero', 'Thu, 01 Jan 1970 00:00:00 GMT'],
      ['text', 'yesterday'],
    ] as const) {
      const { url } = await dated(bench, date);
      const proxy = await bench.start({ repositories: [{ id, url }], lookAhead: false });
      const beganMs = Date.now();
      const { headers } = await bench.get(proxy, `${id}/${jar}`);
      const servedMs = Date.parse(headers['last-modified'] ?? '');
      expect(servedMs).toBeLessThanOrEqual(Date.now());
      expect(servedMs).toBeGreaterThanOrEqual(Math.floor(beganMs / 1_000) * 1_000);
    }
  });

  it('moves on with the next build of a snapshot, though the mirror gives that an earlier date', async ({ bench }) => {
    const path = 'org/example/lib/1.0-SNAPSHOT/lib-1.0-SNAPSHOT.jar';
    const served = new Map<string, Buffer>();
    const publish = (content: string): void => {
      served.set(path, Buffer.from(content)).set(`${path}.sha1`, Buffer.from(digest('sha1', Buffer.from(content))));
    };
    let date = changed;
    let laterMs = 0;
    const { url } = await bench.serve(served, { headers: () => ({ 'last-modified': date }) });
    const repositories = [{ id: 'r', url }];
    const proxy = await bench.start({ repositories, lookAhead: false }, { clock: () => Date.now() + laterMs });
    publish('the first build');
    expect((await bench.get(proxy, `r/${path}`)).headers['last-modified']).toBe(changed);
    publish('the second build');
    [date, laterMs] = [earlier, minute + 1];
    const since = { 'if-modified-since': changed };
    const { status, body, headers } = await bench.get(proxy, `r/${path}`, since);
    expect([status, body.toString()]).toEqual([200, 'the second build']);
    expect(headers['last-modified']).toBe(await arrival(join(bench.folder, 'cache', 'proxy', 'r', path)));
  });
});

describe('Last-Modified of metadata', () => {
  const repositoriesAt = (one: string, two: string) => [
    { id: 'one', url: one, groups: ['org.example'] },
    { id: 'two', url: two, groups: ['org.example'] },
  ];

  it('of several repositories is the newest', async ({ bench }) => {
    const [one, two] = [await dated(bench, changed), await dated(bench, later, greeter({ versions: ['2.0.0'] }))];
    const proxy = await bench.start({ repositories: repositoriesAt(one.url, two.url), lookAhead: false });
    expect((await bench.get(proxy, `one/${metadata}`)).headers['last-modified']).toBe(changed);
    const merged = await bench.get(proxy, `all/${metadata}`);
    expect([merged.status, merged.headers['last-modified']]).toEqual([200, later]);
    expect((await bench.get(proxy, `all/${metadata}`, { 'if-modified-since': later })).status).toBe(304);
    expect((await bench.get(proxy, `all/${metadata}`, { 'if-modified-since': changed })).status).toBe(200);
  });

  it('moves on if one of them changes, though the newest date stays', async ({ bench }) => {
    let laterMs = 0;
    const served = new Map(files);
    const one = await dated(bench, changed, served);
    const two = await dated(bench, later, greeter({ versions: ['2.0.0'] }));
    const options = { repositories: repositoriesAt(one.url, two.url), lookAhead: false };
    const proxy = await bench.start(options, { clock: () => Date.now() + laterMs });
    expect((await bench.get(proxy, `all/${metadata}`)).headers['last-modified']).toBe(later);
    for (const [path, content] of greeter({ versions: ['1.0.0', '1.1.0'] })) served.set(path, content);
    laterMs = 61 * minute;
    const answer = await bench.get(proxy, `all/${metadata}`, { 'if-modified-since': later });
    expect([answer.status, answer.body.toString()]).toEqual([200, expect.stringContaining('1.1.0')]);
  });

  it('moves on after a restart too, and stays if nothing has changed', async ({ bench }) => {
    const served = new Map(files);
    let date = later;
    let laterMs = 0;
    const { url } = await bench.serve(served, { headers: () => ({ 'last-modified': date }) });
    const start = () => bench.start({ repositories: [{ id: 'r', url }], lookAhead: false }, { clock: () => Date.now() + laterMs });
    const documents = ['r/.meta/prefixes.txt', `r/${metadata}`, `all/${metadata}`];
    served.set('.meta/prefixes.txt', Buffer.from('## repository-prefixes/2.0\n/org/example\n'));
    const dates = async (proxy: Proxy): Promise<unknown[]> => {
      const answers = documents.map(
        async (path) => (await bench.get(proxy, path, { 'if-modified-since': later })).headers['last-modified'],
      );
      return Promise.all(answers);
    };
    const first = await start();
    expect(await dates(first)).toEqual([later, later, later]);
    await first.close();
    for (const [path, content] of greeter({ versions: ['1.0.0', '1.1.0'] })) served.set(path, content);
    served.set('.meta/prefixes.txt', Buffer.from('## repository-prefixes/2.0\n/org/other\n'));
    [date, laterMs] = [earlier, 61 * minute];
    const second = await start();
    const changedDates = await dates(second);
    for (const changedDate of changedDates) expect(Date.parse(String(changedDate))).toBeGreaterThan(Date.parse(later));
    await second.close();
    const third = await start();
    expect(await dates(third)).toEqual(changedDates);
  });
});
