/** Attacks on the proxy by mirrors, by publishers of POMs, and by what is in its own folders. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { crc32 } from '../../src/base/disk/crc32.js';
import { formatLockfile } from '../../src/local/lockfile/format.js';
import { emptyLockfile } from '../../src/local/lockfile/lockfile.js';
import { it } from '../proxy/bench.js';
import { contentOf, digest, greeter, jar, metadata, pom } from '../support/workbench.js';

const files = greeter();
const mebibyte = 1024 * 1024;
const big = 'org/example/big/1.0/big-1.0.jar';
const content = Buffer.alloc(9 * mebibyte, 'a large file, ');
const bigFiles = new Map([
  [big, content],
  [`${big}.sha1`, Buffer.from(digest('sha1', content))],
]);

/** Serves all but the last bytes of the large file, then a byte now and then for as long as the connection lasts. */
function holdTail(request: IncomingMessage, response: ServerResponse): void {
  const path = request.url?.slice(1) ?? '';
  const body = bigFiles.get(path);
  if (body === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { 'content-length': body.length });
  if (path !== big) return void response.end(body);
  let sent = body.length - 1_000;
  response.write(body.subarray(0, sent));
  const timer = setInterval(() => response.write(body.subarray(sent, ++sent)), 100);
  response.on('close', () => clearInterval(timer));
}

describe('a mirror that holds back the end of a file', () => {
  const quick = { stall: { minBytesPerSecond: 1024, windowMs: 500 } };

  it('costs the time of the stall rule: another mirror gives the end', async ({ bench }) => {
    const holding = await bench.http(holdTail);
    const sound = await bench.serve(bigFiles);
    const mirrors = [{ url: sound.url, trusted: true }];
    const proxy = await bench.start({ repositories: [{ id: 'r', url: holding.url, mirrors }], lookAhead: false }, quick);
    const { status, body, isCut } = await bench.get(proxy, `r/${big}`);
    expect([status, isCut, body.equals(content)]).toEqual([200, false, true]);
    expect(sound.count(big)).toBeGreaterThan(0);
  });

  it('alone ends the answer, short of its end', async ({ bench }) => {
    const holding = await bench.http(holdTail);
    const repositories = [{ id: 'r', url: holding.url }];
    const proxy = await bench.start({ repositories, lookAhead: false, patienceMs: 2_000 }, quick);
    const { body, isCut } = await bench.get(proxy, `r/${big}`);
    expect(isCut).toBe(true);
    expect(body.length).toBeLessThanOrEqual(content.length - 65_536);
    expect(existsSync(join(bench.folder, 'cache', 'proxy', 'r', big))).toBe(false);
  });
});

describe('a mirror cannot make the proxy ask another server', () => {
  it.for([
    ['by a redirect to the metadata service of a cloud', 'http://169.254.169.254/latest/meta-data/iam/'],
    ['by a redirect to its name', 'http://metadata.google.internal/computeMetadata/v1/'],
    ['by a redirect to a file', 'file:///etc/passwd'],
    ['by a redirect to another protocol', 'gopher://127.0.0.1:6379/_FLUSHALL'],
  ] as const)('%s', async ([, redirect], { bench }) => {
    const server = await bench.serve(files, { fault: { redirect } });
    const proxy = await bench.inFrontOf(server.url, { patienceMs: 1_000 });
    const paths = [jar, metadata, `${pom}.asc`, 'archetype-catalog.xml'];
    for (const { status, body } of await Promise.all(paths.map((path) => bench.get(proxy, `r/${path}`)))) {
      expect(status).toBe(503);
      const { attempts } = JSON.parse(body.toString()) as { attempts: readonly { outcome: string }[] };
      expect(attempts.map(({ outcome }) => outcome)).toContain('redirect');
    }
  });

  it('and a coordinate that looks like an address is a folder', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    for (const path of ['169.254.169.254/latest/1/latest-1.jar', 'r/169/254/169.254/169.254-1.jar', '/169.254.169.254/latest/meta-data/']) {
      expect((await bench.get(proxy, `r/${path}`)).status).toBeGreaterThanOrEqual(400);
    }
    for (const { path } of server.requests) expect(path).toMatch(/^169|^r\//);
  });

  it('by versions in metadata or names in a POM', async ({ bench }) => {
    const hostile = new Map(files);
    const evil = 'http://169.254.169.254/x';
    const listing = contentOf(files, metadata).toString().replaceAll('1.1.0', evil);
    hostile.set(metadata, Buffer.from(listing)).set(`${metadata}.sha1`, Buffer.from(digest('sha1', Buffer.from(listing))));
    const model = `<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>greeter</artifactId><version>1.0.0</version>
      <parent><groupId>../../..</groupId><artifactId>${evil}</artifactId><version>1</version></parent>
      <repositories><repository><id>evil</id><url>${evil}</url></repository></repositories>
      <dependencies><dependency><groupId>org.example</groupId><artifactId>${evil}</artifactId><version>1</version></dependency>
      <dependency><groupId>org.example</groupId><artifactId>b</artifactId><version>../../../x</version></dependency></dependencies></project>`;
    hostile.set(pom, Buffer.from(model)).set(`${pom}.sha1`, Buffer.from(digest('sha1', Buffer.from(model))));
    const server = await bench.serve(hostile);
    const proxy = await bench.start({ repositories: [{ id: 'r', url: server.url }] });
    expect((await bench.get(proxy, `r/${metadata}`)).body.toString()).not.toContain('169.254');
    expect((await bench.get(proxy, `r/${pom}`)).status).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const { path } of server.requests) expect(path).toMatch(/^org\/example\/greeter\//);
  });
});

describe('a reload', () => {
  it('with a lockfile that does not parse leaves the old one in effect', async ({ bench }) => {
    const server = await bench.serve(files);
    const lockfile = join(bench.folder, 'clojars-fetch.lock');
    writeFileSync(lockfile, formatLockfile(emptyLockfile));
    const options = { ...bench.ownFolders(), repositories: [{ id: 'r', url: server.url }], lockfile, frozen: true, lookAhead: false };
    const proxy = await bench.start(options);
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(502);
    for (const text of ['', '{', 'not a lockfile', '\u0000'.repeat(1_000), formatLockfile(emptyLockfile).slice(0, 20)]) {
      writeFileSync(lockfile, text);
      await expect(proxy.reload()).rejects.toMatchObject({ code: 'ERR_LOCKFILE' });
      expect((await bench.get(proxy, `r/${jar}`)).phrase).toContain('not in the lockfile');
    }
    await proxy.reload({ ...options, lockfile: undefined, frozen: false });
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
  });

  it('with another repository under the same id is refused, and the old one stays', async ({ bench }) => {
    const [one, other] = [await bench.serve(files), await bench.serve(files)];
    const proxy = await bench.inFrontOf(one.url);
    await expect(proxy.reload({ ...bench.ownFolders(), repositories: [{ id: 'r', url: other.url }] })).rejects.toMatchObject({
      code: 'ERR_CONFIG',
    });
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
    expect(other.requests).toEqual([]);
  });
});

describe('repositories as one', () => {
  it('are 409 without bindings, with the two ways out', async ({ bench }) => {
    const [one, other] = [await bench.serve(files), await bench.serve(files)];
    const repositories = [
      { id: 'one', url: one.url },
      { id: 'other', url: other.url },
    ];
    const proxy = await bench.start({ repositories });
    for (const path of [jar, metadata, 'archetype-catalog.xml', '']) {
      const { status, body } = await bench.get(proxy, `all/${path}`);
      expect(status).toBe(409);
      expect(JSON.parse(body.toString())).toMatchObject({
        reason: 'not-bound',
        hint: expect.stringMatching(/--repo-for GROUP=one.*\/one\//) as string,
      });
    }
    expect([...one.requests, ...other.requests]).toEqual([]);
    const bound = await bench.start({ repositories, repoFor: { 'org.example': 'other', 'org.other': 'one' } });
    expect((await bench.get(bound, `all/${jar}`)).status).toBe(200);
    expect(one.requests).toEqual([]);
  });
});

describe('a damaged inventory', () => {
  type Line = readonly [key: string, value: unknown];

  /** Writes lines as the proxy does, with their checksums, as an attacker who can write the file would. */
  const format = (lines: readonly Line[]): Buffer =>
    Buffer.from(
      lines
        .map((line) => JSON.stringify(line))
        .map((json) => `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`)
        .join(''),
    );
  const parse = (inventory: Buffer): readonly (readonly [string, object])[] =>
    inventory
      .toString()
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line.slice(9)) as [string, object]);
  /** Changes all records alike. */
  const withFields = (fields: object) => (inventory: Buffer) =>
    format(parse(inventory).map(([key, value]) => [key, { ...value, ...fields }]));
  const withKeys = (rename: (key: string) => string) => (inventory: Buffer) =>
    Buffer.concat([inventory, format(parse(inventory).map(([key, value]) => [rename(key), value]))]);

  it.for([
    ['is empty', () => Buffer.alloc(0)],
    ['is cut off in its last line', (inventory: Buffer) => inventory.subarray(0, inventory.length - 20)],
    ['is cut off in its first line', (inventory: Buffer) => inventory.subarray(0, 10)],
    ['has garbage before', (inventory: Buffer) => Buffer.concat([Buffer.from('\u0000\u00ff garbage {{{\n'), inventory])],
    ['has garbage in the middle', (inventory: Buffer) => Buffer.concat([inventory.subarray(0, 100), Buffer.alloc(500, 0xfe), inventory])],
    ['has a line without end', (inventory: Buffer) => Buffer.concat([inventory, Buffer.alloc(mebibyte, 'x')])],
    ['has its lines twice', (inventory: Buffer) => Buffer.concat([inventory, inventory])],
    ['is of another version', (inventory: Buffer) => format(parse(inventory).map(([key, value]) => [key, [2, value]]))],
    ['has values of other types', () => format([null, 1, 'x', [], {}, { size: '1' }].map((value) => [`r/${jar}`, value]))],
    ['has huge sizes', withFields({ size: 1e308 })],
    ['has negative sizes', withFields({ size: -1e15 })],
    ['has uses in the future', withFields({ lastUsedMs: 1e300 })],
    ['has other digests', withFields({ sha256: 'b'.repeat(64), sha1: 'b'.repeat(40), md5: 'b'.repeat(32) })],
    ['says that its files are gone', (inventory: Buffer) => format(parse(inventory).map(([key]) => [key, 'gone']))],
    ['names files that are not there', withKeys((key) => key.replaceAll('1.0.0', '3.0.0'))],
    ['names files outside', withKeys(() => 'r/../../../../../../../../etc/passwd')],
    ['names no files', withKeys(() => '')],
    ['names files of no repository', withKeys((key) => key.replace('r/', 'x/'))],
  ] as const)('that %s costs no file, and no wrong one is served', async ([, damage], { bench }) => {
    const server = await bench.serve(files);
    const first = await bench.inFrontOf(server.url);
    for (const path of [jar, pom]) await bench.get(first, `r/${path}`);
    await first.close();
    const inventory = join(bench.folder, 'cache', 'proxy', '.clojars-fetch', 'inventory.jsonl');
    writeFileSync(inventory, damage(readFileSync(inventory)));
    const second = await bench.inFrontOf(server.url, { cacheMaxBytes: 2 * mebibyte });
    for (const path of [jar, pom, jar.replaceAll('1.0.0', '1.1.0')]) {
      const { body, headers } = await bench.get(second, `r/${path}`);
      expect(body).toEqual(contentOf(files, path));
      expect(headers['x-checksum-sha1']).toBe(digest('sha1', contentOf(files, path)));
    }
    // The folders are counted again.
    await expect
      .poll(async () => JSON.parse((await bench.get(second, '-/status')).body.toString()) as unknown)
      .toMatchObject({ cache: { bytes: expect.toSatisfy((bytes: number) => bytes > 1_000 && bytes < 100_000) as number } });
  });

  it('that is a folder is moved aside', async ({ bench }) => {
    const inventory = join(bench.folder, 'cache', 'proxy', '.clojars-fetch', 'inventory.jsonl');
    mkdirSync(join(inventory, 'inner'), { recursive: true });
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
    await expect.poll(() => statSync(inventory, { throwIfNoEntry: false })?.isFile()).toBe(true);
  });
});
