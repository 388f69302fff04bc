/** Locking and then frozen: the same graph from the same files, whatever the repositories have meanwhile. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { formatLockfile } from '../../src/local/lockfile/format.js';
import { parseLockfile } from '../../src/local/lockfile/parse.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { digest, errorOf } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';
import { freshMachine, it } from './stage.js';

const lines = [
  'app:1 -> web:1, log:2, gone:1, late:RELEASE, test:1 test',
  'web:1 <parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent> sources -> json:1, log:1, http:[1,2)',
  'parent:1 pom <dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>',
  'bom:1 pom',
  'json:1 -> old:1',
  'old:1 <distributionManagement><relocation><artifactId>moved</artifactId></relocation></distributionManagement>',
  'moved:1',
  'http:1 -> log:3',
  'http:1.5 -> log:3',
  'http:2',
  'log:1',
  'log:2',
  'log:3',
  'late:1',
  'late:2',
  'gone:1',
  'test:1',
  'sel:1.2.0',
];
const files = world(...lines);
for (const name of [...files.keys()]) if (name.startsWith('g/gone/1/gone-1.pom')) files.delete(name);
const newer = world(...lines, 'http:1.9 -> evil:1', 'late:3', 'evil:1', 'sel:1.3.0');
for (const name of [...newer.keys()]) if (name.startsWith('g/gone/1/gone-1.pom')) newer.delete(name);

const named = ({
  dependencies,
}: {
  readonly dependencies: readonly { readonly coordinate: string; readonly scope: string; readonly depth: number }[];
}): string[] => dependencies.map(({ coordinate, scope, depth }) => `${depth} ${coordinate} ${scope}`);

describe('locking', () => {
  it('records every file that the graph was computed from and consists of, and nothing else', async ({ bench }) => {
    const server = await bench.serve(files);
    const report = await bench.lock(['g:app:1'], { repositories: [{ id: 'r', url: server.url }] });
    expect(report).toMatchObject({ file: bench.lockfile, written: true, differences: [] });
    await expect(await bench.text()).toMatchFileSnapshot('../golden/lockfile/closure.lock');
    for (const { path, sha256, size } of report.lockfile.files) {
      const content = files.get(path) ?? Buffer.alloc(0);
      expect({ path, sha256, size }).toEqual({ path, sha256: digest('sha256', content), size: content.length });
    }
  });

  it('again gives the same bytes, even if files arrived in another order', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.lock(['g:app:1'], { repositories });
    const first = await bench.text();
    expect(await bench.lock(['g:app:1'], { repositories })).toMatchObject({ written: false, differences: [] });
    for (const machine of ['a', 'b']) {
      const lockfile = join(bench.folder, `${machine}.lock`);
      await bench.lock(['g:app:1'], { repositories, ...freshMachine(bench, machine), lockfile });
      const { readFile } = await import('node:fs/promises');
      expect(await readFile(lockfile, 'utf8')).toBe(first);
    }
  });

  it('again from the local repository keeps the recorded level', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.lock(['g:app:1'], { repositories });
    const before = await bench.text();
    await rm(join(bench.folder, 'cache'), { recursive: true });
    expect((await bench.lock(['g:app:1'], { repositories, offline: true })).written).toBe(false);
    expect(await bench.text()).toBe(before);
    expect(before).toMatch(/ r transport -$/m);
  });
});

describe('frozen', () => {
  it('and offline gives the same graph, from the local repository alone', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.lock(['g:app:1'], { repositories });
    const plain = await bench.client({ repositories }).resolveDependencies(['g:app:1']);
    await server.close();
    for (const more of [{ offline: true }, {}]) {
      const frozen = await bench.client({ repositories, lockfile: bench.lockfile, frozen: true, ...more }).resolveDependencies(['g:app:1']);
      expect(named(frozen)).toEqual(named(plain));
      expect(frozen.poms.map(({ coordinate }) => coordinate)).toEqual(plain.poms.map(({ coordinate }) => coordinate));
      expect(new Set(frozen.dependencies.flatMap(({ verification }) => verification?.proofs ?? []))).toEqual(
        new Set(['pinned:sha256:transport', 'transport:sha1']),
      );
    }
  });

  it('on another machine fetches files and checks them against the pins, without requesting metadata', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.lock(['g:app:1'], { repositories: [{ id: 'r', url: server.url }] });
    const other = await bench.serve(newer);
    const frozen = await bench
      .client({ repositories: [{ id: 'r', url: other.url }], lockfile: bench.lockfile, frozen: true, ...freshMachine(bench, 'ci') })
      .resolveDependencies(['g:app:1']);
    // http 1.9 and late 3 have been published since, and stay out.
    expect(named(frozen)).toEqual([
      '1 g:app:1 compile',
      '2 g:web:1 compile',
      '3 g:json:1 compile',
      '4 g:moved:1 compile',
      '3 g:http:1.5 compile',
      '2 g:log:2 compile',
      '2 g:gone:1 compile',
      '2 g:late:RELEASE compile',
    ]);
    expect(other.requests.filter(({ path }) => /maven-metadata|evil|1\.9|late-3|gone-1\.pom/.test(path))).toEqual([]);
    expect(frozen.dependencies.map(({ verification }) => verification?.level)).toEqual(Array.from({ length: 8 }, () => 'pinned'));
  });

  it('left out takes new versions, and the pins of the old ones still hold', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.lock(['g:app:1'], { repositories: [{ id: 'r', url: server.url }] });
    const other = await bench.serve(newer);
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: other.url }], lockfile: bench.lockfile, ...freshMachine(bench, 'dev') })
      .resolveDependencies(['g:app:1']);
    expect(named(resolution)).toContain('3 g:http:1.9 compile');
    const levels = new Map(resolution.dependencies.map(({ coordinate, verification }) => [coordinate, verification?.level]));
    expect([levels.get('g:app:1'), levels.get('g:http:1.9')]).toEqual(['pinned', 'transport']);
  });

  it('takes the locked version for RELEASE of a single artifact', async ({ bench }) => {
    const server = await bench.serve(files);
    await bench.lock(['g:late:RELEASE', 'g:http:[1,2)', 'g/sel@^1.2'], { repositories: [{ id: 'r', url: server.url }] });
    const other = await bench.serve(newer);
    const client = bench.client({
      repositories: [{ id: 'r', url: other.url }],
      lockfile: bench.lockfile,
      frozen: true,
      ...freshMachine(bench, 'ci'),
    });
    expect(named(await client.resolveDependencies(['g:late:RELEASE', 'g:http:[1,2)', 'g/sel@^1.2']))).toEqual([
      '1 g:late:RELEASE compile',
      '1 g:http:1.5 compile',
      '2 g:log:3 compile',
      '1 g:sel:1.2.0 compile',
    ]);
    expect((await client.resolveArtifact('g/sel@^1.2')).version).toBe('1.2.0');
    expect(await errorOf(client.resolveArtifact('g:log:2'))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
      coordinate: 'g:log:2',
    });
    expect(await errorOf(client.resolveArtifact('g:http:RELEASE'))).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'stale' });
    expect(await errorOf(client.resolveVersions('g/log'))).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'stale' });
  });

  it('locks the selectors ~1.2 and =1.2.0 as they are written, and the plain versions ~1 and =1 as no choice', async ({ bench }) => {
    const odd = world('sel:1.2.0', 'app:~1 -> lib:=1', 'lib:=1', 'sel:~1.2');
    const server = await bench.serve(odd);
    await bench.lock(['g:app:~1', 'g/sel@~1.2', 'g/sel@=1.2.0'], {
      repositories: [{ id: 'r', url: server.url }],
    });
    const text = await readFile(bench.lockfile, 'utf8');
    const lines = text.split('\n').filter((line) => /^(?:root|version) /.test(line));
    expect(lines).toEqual([
      'root g:app:~1',
      'root g:sel:=1.2.0',
      'root g:sel:~1.2',
      'version g:sel =1.2.0 1.2.0',
      'version g:sel ~1.2 1.2.0',
    ]);
    expect(formatLockfile(parseLockfile(text, 'x'))).toBe(text);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }], lockfile: bench.lockfile, frozen: true });
    expect((await client.resolveArtifact('g/sel@~1.2')).version).toBe('1.2.0');
    expect(await errorOf(client.resolveArtifact('g:sel:~1.2'))).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'stale' });
  });

  it('keeps snapshots at the locked build', async ({ bench }) => {
    const live = (...builds: readonly number[]): Map<string, Buffer> => {
      const snapshots = builds.map((buildNumber) => ({ timestamp: `2024010${buildNumber}.000000`, buildNumber }));
      const { files: made } = createFixtureRepository({
        artifacts: [
          {
            group: 'g',
            artifact: 'live',
            versions: ['1-SNAPSHOT'],
            size: 300,
            dependencies: [{ group: 'g', artifact: 'log', version: '1' }],
            snapshots,
          },
        ],
      });
      return new Map([...made, ...world('app:1 -> live:1-SNAPSHOT', 'log:1')]);
    };
    const server = await bench.serve(live(1));
    const { lockfile } = await bench.lock(['g:app:1'], { repositories: [{ id: 'r', url: server.url }] });
    expect(lockfile.versions.map(({ requested, chosen }) => [requested.extension, requested.version, chosen])).toEqual([
      ['jar', '1-SNAPSHOT', '1-20240101.000000-1'],
      ['pom', '1-SNAPSHOT', '1-20240101.000000-1'],
    ]);
    expect(lockfile.files.map(({ path }) => path)).toContain('g/live/1-SNAPSHOT/live-1-20240101.000000-1.jar');
    const later = await bench.serve(live(1, 2));
    const repositories = [{ id: 'r', url: later.url }];
    const frozen = bench.client({ repositories, lockfile: bench.lockfile, frozen: true, ...freshMachine(bench, 'ci') });
    const { dependencies } = await frozen.resolveDependencies(['g:app:1']);
    expect(dependencies.map(({ path }) => path?.split('/').at(-1))).toEqual(['app-1.jar', 'live-1-20240101.000000-1.jar', 'log-1.jar']);
    expect((await frozen.resolveArtifact('g:live:1-SNAPSHOT')).path).toMatch(/20240101\.000000-1\.jar$/);
    expect(later.requests.filter(({ path }) => path.includes('maven-metadata'))).toEqual([]);
    // Locking again keeps it; naming it moves it on.
    expect((await bench.lock(['g:app:1'], { repositories })).differences).toEqual([]);
    const { differences } = await bench.lock(['g:app:1'], { repositories, update: ['g/live'] });
    expect(differences.map(({ kind, subject }) => `${kind} ${subject}`)).toContain('changed g:live:1-SNAPSHOT');
    expect(await bench.text()).toMatch(/^version g:live 1-SNAPSHOT 1-20240102\.000000-2$/m);
  });

  it('keeps a snapshot that was installed on this machine as it is', async ({ bench }) => {
    const made = world('app:1 -> mine:1-SNAPSHOT');
    const mine = world('mine:9');
    const server = await bench.serve(made);
    for (const extension of ['jar', 'pom'])
      await bench.write(
        pathOf('mine', '1-SNAPSHOT', extension),
        (mine.get(pathOf('mine', '9', extension)) ?? Buffer.alloc(0)).toString('latin1').replaceAll('>9<', '>1-SNAPSHOT<'),
      );
    const repositories = [{ id: 'r', url: server.url }];
    const { lockfile } = await bench.lock(['g:app:1'], { repositories });
    expect(lockfile.files.find(({ path }) => path === pathOf('mine', '1-SNAPSHOT'))).toMatchObject({ level: 'local', repository: null });
    const frozen = await bench.client({ repositories, lockfile: bench.lockfile, frozen: true }).resolveDependencies(['g:app:1']);
    expect(frozen.dependencies[1]?.verification?.proofs).toEqual(['pinned:sha256:local', 'local']);
  });

  it('fetches sources and javadoc that were locked, and keeps missing ones missing', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.lock(['g:app:1'], { repositories, attachments: ['sources'] });
    expect(await bench.text()).toMatch(/^absent g\/app\/1\/app-1-sources\.jar$/m);
    const client = bench.client({ repositories, lockfile: bench.lockfile, frozen: true, ...freshMachine(bench, 'ci') });
    expect(
      (await client.resolveDependencies(['g:app:1'], { attachments: ['sources'] })).attachments.map(({ coordinate }) => coordinate),
    ).toEqual(['g:web:jar:sources:1']);
    expect(await errorOf(client.resolveDependencies(['g:app:1'], { attachments: ['javadoc'] }))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
    });
  });

  it('with other roots, another order or other management is stale, and says why', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.lock(['g:web:1', 'g:log:2'], { repositories });
    const client = bench.client({ repositories, lockfile: bench.lockfile, frozen: true });
    expect(await errorOf(client.resolveDependencies(['g:web:1', 'g:log:3']))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
      path: bench.lockfile,
      message: `${bench.lockfile} was made for something else: not asked for when it was locked: g:log:3; asked for then and not now: g:log:2`,
      hint: expect.stringContaining('clojars-fetch lock') as string,
    });
    for (const changed of [
      client.resolveDependencies(['g:log:2', 'g:web:1']),
      client.resolveDependencies(['g:web:1', 'g:log:2'], { conflicts: 'highest' }),
      client.resolveDependencies(['g:web:1', 'g:log:2'], { managed: [{ group: 'g', artifact: 'json', version: '2' }] }),
      client.resolveDependencies([
        { group: 'g', artifact: 'web', version: '1', exclusions: [{ group: 'g', artifact: 'json' }] },
        'g:log:2',
      ]),
    ])
      expect(await errorOf(changed)).toMatchObject({
        code: 'ERR_LOCKFILE',
        reason: 'stale',
        message: expect.stringContaining('the order, scopes, exclusions or management of the roots') as string,
      });
    // Fewer scopes need fewer files; more scopes need files that were not locked.
    expect(named(await client.resolveDependencies(['g:web:1', 'g:log:2'], { scopes: ['runtime'] }))).toContain('1 g:log:2 compile');
  });

  it('with a scope that was not locked is refused, naming the file', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    const roots = [{ group: 'g', artifact: 'test', version: '1', scope: 'test' }];
    await bench.lock({ roots }, { repositories });
    const client = bench.client({ repositories, lockfile: bench.lockfile, frozen: true });
    expect(await errorOf(client.resolveDependencies(roots, { scopes: ['test'] }))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
      message: `g:test:1 is not in ${bench.lockfile} (g/test/1/test-1.jar), and --frozen allows nothing else`,
    });
  });

  it('works with every mirror down and the files present', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url }];
    await bench.lock(['g:app:1'], { repositories });
    await server.close();
    const dead = await bench.serve(files, { fault: 'black-hole' });
    const frozen = await bench
      .client({ repositories: [{ id: 'r', url: server.url, mirrors: [dead.url] }], lockfile: bench.lockfile, frozen: true })
      .resolveDependencies(['g:app:1']);
    expect(frozen.dependencies).toHaveLength(8);
  });

  it('without a lockfile is a configuration error that says how to make one', async ({ bench }) => {
    const client = bench.client({ lockfile: bench.lockfile, frozen: true });
    expect(await errorOf(client.resolveArtifact('g:app:1'))).toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'unreadable',
      message: `${bench.lockfile}: no such lockfile`,
    });
  });

  it('skips an earlier repository that does not answer for the one that the lockfile names', async ({ bench }) => {
    const server = await bench.serve(files);
    const empty = await bench.serve(new Map());
    const both = [
      { id: 'first', url: empty.url },
      { id: 'second', url: server.url },
    ];
    await bench.lock(['g:json:1'], { repositories: both });
    await empty.close();
    const machine = freshMachine(bench, 'ci');
    expect(await errorOf(bench.client({ repositories: both, ...machine }).resolveDependencies(['g:json:1']))).toMatchObject({
      code: 'ERR_UNREACHABLE',
    });
    const frozen = await bench
      .client({ repositories: both, lockfile: bench.lockfile, frozen: true, ...machine })
      .resolveDependencies(['g:json:1']);
    expect(frozen.dependencies.map(({ repository }) => repository)).toEqual(['second', 'second']);
  });
});
