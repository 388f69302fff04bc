/** Build tools whose proxy is killed, or whose proxy loses its mirror in the middle of a large file. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { it } from '../proxy/bench.js';
import type { FaultFunction } from '../support/fault-server.js';
import { cachedFiles, KillableProxy } from '../support/killable-proxy.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { runCli } from '../support/processes.js';
import { ProxyVictim } from '../support/proxy-victim.js';
import { contentOf, digest } from '../support/workbench.js';
import { toolNames } from './build-tools.js';
import { longJvm } from './programs.js';
import { everything, expectPart, expectSame, expectSuccess, ProxyTools } from './proxy-tools.js';
import { cases, pairs, type ToolCase, type ToolPair } from './tool-pairs.js';
import { createClosureRepository, readTree } from './workspace.js';

const { files } = createClosureRepository('first');
const tools = new ProxyTools();

describe('a proxy that is killed', () => {
  const builds: readonly ToolPair[] = [
    ['mvn', 'http'],
    ['lein', 'https'],
    ['ivy', 'http'],
  ];

  it.for(pairs(builds))(
    'and started again in the middle of a build leaves %s by %s nothing wrong, and the next build goes on',
    async ([name, protocol], { bench }) => {
      const server = await bench.serve(files);
      const direct = await tools.direct(name, server);
      let requests = 0;
      const after: { restarted: Promise<KillableProxy> | null } = { restarted: null };
      const first = await KillableProxy.start({
        home: await homeOf(bench.folder),
        url: server.url,
        words: protocol === 'https' ? ['--tls'] : [],
        onRequest: () => {
          requests += 1;
          if (requests === 7) after.restarted = first.restart();
        },
      });
      bench.atEnd(() => first.kill());
      const broken = await tools.through(name, first);
      const second = await (after.restarted ?? Promise.reject(new Error('the build ended too early')));
      bench.atEnd(() => second.kill());
      expectPart(broken, direct);
      const repaired = await tools.through(name, second, everything, { folder: broken.folder });
      expectSuccess(repaired);
      expectPart(repaired, direct);
      // Maven keeps a file whose checksum it could not get, and never asks for the checksum again.
      const isFile = (path: string): boolean => !path.endsWith('.sha1');
      expect([...repaired.files.keys()].filter(isFile)).toEqual([...direct.keys()].filter(isFile));
    },
  );

  it('again and again, next to another one on the same cache, disturbs no build and damages no file', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { delayMs: 30 } });
    const direct = await Promise.all(toolNames.map((name) => tools.direct(name, server)));
    const home = await homeOf(bench.folder);
    const steady = await KillableProxy.start({ home, url: server.url });
    bench.atEnd(() => steady.kill());
    const victim = await ProxyVictim.start({ home, url: server.url, paths: [...files.keys()] });
    bench.atEnd(() => victim.end());
    const builds = await Promise.all(toolNames.map((name) => tools.through(name, steady)));
    await victim.end();
    expect(victim.kills).toBeGreaterThan(1);
    expect(steady.failures).toEqual([]);
    for (const [index, build] of builds.entries()) expectSame(build, direct[index] ?? new Map());
    for (const [path, content] of await readTree(cachedFiles(home))) {
      if (files.has(path)) expect(digest('sha256', content), path).toBe(digest('sha256', contentOf(files, path)));
    }
    await steady.kill();
    const check = await runCli(['proxy', 'check', '--repo', `r=${server.url}`, '--no-config', '--json'], { home });
    expect(JSON.parse(check.stdout)).toMatchObject({ damaged: 0, missing: 0 });
  });
});

const largeBytes = 200_000_000;
const jar = 'org/example/large/1.0.0/large-1.0.0.jar';

describe('a link that is cut in the middle of a jar of 200 MB', () => {
  const large = createFixtureRepository({
    artifacts: [{ group: 'org.example', artifact: 'large', versions: ['1.0.0'], size: largeBytes }],
    checksums: ['sha1'],
  }).files;
  const needed = [{ artifact: 'large', version: '1.0.0' }];
  const sha256 = digest('sha256', contentOf(large, jar));

  /** Cuts the jar half-way, the first time or each time. */
  const cut = (isAlways: boolean): FaultFunction => {
    let times = 0;
    return (path) => {
      if (path !== jar) return null;
      times += 1;
      return isAlways ? 'truncate' : times === 1 ? 'reset-half-way' : null;
    };
  };
  const jarsOf = (kept: ReadonlyMap<string, Buffer>): string[] =>
    [...kept].filter(([path]) => path.endsWith('large-1.0.0.jar')).map(([, content]) => digest('sha256', content));

  const repaired: readonly ToolCase<string>[] = [
    ['another mirror goes on', 'mvn', 'https'],
    ['it comes back', 'lein', 'http'],
  ];

  it.for(cases(repaired))('costs nothing if %s: %s by %s', async ([how, name, protocol], { bench }) => {
    const [primary, mirror] = [await bench.serve(large, { fault: cut(how !== 'it comes back') }), await bench.serve(large)];
    const mirrors = how === 'it comes back' ? [] : [{ url: mirror.url, trusted: true }];
    const proxy = await bench.start({ repositories: [{ id: 'r', url: primary.url, mirrors }], ...tools.options(protocol) });
    const build = await tools.through(name, proxy, needed, { jvmOptions: longJvm });
    expectSuccess(build);
    expect(jarsOf(build.files)).toEqual([sha256]);
  });

  it.for(pairs([['ivy', 'http']]))('is a refusal if it stays cut, and %s by %s keeps no file', async ([name, protocol], { bench }) => {
    const server = await bench.serve(large, { fault: (path) => (path === jar ? 'hang-half-way' : null) });
    const proxy = await bench.inFrontOf(server.url, { timeoutMs: 8_000, patienceMs: 1_000, ...tools.options(protocol) });
    const build = await tools.through(name, proxy, needed, { jvmOptions: longJvm });
    expect(build.succeeded).toBe(false);
    expect(jarsOf(build.files)).toEqual([]);
  });
});

async function homeOf(folder: string): Promise<string> {
  const home = join(folder, 'home');
  await mkdir(home, { recursive: true });
  return home;
}
