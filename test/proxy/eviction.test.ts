/** Files that leave the cache of a running proxy: out of its memory as well, and not while they could not be fetched again. */
import { existsSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { createFixtureRepository } from '../support/maven-repository.js';
import { contentOf, digest, greeter, jar } from '../support/workbench.js';
import { it, type ProxyBench } from './bench.js';

const mebibyte = 1024 * 1024;
const versions = Array.from({ length: 8 }, (_, index) => `${index}.0`);
const jarOf = (version: string, group = 'org/example'): string => `${group}/greeter/${version}/greeter-${version}.jar`;
const small = (group: string): Map<string, Buffer> =>
  createFixtureRepository({ artifacts: [{ group, artifact: 'greeter', versions, size: 300_000 }] }).files;

const placeOf = (bench: ProxyBench, path: string, repository = 'r'): string => join(bench.folder, 'cache', 'proxy', repository, path);

/** Files of this path that this process has open, although their names are gone. */
function openWithoutName(path: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    try {
      const target = readlinkSync(join('/proc/self/fd', descriptor));
      return target.endsWith(`${path} (deleted)`) ? [target] : [];
    } catch {
      return [];
    }
  });
}

describe('a file that leaves the cache', () => {
  it('is not served from memory, but fetched again', async ({ bench }) => {
    const server = await bench.serve(small('org.example'));
    const proxy = await bench.inFrontOf(server.url, { cacheMaxBytes: mebibyte });
    // From the second hit on, it is in memory.
    for (let count = 0; count < 4; count += 1) await bench.get(proxy, `r/${jarOf('0.0')}`);
    for (const version of versions.slice(1)) await bench.get(proxy, `r/${jarOf(version)}`);
    expect(existsSync(placeOf(bench, jarOf('0.0')))).toBe(false);
    const { body, headers } = await bench.get(proxy, `r/${jarOf('0.0')}`);
    expect(body).toEqual(contentOf(small('org.example'), jarOf('0.0')));
    expect(headers['cache-status']).toContain('fwd=miss');
    expect(server.count(jarOf('0.0'))).toBe(2);
  });

  it.runIf(process.platform === 'linux')('does not keep its room on the disk by a descriptor', async ({ bench }) => {
    const path = 'org/example/big/1.0/big-1.0.jar';
    const big = Buffer.alloc(3 * mebibyte, 'big');
    const server = await bench.serve(new Map([...small('org.example'), [path, big], [`${path}.sha1`, Buffer.from(digest('sha1', big))]]));
    const proxy = await bench.inFrontOf(server.url, { cacheMaxBytes: 4 * mebibyte });
    for (let count = 0; count < 3; count += 1) await bench.get(proxy, `r/${path}`);
    for (const version of versions) await bench.get(proxy, `r/${jarOf(version)}`);
    await expect.poll(() => existsSync(placeOf(bench, path))).toBe(false);
    expect(openWithoutName(path)).toEqual([]);
  });

  it('stays while its repository cannot be reached, and others can leave', async ({ bench }) => {
    const [gone, server] = [await bench.serve(small('org.gone')), await bench.serve(small('org.example'))];
    const repositories = [
      { id: 'gone', url: gone.url },
      { id: 'r', url: server.url },
    ];
    const proxy = await bench.start({ repositories, lookAhead: false, cacheMaxBytes: mebibyte, patienceMs: 1_500 });
    const oldest = jarOf('0.0', 'org/gone');
    await bench.get(proxy, `gone/${oldest}`);
    await gone.close();
    // Metadata alone shows that it is out of reach.
    expect((await bench.get(proxy, 'gone/org/gone/greeter/maven-metadata.xml')).status).toBe(503);
    for (const version of versions) expect((await bench.get(proxy, `r/${jarOf(version)}`)).status).toBe(200);
    expect(existsSync(placeOf(bench, oldest, 'gone'))).toBe(true);
    expect((await bench.get(proxy, `gone/${oldest}`)).status).toBe(200);
  });

  it('as soon as it was placed is fetched once more', async ({ bench }) => {
    const files = greeter();
    const server = await bench.serve(files);
    let count = 0;
    const proxy = await bench.inFrontOf(server.url, {
      onEvent: (event) => {
        // Another process evicts it.
        if (event.type === 'placed' && event.path === jar && count++ === 0) rmSync(event.file);
      },
    });
    expect((await bench.get(proxy, `r/${jar}`)).body).toEqual(contentOf(files, jar));
    expect([server.count(jar), count]).toEqual([2, 2]);
    expect(existsSync(placeOf(bench, jar))).toBe(true);
  });
});
