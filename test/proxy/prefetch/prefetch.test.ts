/** `proxy prefetch`: afterwards the proxy serves the whole build without any mirror. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { describe, expect } from 'vitest';

import { lock } from '../../../src/app/lock/lock.js';
import { prefetchProxyCache } from '../../../src/app/proxy/prefetch/prefetch.js';
import type { PrefetchOptions } from '../../../src/app/proxy/prefetch/prefetch-options.js';
import { createFixtureRepository } from '../../support/maven-repository.js';
import { contentOf, errorOf, testWith } from '../../support/workbench.js';
import { ProxyBench } from '../bench.js';

const dependency = (artifact: string, version: string) => ({ group: 'org.example', artifact, version });

const { files } = createFixtureRepository({
  artifacts: [
    {
      group: 'org.example',
      artifact: 'app-lib',
      versions: ['1.0'],
      dependencies: [dependency('ranged', '[1,2)'), dependency('deep', '1.0')],
    },
    { group: 'org.example', artifact: 'ranged', versions: ['1.0', '1.5', '2.0'] },
    { group: 'org.example', artifact: 'deep', versions: ['1.0'], pomElements: parentOf('parent', '3') },
    { group: 'org.example', artifact: 'parent', versions: ['3'], packaging: 'pom' },
    { group: 'org.example', artifact: 'moving', versions: ['0.1-SNAPSHOT'] },
    { group: 'org.example', artifact: 'plugin', versions: ['0.9'] },
    { group: 'org.example', artifact: 'test-only', versions: ['4.0'] },
    // Added by the tools themselves.
    { group: 'nrepl', artifact: 'nrepl', versions: ['1.0.0'] },
    { group: 'org.clojure', artifact: 'clojure', versions: ['1.0'] },
    { group: 'org.nrepl', artifact: 'incomplete', versions: ['0.1.0'] },
  ],
});

function parentOf(artifact: string, version: string): string {
  return `<parent><groupId>org.example</groupId><artifactId>${artifact}</artifactId><version>${version}</version></parent>`;
}

const build = '20240102.030405-1';
/** All that Leiningen asks for. */
const needed = [
  'app-lib/1.0/app-lib-1.0.jar',
  'app-lib/1.0/app-lib-1.0.pom',
  'ranged/maven-metadata.xml',
  'ranged/1.5/ranged-1.5.jar',
  'deep/1.0/deep-1.0.jar',
  'parent/3/parent-3.pom',
  'moving/0.1-SNAPSHOT/maven-metadata.xml',
  `moving/0.1-SNAPSHOT/moving-0.1-${build}.pom`,
  `moving/0.1-SNAPSHOT/moving-0.1-${build}.jar`,
  'plugin/0.9/plugin-0.9.jar',
  'test-only/4.0/test-only-4.0.jar',
].map((path) => `org/example/${path}`);

const projectClj = `(defproject app "1" :dependencies [[org.example/app-lib "1.0"] [org.example/moving "0.1-SNAPSHOT"]
  [org.example/test-only "4.0" :scope "test"]] :plugins [[org.example/plugin "0.9"]])`;

class PrefetchBench extends ProxyBench {
  put(name: string, text: string): string {
    const file = join(this.folder, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  prefetch(paths: readonly string[], url: string, options: PrefetchOptions = {}) {
    return prefetchProxyCache(paths, { ...this.ownFolders(), repositories: [{ id: 'r', url }], patienceMs: 5_000, ...options });
  }

  /** Asks a proxy on the same cache, which asks no mirror. */
  async statuses(url: string, paths: readonly string[]): Promise<Record<string, number>> {
    const proxy = await this.inFrontOf(url, { offline: true });
    return Object.fromEntries(await Promise.all(paths.map(async (path) => [path, (await this.get(proxy, `r/${path}`)).status] as const)));
  }
}

const it = testWith(() => new PrefetchBench());
const all = (paths: readonly string[]) => Object.fromEntries(paths.map((path) => [path, 200]));

describe('a prefetch', () => {
  it('brings all that a project needs, once', async ({ bench }) => {
    const server = await bench.serve(files);
    const project = bench.put('project.clj', projectClj);
    const first = await bench.prefetch([project], server.url);
    expect(first.fetched).toBe(first.files);
    expect(await bench.statuses(server.url, needed)).toEqual(all(needed));
    const requests = server.requests.length;
    const second = await bench.prefetch([project], server.url);
    expect(second).toEqual({ ...first, fetched: 0, fetchedBytes: 0 });
    expect(server.requests.slice(requests).filter(({ path }) => !path.includes('maven-metadata'))).toEqual([]);
  });

  it('fills the cache of a proxy that runs', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url);
    await bench.prefetch([bench.put('project.clj', projectClj)], server.url);
    const jar = needed[0] ?? '';
    const answer = await bench.get(proxy, `r/${jar}`);
    expect(answer.body).toEqual(contentOf(files, jar));
    expect(answer.headers['cache-status']).toContain('hit');
    expect(server.count(jar)).toBe(1);
  });

  it('takes several projects, folders and other build files', async ({ bench }) => {
    const server = await bench.serve(files);
    bench.put('one/deps.edn', '{:deps {org.clojure/clojure {:mvn/version "1.0"}, org.example/deep {:mvn/version "1.0"}}}');
    const two = bench.put(
      'two/pom.xml',
      `<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version><dependencies>
       <dependency><groupId>org.example</groupId><artifactId>test-only</artifactId><version>4.0</version></dependency></dependencies></project>`,
    );
    await bench.prefetch([join(bench.folder, 'one'), two], server.url);
    const paths = ['deep/1.0/deep-1.0.jar', 'parent/3/parent-3.pom', 'test-only/4.0/test-only-4.0.jar'].map(
      (path) => `org/example/${path}`,
    );
    expect(await bench.statuses(server.url, paths)).toEqual(all(paths));
  });

  it('takes a lockfile, whose checksums count', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    const lockfile = join(bench.folder, 'my.lock');
    await lock({ roots: ['org.example:app-lib:1.0'] }, { ...bench.ownFolders(), repositories, lockfile });
    const { files: count } = await bench.prefetch([lockfile], server.url);
    const locked = needed.filter((path) => /app-lib|deep|parent|ranged-1.5/.test(path));
    expect(count).toBeGreaterThanOrEqual(locked.length);
    expect(await bench.statuses(server.url, locked)).toEqual(all(locked));
    const changed = new Map(files).set(locked[0] ?? '', Buffer.from('another jar'));
    const other = await bench.serve(changed);
    const error = await errorOf(bench.prefetch([lockfile], other.url, { proxyFolder: join(bench.folder, 'other') }));
    expect(['ERR_CHECKSUM', 'ERR_LOCKFILE']).toContain(error.code);
  });

  it('fetches the rest if a file fails, and then says which', async ({ bench }) => {
    const lost = 'org/example/deep/1.0/deep-1.0.jar';
    const server = await bench.serve(files, { fault: { fault: 'corrupt', match: /deep-1\.0\.jar$/ } });
    const error = await errorOf(bench.prefetch([bench.put('project.clj', projectClj)], server.url));
    expect(error).toMatchObject({ code: 'ERR_CHECKSUM' });
    expect(error.message).toContain('deep');
    const rest = needed.filter((path) => path !== lost);
    expect(await bench.statuses(server.url, rest)).toEqual(all(rest));
  });

  it('warns of repositories that the proxy does not have', async ({ bench }) => {
    const server = await bench.serve(files);
    const project = bench.put(
      'project.clj',
      projectClj.replace(':plugins', ':repositories [["own" "https://own.example/maven"]] :plugins'),
    );
    await bench.prefetch([project], server.url);
    expect(bench.of('warning').map(({ message }) => message)).toContainEqual(expect.stringContaining('own'));
  });

  it('needs a file, and says what is wrong with one', async ({ bench }) => {
    const { url } = await bench.serve(files);
    expect(await errorOf(bench.prefetch([], url))).toMatchObject({ code: 'ERR_CONFIG' });
    expect(await errorOf(bench.prefetch([join(bench.folder, 'project.clj')], url))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'unreadable',
    });
    expect(await errorOf(bench.prefetch([bench.put('project.clj', '(defproject')], url))).toMatchObject({ code: 'ERR_CONFIG' });
    const reading = bench.prefetch([bench.put('x.lock', 'clojars-fetch-lock 2\nnonsense')], url);
    expect(await errorOf(reading)).toMatchObject({ code: 'ERR_LOCKFILE' });
  });
});
