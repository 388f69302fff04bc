/** The proxy on the user's own local repository, in place of a cache. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { contentOf, greeter, jar, metadata, pom } from '../support/workbench.js';
import { it } from './bench.js';

const files = greeter();
const given = { useLocalRepository: true };

describe('the proxy with the local repository', () => {
  it('serves files of build tools after a comparison, and places what it fetches where tools look', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.write(jar, contentOf(files, jar));
    await bench.write(`${jar.slice(0, jar.lastIndexOf('/'))}/_remote.repositories`, `#by Maven\ngreeter-1.0.0.jar>r=\n`);
    const proxy = await bench.inFrontOf(server.url, given);
    for (const path of [jar, pom]) expect((await bench.get(proxy, `r/${path}`)).body).toEqual(contentOf(files, path));
    expect([server.count(jar), server.count(pom)]).toEqual([0, 1]);
    expect(await bench.read(pom)).toEqual(contentOf(files, pom));
    // As every other tool finds it, without a request.
    server.clear();
    const { path: file } = await bench.against(server.url, [], { offline: true }).resolveArtifact('org.example:greeter:1.0.0');
    expect(file).toBe(join(bench.m2, jar));
    expect(server.requests).toEqual([]);
  });

  it('leaves a damaged file where it is, and does not serve it', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.write(jar, 'damaged');
    const proxy = await bench.inFrontOf(server.url, given);
    const { status, phrase } = await bench.get(proxy, `r/${jar}`);
    expect([status, phrase]).toEqual([502, expect.stringContaining('sha1 differs')]);
    expect((await bench.read(jar)).toString()).toBe('damaged');
  });

  it('keeps metadata elsewhere, since its name there is that of a tool, and removes no file for a limit', async ({ bench }) => {
    const server = await bench.serve(greeter({ versions: ['1.0.0', '1.1.0'], size: 800_000 }));
    const big = await bench.write('org/mine.bin', Buffer.alloc(1_000_000));
    const proxy = await bench.inFrontOf(server.url, { ...given, cacheMaxBytes: 1024 * 1024 });
    expect((await bench.get(proxy, `r/${metadata}`)).status).toBe(200);
    for (const path of [jar, jar.replaceAll('1.0.0', '1.1.0')]) expect((await bench.get(proxy, `r/${path}`)).status).toBe(200);
    const placed = await bench.placed();
    expect(placed.filter((path) => path.endsWith('.jar'))).toHaveLength(2);
    expect(placed).not.toContain(metadata);
    expect(existsSync(big)).toBe(true);
  });
});
