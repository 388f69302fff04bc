/** The proxy from the outside: what a build tool gets for what it asks, while mirrors fail and lie. */
import { readFileSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { formatLockfile } from '../../src/local/lockfile/format.js';
import { emptyLockfile } from '../../src/local/lockfile/lockfile.js';
import { contentOf, digest, greeter, jar, metadata, pom } from '../support/workbench.js';
import { it } from './bench.js';

const files = greeter();

describe('a file of a repository', () => {
  it('is fetched once, verified, and served with its digests', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    const [first, second] = [await bench.get(proxy, `r/${jar}`), await bench.get(proxy, `r/${jar}`)];
    const content = contentOf(files, jar);
    expect(first.body).toEqual(content);
    expect(second.body).toEqual(content);
    expect(first.headers).toMatchObject({
      etag: `"sha256:${digest('sha256', content)}"`,
      'x-checksum-sha1': digest('sha1', content),
      'x-checksum-md5': digest('md5', content),
    });
    expect(first.headers['cache-status']).toContain('fwd=miss');
    expect(first.headers['cache-control']).toContain('immutable');
    expect(second.headers['cache-status']).toContain('hit');
    expect(server.count(jar)).toBe(1);
  });

  it('has checksum files of what is served, without a request for them', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    const content = contentOf(files, jar);
    for (const name of ['sha1', 'md5', 'sha256', 'sha512']) {
      expect((await bench.get(proxy, `r/${jar}.${name}`)).body.toString()).toBe(digest(name, content));
    }
    expect(server.count(jar)).toBe(1);
    expect(server.count(`${jar}.md5`)).toBe(0);
  });

  it('is downloaded once for many who ask at the same time', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 100 } });
    const proxy = await bench.inFrontOf(server.url);
    const answers = await Promise.all(Array.from({ length: 20 }, () => bench.get(proxy, `r/${jar}`)));
    expect(answers.map(({ status }) => status)).toEqual(new Array(20).fill(200));
    expect(server.count(jar)).toBe(1);
  });

  it('is downloaded to its end although the first who asked for it hangs up', async ({ bench }) => {
    const held: (() => void)[] = [];
    const server = await bench.http((request, response) => {
      const content = files.get(request.url?.slice(1) ?? '');
      if (request.url !== `/${jar}`) return void response.writeHead(content === undefined ? 404 : 200).end(content);
      response.writeHead(200, { 'content-length': content?.length ?? 0 }).write(content?.subarray(0, 100));
      held.push(() => response.end(content?.subarray(100)));
    });
    const proxy = await bench.inFrontOf(server.url);
    const first = httpRequest(`${proxy.url}r/${jar}`, { agent: false }).on('error', () => undefined);
    first.end();
    await expect.poll(() => held.length).toBe(1);
    first.destroy();
    const second = bench.get(proxy, `r/${jar}`);
    for (const finish of held) finish();
    expect((await second).body).toEqual(contentOf(files, jar));
    expect(held).toHaveLength(1);
  });

  it('comes from another mirror while the first refuses connections', async ({ bench }) => {
    const mirror = await bench.serve(files);
    const proxy = await bench.start({
      repositories: [{ id: 'r', url: `http://127.0.0.1:${await bench.refusingPort()}/`, mirrors: [{ url: mirror.url, trusted: true }] }],
    });
    const answer = await bench.get(proxy, `r/${jar}`);
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-status']).toContain('fwd=miss');
  });

  it('is never served if a mirror changed it, and the answer says why', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: 'corrupt', match: /\.jar$/ } });
    const proxy = await bench.inFrontOf(server.url);
    const { status, phrase, headers, body } = await bench.get(proxy, `r/${jar}`);
    expect(status).toBe(502);
    expect(phrase).toMatch(/^refused: sha1 differs from/);
    expect(headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(body.toString())).toMatchObject({ status: 502, code: 'ERR_CHECKSUM', attempts: [{ outcome: 'checksum-mismatch' }] });
    expect(bench.answered.at(-1)).toMatchObject({ status: 502, cache: null, refusal: { code: 'ERR_CHECKSUM' } });
  });

  it('is 404 if the repository does not have it, and upstream is not asked again at once', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    const path = 'org/example/greeter/9.9.9/greeter-9.9.9.jar';
    expect((await bench.get(proxy, `r/${path}`)).status).toBe(404);
    const count = server.count(path);
    expect((await bench.get(proxy, `r/${path}`)).status).toBe(404);
    expect(server.count(path)).toBe(count);
  });

  it('is 404 at once if a trusted mirror does not have it while the canonical one is out of reach', async ({ bench }) => {
    const mirror = await bench.serve(files);
    const canonical = `http://127.0.0.1:${await bench.refusingPort()}/`;
    const proxy = await bench.inFrontOf(canonical, { patienceMs: 600_000 }, [mirror.url]);
    const path = 'org/example/greeter/1.0.0/greeter-1.0.0-sources.jar';
    expect((await bench.get(proxy, `r/${path}`)).status).toBe(404);
    const count = mirror.count(path);
    expect((await bench.get(proxy, `r/${path}`)).status).toBe(404);
    expect(mirror.count(path)).toBe(count);
  });

  it('does not wait for a silent primary again and again: neither optional files, nor metadata and documents', async ({ bench }) => {
    const [primary, mirror] = [await bench.serve(files, { fault: 'hang' }), await bench.serve(files)];
    const proxy = await bench.inFrontOf(primary.url, { patienceMs: 600_000 }, [mirror.url]);
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
    const absent = Array.from({ length: 10 }, (_, index) => [
      `org/example/greeter/1.0.0/greeter-1.0.0-c${index}.jar`,
      `org/example/other${index}/maven-metadata.xml`,
    ]).flat();
    for (const path of [...absent, 'archetype-catalog.xml', '.meta/prefixes.txt'])
      expect((await bench.get(proxy, `r/${path}`)).status, path).toBe(404);
    expect(primary.requests.length).toBeLessThan(8);
  });

  it('is 503 with Retry-After if no mirror can be reached, and never 404', async ({ bench }) => {
    const proxy = await bench.inFrontOf(`http://127.0.0.1:${await bench.refusingPort()}/`, { patienceMs: 100 });
    const { status, headers } = await bench.get(proxy, `r/${jar}`);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('30');
  });

  it('is tried again while its mirror cannot be reached, as no tool does', async ({ bench }) => {
    const server = await bench.serve(files, { fault: (_path, index) => (index < 3 ? { status: 503 } : null) });
    const proxy = await bench.inFrontOf(server.url, { patienceMs: 20_000 });
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
  });

  it('never becomes a 429, after which Maven would wait for minutes', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { status: 429, retryAfter: 600 } });
    const proxy = await bench.inFrontOf(server.url, { patienceMs: 100 });
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(503);
  });

  it('is answered to HEAD as to GET', async ({ bench }) => {
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    const head = await bench.get(proxy, `r/${pom}`, {}, 'HEAD');
    expect(head.status).toBe(200);
    expect(head.headers['content-length']).toBe(String(contentOf(files, pom).length));
    expect(head.body).toHaveLength(0);
  });

  it('is served from the cache with all mirrors down, after a restart too', async ({ bench }) => {
    const server = await bench.serve(files);
    const first = await bench.inFrontOf(server.url);
    await bench.get(first, `r/${jar}`);
    await first.close();
    await server.close();
    const second = await bench.inFrontOf(server.url);
    expect((await bench.get(second, `r/${jar}`)).body).toEqual(contentOf(files, jar));
  });

  it('is fetched once more if its copy in the cache was damaged', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    await bench.get(proxy, `r/${jar}`);
    const cached = join(bench.folder, 'cache', 'proxy', 'r', jar);
    writeFileSync(cached, 'damaged');
    expect((await bench.get(proxy, `r/${jar}`)).body).toEqual(contentOf(files, jar));
    expect(readFileSync(cached)).toEqual(contentOf(files, jar));
  });

  it('is refused under a frozen lockfile that does not name it', async ({ bench }) => {
    const server = await bench.serve(files);
    const lockfile = join(bench.folder, 'clojars-fetch.lock');
    writeFileSync(lockfile, formatLockfile(emptyLockfile));
    const proxy = await bench.inFrontOf(server.url, { lockfile, frozen: true });
    expect(await bench.get(proxy, `r/${jar}`)).toMatchObject({ status: 502 });
    expect(server.requests).toHaveLength(0);
  });
});

describe('a path that is none', () => {
  it.for([
    ['r/../etc/passwd', 400],
    ['r/%2e%2e/%2e%2e/etc/passwd', 400],
    ['r/org/example/greeter/RELEASE/greeter-RELEASE.jar', 404],
    ['r/favicon.ico', 404],
    ['x/org/example', 404],
  ] as const)('%s is %d, without a request', async ([path, status], { bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    expect((await bench.get(proxy, path)).status).toBe(status);
    expect(server.requests).toHaveLength(0);
  });
});

describe('the proxy itself', () => {
  it('lists its repositories and what is cached', async ({ bench }) => {
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    await bench.get(proxy, `r/${jar}`);
    expect((await bench.get(proxy, '')).body.toString()).toContain('/r/');
    expect((await bench.get(proxy, 'r/org/example/greeter/1.0.0/')).body.toString()).toContain('greeter-1.0.0.jar');
  });

  it('tells its health, its status and its metrics', async ({ bench }) => {
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    await bench.get(proxy, `r/${jar}`);
    expect(JSON.parse((await bench.get(proxy, '-/health')).body.toString())).toEqual({ live: true, ready: true });
    expect(JSON.parse((await bench.get(proxy, '-/status')).body.toString())).toMatchObject({ hitRate: 0, cache: { files: 1 } });
    expect((await bench.get(proxy, '-/metrics')).body.toString()).toContain('clojars_fetch_proxy_files_total{cache="miss"} 1');
  });

  it('is found if it is its own mirror', async ({ bench }) => {
    const port = await bench.refusingPort();
    const proxy = await bench.start({ repositories: [{ id: 'r', url: `http://127.0.0.1:${port}/` }], lookAhead: false });
    await proxy.reload({
      ...bench.ownFolders(),
      repositories: [{ id: 'r', url: `${proxy.url}r/` }],
      proxyFolder: join(bench.folder, 'own'),
    });
    for (const path of [jar, metadata, 'archetype-catalog.xml']) {
      const { status, phrase } = await bench.get(proxy, `r/${path}`);
      expect([status, phrase]).toEqual([508, 'the proxy is its own mirror (clojars-fetch doctor)']);
    }
  });

  it('is found if another proxy leads back to it', async ({ bench }) => {
    const first = await bench.inFrontOf(`http://127.0.0.1:${await bench.refusingPort()}/`);
    const second = await bench.inFrontOf(`${first.url}r/`, { proxyFolder: join(bench.folder, 'second') });
    await first.reload({
      ...bench.ownFolders(),
      repositories: [{ id: 'r', url: `${second.url}r/` }],
      proxyFolder: join(bench.folder, 'first'),
      lookAhead: false,
    });
    for (const path of [jar, metadata, 'archetype-catalog.xml', `all/${jar}`]) {
      expect((await bench.get(first, path.startsWith('all/') ? path : `r/${path}`)).status).toBe(508);
    }
    expect((await bench.get(second, `r/${pom}`)).status).toBe(508);
  });

  it('keeps its configuration if the new one is not valid', async ({ bench }) => {
    const proxy = await bench.inFrontOf((await bench.serve(files)).url);
    await expect(proxy.reload({ ...bench.ownFolders(), timeoutMs: -1 })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
  });
});
