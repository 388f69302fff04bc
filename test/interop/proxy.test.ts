/** The proxy in front of real build tools: unchanged projects, empty local repositories, mirrors that fail and lie. */
import { describe, expect } from 'vitest';

import { it } from '../proxy/bench.js';
import type { Fault, PortFault } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { contentOf } from '../support/workbench.js';
import { toolNames } from './build-tools.js';
import { expectSame, expectSuccess, ProxyTools, repeated } from './proxy-tools.js';
import { createSlowEnd } from './slow-end.js';
import { byHttp, cases, pairs, type ToolCase, type ToolPair } from './tool-pairs.js';
import { createClosureRepository } from './workspace.js';

const { files } = createClosureRepository('first');
const corruptJar = /text-0\.9-beta1\.jar$/;
const largeBytes = 20_000_000;

function createLarge(): { readonly files: Map<string, Buffer>; readonly path: string; readonly content: Buffer } {
  const path = 'org/example/large/1.0.0/large-1.0.0.jar';
  const { files } = createFixtureRepository({
    artifacts: [{ group: 'org.example', artifact: 'large', versions: ['1.0.0'], size: largeBytes }],
  });
  return { files, path, content: contentOf(files, path) };
}

describe('through the proxy', () => {
  const tools = new ProxyTools();

  it.for(pairs(byHttp))(
    '%s by %s gets the same files as directly, and each is asked upstream once',
    async ([name, protocol], { bench }) => {
      const server = await bench.serve(files);
      const direct = await tools.direct(name, server);
      expect(direct.size).toBeGreaterThan(8);
      const build = await tools.through(name, await bench.inFrontOf(server.url, { lookAhead: true, ...tools.options(protocol) }));
      expectSame(build, direct);
      expect(repeated([server])).toEqual([]);
    },
  );

  const outages: readonly ToolCase<Fault | PortFault>[] = [
    ['black-hole', 'mvn', 'http'],
    ['black-hole', 'ivy', 'https'],
    ['hang', 'lein', 'http'],
    ['hang', 'ivy', 'http'],
    [{ status: 503 }, 'ivy', 'http'],
    [{ status: 503 }, 'lein', 'https'],
    [{ status: 429, retryAfter: 600 }, 'mvn', 'https'],
  ];

  it.for(cases(outages))(
    'with its primary in the state %j, %s builds from a trusted mirror by %s',
    async ([fault, name, protocol], { bench }) => {
      const [primary, mirror] = [await bench.serve(files, { fault }), await bench.serve(files)];
      const direct = await tools.direct(name, mirror);
      const repositories = [{ id: 'r', url: primary.url, mirrors: [{ url: mirror.url, trusted: true }] }];
      const proxy = await bench.start({ repositories, ...tools.options(protocol) });
      expectSame(await tools.through(name, proxy), direct);
      // Of more than a hundred questions, including Ivy's for optional files, nearly all are spared the primary.
      expect(primary.requests.length).toBeLessThan(30);
    },
  );

  it.for(pairs(byHttp))('%s by %s keeps nothing of a file that the only mirror changed, and fails', async ([name, protocol], { bench }) => {
    const server = await bench.serve(files, { fault: { fault: 'corrupt', match: corruptJar } });
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true, ...tools.options(protocol) });
    const { succeeded, output, files: kept } = await tools.through(name, proxy);
    expect(succeeded).toBe(false);
    // Ivy takes every refusal for an absence, and prints no reason.
    if (name !== 'ivy') expect(output).toMatch(/502 refused: sha1 differs from 127\.0\.0\.1/);
    expect([...kept.keys()].filter((path) => corruptJar.test(path))).toEqual([]);
  });

  it.for(pairs(byHttp))('%s by %s gets the right bytes although a mirror lies, checksums included', async ([name, protocol], { bench }) => {
    const [canonical, liar] = [await bench.serve(files), await bench.serve(files, { fault: 'corrupt-with-checksums' })];
    const direct = await tools.direct(name, canonical);
    const proxy = await bench.start({
      repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: liar.url, operator: 'liar', trusted: false, priority: -1 }] }],
      ...tools.options(protocol),
    });
    expectSame(await tools.through(name, proxy), direct);
    expect(liar.count()).toBeGreaterThan(0);
  });

  const warm: readonly ToolPair[] = [
    ['mvn', 'https'],
    ['lein', 'http'],
    ['ivy', 'http'],
  ];

  it.for(pairs(warm))('%s by %s builds from a warm cache with all mirrors down', async ([name, protocol], { bench }) => {
    let laterMs = 0;
    const server = await bench.serve(files);
    const direct = await tools.direct(name, server);
    const repositories = [{ id: 'r', url: server.url, mirrors: [] }];
    const options = { repositories, patienceMs: 1_000, ...tools.options(protocol) };
    const proxy = await bench.start(options, { clock: () => Date.now() + laterMs });
    expectSuccess(await tools.through(name, proxy));
    await server.close();
    laterMs = 6 * 3_600_000;
    expectSame(await tools.through(name, proxy), direct);
    expect(bench.answered.some(({ cache }) => cache === 'stale')).toBe(true);
  });

  const damage = '%s by %s keeps nothing of a large file that proves to be damaged after most of it was sent';

  it.for(pairs(byHttp))(damage, async ([name, protocol], { bench }) => {
    const { files: sound, path, content } = createLarge();
    const damaged = Buffer.from(content);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
    const { url } = await bench.listen(createSlowEnd(new Map([...sound, [path, damaged]]), path));
    const proxy = await bench.inFrontOf(url, { lookAhead: true, ...tools.options(protocol) });
    const { succeeded, files: kept } = await tools.through(name, proxy, [{ artifact: 'large', version: '1.0.0' }]);
    expect(succeeded).toBe(false);
    expect([...kept.keys()].filter((file) => file.endsWith('large-1.0.0.jar'))).toEqual([]);
    const sent = bench.answered.filter(({ method, target }) => method === 'GET' && target.endsWith('.jar')).map(({ bytes }) => bytes);
    expect(Math.max(...sent)).toBeGreaterThan(0);
    expect(Math.max(...sent)).toBeLessThan(content.length);
  });

  it('three builds at once, from empty local repositories, ask upstream for each file once', async ({ bench }) => {
    const server = await bench.serve(files);
    const direct = await Promise.all(toolNames.map((name) => tools.direct(name, server)));
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    server.clear();
    const builds = await Promise.all(toolNames.map((name) => tools.through(name, proxy)));
    for (const [index, build] of builds.entries()) expectSame(build, direct[index] ?? new Map());
    expect(repeated([server])).toEqual([]);
  });
});
