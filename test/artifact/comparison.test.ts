/** Files that differ between two repositories under the same name are reported, for POMs and jars and for whole closures. */
import { afterEach, beforeEach, describe, expect, vi } from 'vitest';

import type { Comparisons } from '../../src/fetch/context.js';
import { createComparisons } from '../../src/fetch/repositories/comparisons.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { type ComparisonMode, isCompared } from '../../src/network/mirrors/comparison.js';
import { testCertificates } from '../support/certificate.js';
import type { FaultServer } from '../support/fault-server.js';
import { files as answering, type KeyHosts, startKeyHosts } from '../support/key-hosts.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';

const first = greeter({ seed: 'first' });
const second = greeter({ seed: 'second' });
const nothing = new Map<string, Buffer>();
const sha1 = `${jar}.sha1`;

let internet: KeyHosts | null = null;
afterEach(async () => {
  vi.unstubAllEnvs();
  await internet?.close();
  internet = null;
});

/** `app` needs `lib`, which needs `base`; the other repository has no `app`. */
function closure(seed: string, pomElements: string): Map<string, Buffer> {
  const needs = (artifact: string, ...needed: string[]) => ({
    group: 'org.example',
    artifact,
    versions: ['1.0'],
    pomElements,
    dependencies: needed.map((name) => ({ group: 'org.example', artifact: name, version: '1.0' })),
  });
  const artifacts = [needs('lib', 'base'), needs('base'), ...(pomElements === '' ? [needs('app', 'lib')] : [])];
  return createFixtureRepository({ seed, artifacts }).files;
}

const two = (a: FaultServer, b: FaultServer, compareRepositories?: ComparisonMode): ClientOptions => ({
  repositories: [
    { id: 'a', url: a.url },
    { id: 'b', url: b.url },
  ],
  ...(compareRepositories === undefined ? {} : { trust: { compareRepositories } }),
});
const confusions = (bench: Workbench): { message: string; path?: string | undefined }[] =>
  bench.of('warning').filter(({ warning }) => warning === 'dependency-confusion');
const silences = (bench: Workbench): string[] =>
  bench
    .of('warning')
    .filter(({ warning }) => warning === 'not-asked')
    .map(({ message }) => message);

describe('compareRepositories: all', () => {
  it('reports a jar and a POM that differ, with both checksums and the remedy, and uses the file of the earlier repository', async ({
    bench,
  }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(second)];
    const found = await bench.client(two(a, b, 'all')).resolveArtifact(coordinate);
    expect(found).toMatchObject({ repository: 'a', sha256: digest('sha256', contentOf(first, jar)) });
    const differing = [jar, pom].filter((path) => !contentOf(first, path).equals(contentOf(second, path)));
    expect(
      confusions(bench)
        .map(({ path }) => path)
        .sort(),
    ).toEqual(differing.sort());
    const message = confusions(bench).find(({ path }) => path === jar)?.message;
    for (const part of [
      digest('sha1', contentOf(first, jar)),
      digest('sha1', contentOf(second, jar)),
      'that of a is used',
      '--repo-for org.example=ID',
    ])
      expect(message).toContain(part);
    // The file of the later repository is not fetched.
    expect(b.count(jar)).toBe(0);
  });

  it('reports nothing if the file is the same or missing', async ({ bench }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(first)];
    await bench.client(two(a, b, 'all')).resolveArtifact(coordinate);
    const [c, d] = [await bench.serve(first), await bench.serve(nothing)];
    await bench.client({ ...two(c, d, 'all'), localRepository: `${bench.folder}/other` }).resolveArtifact(coordinate);
    expect([b.count(sha1), d.count(sha1)]).toEqual([1, 1]);
    expect(bench.of('warning')).toEqual([]);
  });

  it('compares with every later repository and reports each difference separately', async ({ bench }) => {
    const servers = [
      await bench.serve(first),
      await bench.serve(second),
      await bench.serve(first),
      await bench.serve(greeter({ seed: 'third' })),
    ];
    const repositories = servers.map(({ url }, index) => ({ id: `r${index}`, url }));
    await bench.client({ repositories, trust: { compareRepositories: 'all' } }).resolveArtifact(coordinate);
    const messages = confusions(bench)
      .filter(({ path }) => path === jar)
      .map(({ message }) => message);
    expect(messages.map((message) => /and (r\d)/.exec(message)?.[1]).sort()).toEqual(['r1', 'r3']);
  });

  it('compares only with repositories after the one that had the file: the earlier ones have already said that they lack it', async ({
    bench,
  }) => {
    const [a, b, c] = [await bench.serve(nothing), await bench.serve(first), await bench.serve(second)];
    await bench
      .client({
        repositories: [
          { id: 'a', url: a.url },
          { id: 'b', url: b.url },
          { id: 'c', url: c.url },
        ],
        trust: { compareRepositories: 'all' },
      })
      .resolveArtifact(coordinate);
    expect([a.count(sha1), b.count(sha1) > 0, c.count(sha1)]).toEqual([0, true, 1]);
    expect(confusions(bench).some(({ message }) => message.includes('in b') && message.includes('and c'))).toBe(true);
  });

  it('compares every node of a closure', async ({ bench }) => {
    const [one, other] = [closure('one', ''), closure('other', '<description>of somebody else</description>')];
    const [a, b] = [await bench.serve(one), await bench.serve(other)];
    const { dependencies } = await bench.client(two(a, b, 'all')).resolveDependencies(['org.example:app:1.0']);
    expect(dependencies.map(({ artifact }) => artifact)).toEqual(['app', 'lib', 'base']);
    const path = (artifact: string, extension: string): string => `org/example/${artifact}/1.0/${artifact}-1.0.${extension}`;
    expect(
      confusions(bench)
        .map((one) => one.path)
        .sort(),
    ).toEqual(['base', 'lib'].flatMap((artifact) => [path(artifact, 'jar'), path(artifact, 'pom')]));
  });

  it.for([
    ['refuses', 'refuse'],
    ['fails', { status: 503 }],
    ['does not answer', 'hang'],
  ] as const)('reports once, and does not fail, when a later repository %s', async ([_, fault], { bench }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(second, { fault })];
    const found = await bench.client(two(a, b, 'all')).resolveArtifact(coordinate);
    expect(found.repository).toBe('a');
    expect(silences(bench)).toEqual([expect.stringContaining('b does not answer')]);
    expect(confusions(bench)).toEqual([]);
  });

  it('does not wait again for a repository that did not answer, in the next operation or the next process', async ({ bench }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(second, { fault: 'hang' })];
    const client = bench.client(two(a, b, 'all'));
    await client.resolveArtifact(coordinate);
    const asked = b.count();
    expect(asked).toBeGreaterThan(0);
    await client.resolveArtifact('org.example:greeter:1.1.0');
    await client.close();
    await bench.client({ ...two(a, b, 'all'), localRepository: `${bench.folder}/other` }).resolveArtifact(coordinate);
    expect([b.count(), silences(bench).length]).toEqual([asked, 3]);
  });

  it('does not take a malformed checksum for a difference', async ({ bench }) => {
    const [a, b] = [
      await bench.serve(first),
      await bench.serve(new Map([...second].map(([path, bytes]) => [path, path.endsWith('.sha1') ? Buffer.from('<html>') : bytes]))),
    ];
    await bench.client(two(a, b, 'all')).resolveArtifact(coordinate);
    expect(confusions(bench)).toEqual([]);
    expect(silences(bench)).toHaveLength(1);
  });

  it('asks no other repository about a bound group', async ({ bench }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(second)];
    await bench.client({ ...two(a, b, 'all'), repoFor: { 'org.example': 'a' } }).resolveArtifact(coordinate);
    expect(b.count()).toBe(0);
  });

  it('explains what keeps the other file from being used once its group is bound', async ({ bench }) => {
    const { valid, ca } = await testCertificates();
    const [a, b] = [await bench.serve(first, { tls: valid }), await bench.serve(second)];
    await bench.client({ ...two(a, b, 'all'), ca }).resolveArtifact(coordinate);
    const error = await errorOf(
      bench
        .client({ ...two(a, b), ca, repoFor: { 'org.example': 'b' }, localRepository: `${bench.folder}/other` })
        .resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'changed' });
    expect(error.message).toContain('b has another file of this name than a, where it was first seen');
    expect(error.hint).toMatch(
      /To use the file of b, pin it with --trusted-checksums, or delete the line with its path from first-seen\.jsonl/,
    );
  });

  it('does not ask again about files that are already in the local repository', async ({ bench }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(second)];
    await bench.client(two(a, b)).resolveArtifact(coordinate);
    await bench.client(two(a, b, 'all')).resolveArtifact(coordinate);
    expect(b.count()).toBe(0);
  });
});

describe('the choice of files to compare', () => {
  it('sends nothing to the later repository if comparison is off, or by default if the earlier one is not public', async ({ bench }) => {
    const [a, b] = [await bench.serve(first), await bench.serve(second)];
    await bench.client(two(a, b)).resolveArtifact(coordinate);
    await bench.client({ ...two(a, b, 'off'), localRepository: `${bench.folder}/other` }).resolveArtifact(coordinate);
    expect(b.count()).toBe(0);
  });

  it('by default covers names that both Central and a private repository have', async ({ bench }) => {
    for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY'])
      for (const one of [name, name.toLowerCase()]) vi.stubEnv(one, '');
    internet = await startKeyHosts();
    const under = (root: string, files: ReadonlyMap<string, Buffer>): Record<string, Buffer> =>
      Object.fromEntries([...files].map(([path, bytes]) => [root + path, bytes]));
    await internet.serve('repo1.maven.org', answering(under('/maven2/', first)));
    await internet.serve('repo.acme.example', answering(under('/', second)));
    const central = { id: 'central', url: 'https://repo1.maven.org/maven2/' };
    const acme = { id: 'acme', url: 'https://repo.acme.example/' };
    const found = await bench.client({ repositories: [central, acme], proxy: internet.proxy, ca: internet.ca }).resolveArtifact(coordinate);
    expect(found.repository).toBe('central');
    expect(confusions(bench).find(({ path }) => path === jar)?.message).toMatch(/not the same in central .* and acme /);
  });

  it('follows the rule for each pair of repositories', () => {
    const repository = (id: string, url: string): Parameters<typeof isCompared>[0] => ({
      id,
      url: new URL(url),
      operator: id,
      mirrors: [],
      releases: true,
      snapshots: false,
      groups: null,
      trackingId: id,
    });
    const [central, clojars, acme, partner] = [
      repository('central', 'https://repo1.maven.org/maven2/'),
      repository('clojars', 'https://repo.clojars.org/'),
      repository('acme', 'https://repo.acme.example/'),
      repository('partner', 'https://partner.example/'),
    ];
    const pairs = [
      [central, acme],
      [clojars, acme],
      [central, clojars],
      [acme, central],
      [acme, partner],
    ] as const;
    const compared = (mode: ComparisonMode): string[] =>
      pairs.filter(([used, other]) => isCompared(used, other, mode)).map(([used, other]) => `${used.id} ${other.id}`);
    expect(compared('off')).toEqual([]);
    expect(compared('public')).toEqual(['central acme', 'clojars acme']);
    expect(compared('all')).toEqual(['central acme', 'clojars acme', 'acme central', 'acme partner']);
    // A company's repository with the id `central` is not the public one, and a blocked repository is never asked.
    expect(isCompared(repository('central', 'https://repo.acme.example/central/'), acme, 'public')).toBe(false);
    expect(isCompared(central, { ...acme, blocked: 'by settings.xml' }, 'all')).toBe(false);
  });
});

describe('the comparisons at the end of an operation', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** Begins comparisons that take these times, unless aborted; `done` counts those that ran to their end. */
  function begin(delaysMs: readonly number[], signal = new AbortController().signal): { comparisons: Comparisons; done: () => number } {
    const comparisons = createComparisons('all', signal);
    let done = 0;
    for (const ms of delaysMs) {
      comparisons.begin(
        (signal) =>
          new Promise<void>((resolve) => {
            setTimeout(() => {
              if (!signal.aborted) done += 1;
              resolve();
            }, ms);
            signal.addEventListener('abort', () => resolve(), { once: true });
          }),
      );
    }
    return { comparisons, done: () => done };
  }

  it.each([
    ['are waited for while answers come', [900, 1800, 2700], 2700, 3],
    ['are given up after a second without an answer', [900, 2000], 1900, 1],
    ['are given up after five seconds in all', Array.from({ length: 20 }, (_, index) => 900 * (index + 1)), 5000, 5],
    ['cost no time when there are none', [], 0, 0],
  ])('%s', async (_, delays, expectedMs, expectedDone) => {
    const { comparisons, done } = begin(delays);
    const startMs = Date.now();
    const finished = comparisons.finish().then(() => Date.now() - startMs);
    await vi.runAllTimersAsync();
    expect([await finished, done()]).toEqual([expectedMs, expectedDone]);
  });

  it('are not waited for after an abort', async () => {
    const controller = new AbortController();
    const { comparisons, done } = begin([900], controller.signal);
    const startMs = Date.now();
    const finished = comparisons.finish().then(() => Date.now() - startMs);
    setTimeout(() => controller.abort(), 100);
    await vi.runAllTimersAsync();
    expect([await finished, done(), comparisons.tellsSilence('b')]).toEqual([100, 0, false]);
  });

  it('are not waited for after a failure, which reports no missing answers', async () => {
    const { comparisons, done } = begin([900]);
    await comparisons.abandon();
    expect([done(), comparisons.tellsSilence('b')]).toEqual([0, false]);
  });
});
