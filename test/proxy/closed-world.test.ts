/** Proxies that may serve only what is known already: offline, and under a frozen lockfile. */
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { lock } from '../../src/app/lock/lock.js';
import { contentOf, digest, greeter, jar, metadata, pom } from '../support/workbench.js';
import { it } from './bench.js';

const files = greeter();
const otherJar = jar.replaceAll('1.0.0', '1.1.0');

describe('a proxy that is offline', () => {
  it('serves what is cached, with its checksums and metadata, and sends no request for the rest', async ({ bench }) => {
    const server = await bench.serve(files);
    const online = await bench.inFrontOf(server.url);
    for (const path of [jar, pom, metadata]) expect((await bench.get(online, `r/${path}`)).status, path).toBe(200);
    await online.close();
    server.clear();

    const proxy = await bench.inFrontOf(server.url, { offline: true, lookAhead: true });
    for (const path of [jar, pom]) {
      const { headers, body } = await bench.get(proxy, `r/${path}`);
      expect(body).toEqual(contentOf(files, path));
      expect(headers['cache-status']).toContain('hit');
      expect((await bench.get(proxy, `r/${path}.sha1`)).body.toString()).toBe(digest('sha1', body));
    }
    expect((await bench.get(proxy, `r/${metadata}`)).body.toString()).toContain('<version>1.1.0</version>');
    expect((await bench.get(proxy, `r/${jar}`, {}, 'HEAD')).status).toBe(200);
    for (const path of [otherJar, `${otherJar}.sha1`, 'org/example/other/maven-metadata.xml']) {
      const { status, phrase } = await bench.get(proxy, `r/${path}`);
      // Not 404, which Maven would remember for a day.
      expect([path, status, phrase]).toEqual([path, 503, 'not in the cache, and the proxy is offline (start it without --offline)']);
    }
    expect(server.requests).toEqual([]);
    expect(JSON.parse((await bench.get(proxy, '-/status')).body.toString())).toMatchObject({ offline: true });
  });
});

describe('a proxy with a frozen lockfile', () => {
  it('serves the files of the lockfile, and no others', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    const lockfile = join(bench.folder, 'clojars-fetch.lock');
    await lock({ roots: ['org.example:greeter:1.0.0'] }, { ...bench.ownFolders(), repositories, lockfile });
    server.clear();

    const proxy = await bench.inFrontOf(server.url, { lockfile, frozen: true, lookAhead: true });
    for (const path of [pom, jar]) {
      expect((await bench.get(proxy, `r/${path}`)).body).toEqual(contentOf(files, path));
      expect((await bench.get(proxy, `r/${path}.sha1`)).body.toString()).toBe(digest('sha1', contentOf(files, path)));
    }
    const asked = server.requests.length;
    for (const path of [otherJar, `${otherJar}.sha1`, jar.replace('.jar', '-sources.jar')])
      expect([path, (await bench.get(proxy, `r/${path}`)).status]).toEqual([path, 502]);
    expect(server.requests).toHaveLength(asked);
  });

  it('refuses a file that the source replaced, together with its checksums', async ({ bench }) => {
    const server = await bench.serve(files);
    const lockfile = join(bench.folder, 'clojars-fetch.lock');
    const elsewhere = {
      localRepository: join(bench.folder, 'a', 'm2'),
      cacheFolder: join(bench.folder, 'a', 'cache'),
      stateFolder: join(bench.folder, 'a', 'state'),
    };
    await lock(
      { roots: ['org.example:greeter:1.0.0'] },
      { ...bench.ownFolders(), ...elsewhere, repositories: [{ id: 'r', url: server.url }], lockfile },
    );
    const replaced = await bench.serve(greeter({ size: 700 }));
    const proxy = await bench.inFrontOf(replaced.url, { lockfile, frozen: true });
    const { status, body } = await bench.get(proxy, `r/${jar}`);
    expect(status).toBe(502);
    expect(JSON.parse(body.toString())).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'mismatch' });
    expect((await bench.get(proxy, `r/${jar}.sha1`)).status).toBe(502);
  });
});
