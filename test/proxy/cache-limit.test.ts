/** The cache of a running proxy: room is reserved, files that are sent stay, and nothing else fills it. */
import { existsSync, readdirSync, statSync, utimesSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { checkProxyCache } from '../../src/app/proxy/check-cache.js';
import type { Proxy } from '../../src/app/proxy/proxy-options.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { contentOf, digest, greeter, jar } from '../support/workbench.js';
import { it, type ProxyBench } from './bench.js';

const mebibyte = 1024 * 1024;
const big = 'org/example/big/1.0/big-1.0.jar';
const versions = Array.from({ length: 12 }, (_, index) => `${index}.0`);
const jarOf = (version: string): string => `org/example/greeter/${version}/greeter-${version}.jar`;

/** Returns `size` MiB of a text that the seed makes different from others. */
const bytes = (size: number, seed: number): Buffer => Buffer.alloc(size * mebibyte, `${seed}, and so on `);

function withSum(path: string, content: Buffer): Map<string, Buffer> {
  return new Map([
    [path, content],
    [`${path}.sha1`, Buffer.from(digest('sha1', content))],
  ]);
}

const cacheOf = (bench: ProxyBench): string => join(bench.folder, 'cache', 'proxy', 'r');

/** All bytes in the folder of the repository, temporary files included. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + (statSync(join(parentPath, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** Requests a file, and returns the answer without reading its body. */
function open(proxy: Proxy, path: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    httpRequest(`${proxy.url}${path}`, { agent: false }, (response) => resolve(response.pause()))
      .on('error', reject)
      .end();
  });
}

describe('the cache', () => {
  it('keeps a large file that was sent whole, although the proxy is closed at once', async ({ bench }) => {
    const server = await bench.serve(withSum(big, bytes(24, 3)));
    const proxy = await bench.inFrontOf(server.url);
    expect((await bench.get(proxy, `r/${big}`)).isCut).toBe(false);
    await proxy.close();
    const own = { ...bench.ownFolders(), repositories: [{ id: 'r', url: server.url, mirrors: [] }] };
    expect(await checkProxyCache(own, () => undefined)).toMatchObject({ files: 1, missing: 0, unknown: 0 });
  });

  it('that is checked must be there, and is not made', async ({ bench }) => {
    const proxyFolder = join(bench.folder, 'misspelt');
    const error = await checkProxyCache({ ...bench.ownFolders(), proxyFolder }, () => undefined).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'bad-value',
      path: proxyFolder,
      hint: expect.stringContaining('spelling') as unknown,
    });
    expect(existsSync(proxyFolder)).toBe(false);
  });

  it('has no room for a file that is larger than it may become: the answer is 507, before a byte is sent', async ({ bench }) => {
    const server = await bench.serve(withSum(big, bytes(9, 1)));
    const proxy = await bench.inFrontOf(server.url, { cacheMaxBytes: 4 * mebibyte });
    const { status, phrase, body } = await bench.get(proxy, `r/${big}`);
    expect([status, phrase]).toEqual([507, 'no space left for the cache (free space, or change --cache-size)']);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'full' });
    expect(existsSync(join(cacheOf(bench), big))).toBe(false);
    // At the start it was said already.
    expect(bench.of('warning').map(({ warning, message }) => [warning, message])).toEqual([
      ['cache-size', expect.stringMatching(/4 MiB.*507.*--cache-size/)],
    ]);
  });

  it('has no room for such a file if its length is not announced either', async ({ bench }) => {
    const content = bytes(24, 2);
    const sums = withSum(big, content);
    const server = await bench.http((request, response) => {
      const body = sums.get(request.url?.slice(1) ?? '');
      if (body === undefined) return void response.writeHead(404).end();
      response.writeHead(200);
      response.write(body.subarray(0, body.length / 2));
      response.end(body.subarray(body.length / 2));
    });
    const proxy = await bench.inFrontOf(server.url, { cacheMaxBytes: 4 * mebibyte });
    expect((await bench.get(proxy, `r/${big}`)).status).toBe(507);
    expect(bytesIn(cacheOf(bench))).toBe(0);
  });

  it('stays within its limit while small files come', async ({ bench }) => {
    const size = 300_000;
    const { files } = createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'greeter', versions, size }] });
    const proxy = await bench.inFrontOf((await bench.serve(files)).url, { cacheMaxBytes: mebibyte });
    for (const version of versions) {
      expect((await bench.get(proxy, `r/${jarOf(version)}`)).status).toBe(200);
      expect(bytesIn(cacheOf(bench))).toBeLessThanOrEqual(mebibyte + 1_000);
    }
    const { cache } = JSON.parse((await bench.get(proxy, '-/status')).body.toString()) as { cache: { bytes: number; files: number } };
    expect(cache.files).toBeGreaterThan(2);
  });

  it('keeps a file that is being sent, and makes room by others', async ({ bench }) => {
    const sent = bytes(20, 3);
    const other = 'org/example/other/1.0/other-1.0.jar';
    const next = 'org/example/next/1.0/next-1.0.jar';
    const files = new Map([...withSum(big, sent), ...withSum(other, bytes(6, 4)), ...withSum(next, bytes(6, 5))]);
    const proxy = await bench.inFrontOf((await bench.serve(files)).url, { cacheMaxBytes: 30 * mebibyte });
    await bench.get(proxy, `r/${big}`);
    await bench.get(proxy, `r/${other}`);
    const slow = await open(proxy, `r/${big}`);
    await bench.get(proxy, `r/${other}`);
    expect((await bench.get(proxy, `r/${next}`)).status).toBe(200);
    expect([big, other, next].map((path) => existsSync(join(cacheOf(bench), path)))).toEqual([true, false, true]);
    const received = await slow.toArray();
    expect(Buffer.concat(received as Buffer[]).equals(sent)).toBe(true);
    expect((await bench.get(proxy, `r/${other}`)).status, 'its file may leave once it was sent').toBe(200);
    expect(existsSync(join(cacheOf(bench), big))).toBe(false);
  });

  it('is not filled by requests for what does not exist', async ({ bench }) => {
    const server = await bench.serve(greeter());
    const proxy = await bench.inFrontOf(server.url);
    for (let index = 0; index < 50; index += 1) {
      const path = `org/nothing${index}/lib/${index}/lib-${index}.jar`;
      expect((await bench.get(proxy, `r/${path}`)).status).toBe(404);
      expect((await bench.get(proxy, `r/org/nothing${index}/lib/maven-metadata.xml`)).status).toBe(404);
    }
    expect(readdirSync(cacheOf(bench), { recursive: true })).toEqual([]);
  });

  it('serves a file whose time alone has changed after another look at its bytes, without a request', async ({ bench }) => {
    const files = greeter();
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    await bench.get(proxy, `r/${jar}`);
    server.clear();
    utimesSync(join(cacheOf(bench), jar), 1, 1);
    const { body, headers } = await bench.get(proxy, `r/${jar}`);
    expect(body).toEqual(contentOf(files, jar));
    expect(headers['cache-status']).toContain('hit');
    expect(server.count(jar)).toBe(0);
  });
});
