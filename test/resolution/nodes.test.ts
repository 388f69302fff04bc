/** Kinds of single nodes in a graph: snapshots, version keywords, relocated ones, system dependencies, bound to a repository. */
import { describe, expect } from 'vitest';

import { createFixtureRepository } from '../support/maven-repository.js';
import { errorOf, it } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';

const merged = (...maps: readonly ReadonlyMap<string, Buffer>[]): Map<string, Buffer> => new Map(maps.flatMap((map) => [...map]));
const coordinatesOf = ({
  dependencies,
}: {
  readonly dependencies: readonly { readonly coordinate: string; readonly scope: string }[];
}): string[] => dependencies.map(({ coordinate, scope }) => `${coordinate} ${scope}`);
const moved =
  '<distributionManagement><relocation><artifactId>new</artifactId><message>It has a new name.</message></relocation></distributionManagement>';
const ofMachine =
  '<dependencies><dependency><groupId>g</groupId><artifactId>tools</artifactId><version>1</version><scope>system</scope><systemPath>/opt/tools.jar</systemPath></dependency></dependencies>';

describe('a node', () => {
  it('that is a snapshot stays one in the graph; the file is its newest build', async ({ bench }) => {
    const snapshot = createFixtureRepository({
      artifacts: [
        {
          group: 'g',
          artifact: 'live',
          versions: ['1-SNAPSHOT'],
          size: 300,
          dependencies: [{ group: 'g', artifact: 'log', version: '1' }],
          snapshots: [
            { timestamp: '20240101.000000', buildNumber: 1 },
            { timestamp: '20240102.000000', buildNumber: 2 },
          ],
        },
      ],
    }).files;
    const server = await bench.serve(merged(snapshot, world('app:1 -> live:1-SNAPSHOT', 'log:1')));
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: server.url, snapshots: true }] })
      .resolveDependencies(['g:app:1']);
    expect(coordinatesOf(resolution)).toEqual(['g:app:1 compile', 'g:live:1-SNAPSHOT compile', 'g:log:1 compile']);
    expect(resolution.dependencies[1]?.path).toContain('live-1-20240102.000000-2.jar');
    expect(await bench.placed()).toEqual(expect.arrayContaining([pathOf('live', '1-SNAPSHOT'), pathOf('live', '1-SNAPSHOT', 'pom')]));
  });

  it('with RELEASE or LATEST keeps that version; the file is the version that it stands for', async ({ bench }) => {
    const server = await bench.serve(world('app:1 -> log:RELEASE, web:LATEST', 'log:1', 'log:2', 'web:1', 'web:2-SNAPSHOT'));
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: server.url, snapshots: true }] })
      .resolveDependencies(['g:app:1']);
    expect(coordinatesOf(resolution)).toEqual(['g:app:1 compile', 'g:log:RELEASE compile', 'g:web:LATEST compile']);
    expect(resolution.dependencies.map(({ path }) => path?.split('/').at(-1))).toEqual([
      'app-1.jar',
      'log-2.jar',
      expect.stringMatching(/^web-2-\d{8}\.\d{6}-1\.jar$/),
    ]);
  });

  it('that was relocated carries the message', async ({ bench }) => {
    const server = await bench.serve(world('app:1 -> old:1', `old:1 ${moved}`, 'new:1 -> log:1', 'log:1'));
    const resolution = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveDependencies(['g:app:1']);
    expect(coordinatesOf(resolution)).toEqual(['g:app:1 compile', 'g:new:1 compile', 'g:log:1 compile']);
    expect(resolution.dependencies[1]?.relocatedFrom).toEqual(['g:old:1']);
    expect(resolution.problems).toEqual([
      { coordinate: 'g:new:1', kind: 'relocated', reason: 'relocated', message: 'g:old:1 has moved to g:new:1: It has a new name.' },
    ]);
    expect(server.count(pathOf('old', '1'))).toBe(0);
    expect(resolution.poms.map(({ coordinate }) => coordinate)).toContain('g:old:pom:1');
  });

  // Measured: `mvn dependency:tree` of Maven 3.8.7, of a project that depends on app:1 or mid:1, and of app itself.
  it('that was relocated is managed by the project itself and never by one of its dependencies', async ({ bench }) => {
    const management =
      '<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>new</artifactId><version>2</version></dependency></dependencies></dependencyManagement>';
    const server = await bench.serve(
      world('mid:1 -> app:1', `app:1 ${management} -> a:1`, 'a:1 -> old:1', `old:1 ${moved}`, 'new:1', 'new:2'),
    );
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const last = async (roots: readonly string[], root?: string): Promise<string | undefined> =>
      coordinatesOf(await client.resolveDependencies(roots, { root, download: false })).at(-1);
    expect(await last(['g:app:1'])).toBe('g:new:1 compile');
    expect(await last(['g:mid:1'])).toBe('g:new:1 compile');
    expect(await last([], 'g:app:1')).toBe('g:new:2 compile');
  });

  it('with a system path is never requested', async ({ bench }) => {
    const server = await bench.serve(world(`app:1 ${ofMachine}`));
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: server.url }] })
      .resolveDependencies(['g:app:1'], { scopes: ['compile', 'system'] });
    expect(coordinatesOf(resolution)).toEqual(['g:app:1 compile', 'g:tools:1 system']);
    expect(resolution.dependencies[1]?.path).toBeNull();
    expect(resolution.problems).toMatchObject([{ kind: 'system', message: expect.stringContaining('/opt/tools.jar') as unknown }]);
    expect(server.count(/tools/)).toBe(0);
  });

  it('with another classifier or extension has its own version', async ({ bench }) => {
    const pomElements =
      '<dependencies><dependency><groupId>g</groupId><artifactId>web</artifactId><version>1</version><classifier>sources</classifier></dependency><dependency><groupId>g</groupId><artifactId>web</artifactId><version>2</version></dependency><dependency><groupId>g</groupId><artifactId>bom</artifactId><version>1</version><type>pom</type></dependency></dependencies>';
    const server = await bench.serve(world(`app:1 ${pomElements}`, 'web:1 sources', 'web:2', 'bom:1 pom'));
    const resolution = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveDependencies(['g:app:1']);
    expect(coordinatesOf(resolution)).toEqual(['g:app:1 compile', 'g:web:jar:sources:1 compile', 'g:web:2 compile', 'g:bom:pom:1 compile']);
    expect(resolution.dependencies.map(({ path }) => path?.split('/').at(-1))).toEqual([
      'app-1.jar',
      'web-1-sources.jar',
      'web-2.jar',
      'bom-1.pom',
    ]);
  });

  it('as the root of the graph applies its management and its optional dependencies', async ({ bench }) => {
    const managed =
      '<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>log</artifactId><version>2</version></dependency></dependencies></dependencyManagement>';
    const server = await bench.serve(world(`app:1 ${managed} -> web:1, extra:1 optional`, 'web:1 -> log:1', 'log:1', 'log:2', 'extra:1'));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const resolution = await client.resolveDependencies([], { root: 'g:app:1' });
    expect(resolution.dependencies.map(({ coordinate, depth, optional }) => [coordinate, depth, optional])).toEqual([
      ['g:app:1', 0, false],
      ['g:web:1', 1, false],
      ['g:log:2', 2, false],
      ['g:extra:1', 1, true],
    ]);
    expect(resolution.tree()).toMatchObject({
      coordinate: 'g:app:1',
      children: [{ children: [{ coordinate: 'g:log:2', managedFrom: { version: '1' } }] }, {}],
    });
    expect(coordinatesOf(await client.resolveDependencies(['g:app:1']))).toEqual(['g:app:1 compile', 'g:web:1 compile', 'g:log:1 compile']);
  });

  it('of a bound group is requested from no other repository, however deep in the graph', async ({ bench }) => {
    const secret = createFixtureRepository({ artifacts: [{ group: 'com.ours', artifact: 'core', versions: ['1'], size: 200 }] }).files;
    const open = merged(
      world('web:1 -> log:1', 'log:1'),
      createFixtureRepository({
        artifacts: [
          {
            group: 'g',
            artifact: 'app',
            versions: ['1'],
            size: 200,
            dependencies: [
              { group: 'com.ours', artifact: 'core', version: '1' },
              { group: 'g', artifact: 'web', version: '1' },
            ],
          },
        ],
      }).files,
      createFixtureRepository({ seed: 'stranger', artifacts: [{ group: 'com.ours', artifact: 'core', versions: ['1', '9'], size: 200 }] })
        .files,
    );
    const [publicServer, ourServer] = [await bench.serve(open), await bench.serve(secret)];
    const resolution = await bench
      .client({
        repositories: [
          { id: 'public', url: publicServer.url },
          { id: 'ours', url: ourServer.url, groups: ['com.ours'] },
        ],
      })
      .resolveDependencies(['g:app:1', 'com.ours:core:[1,)']);
    expect(resolution.dependencies.map(({ coordinate, repository }) => [coordinate, repository])).toEqual([
      ['g:app:1', 'public'],
      ['g:web:1', 'public'],
      ['g:log:1', 'public'],
      ['com.ours:core:1', 'ours'],
    ]);
    expect(publicServer.count(/com\/ours/)).toBe(0);
    expect(ourServer.count(/^g\//)).toBe(0);
  });

  it('of a bound group has its parents, BOMs and relocated artifacts requested there, too, although another repository has files of these names', async ({
    bench,
  }) => {
    const ours = (artifact: string, pomElements: string, packaging: 'jar' | 'pom' = 'pom') => ({
      group: 'com.ours',
      artifact,
      versions: ['1'],
      size: 200,
      packaging,
      pomElements,
    });
    const managing = (version: string): string =>
      `<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>log</artifactId><version>${version}</version></dependency></dependencies></dependencyManagement>`;
    const needing = (artifact: string): string =>
      `<dependencies><dependency><groupId>g</groupId><artifactId>${artifact}</artifactId><version>1</version></dependency></dependencies>`;
    const secret = createFixtureRepository({
      artifacts: [ours('parent', needing('web')), ours('bom', managing('1')), ours('core', '', 'jar')],
    }).files;
    const strangers = createFixtureRepository({
      seed: 'stranger',
      artifacts: [ours('parent', needing('evil')), ours('bom', managing('666')), ours('core', needing('evil'), 'jar')],
    }).files;
    const of = (artifact: string): string => `<groupId>com.ours</groupId><artifactId>${artifact}</artifactId><version>1</version>`;
    const app = `<parent>${of('parent')}</parent><dependencyManagement><dependencies><dependency>${of('bom')}<type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>log</artifactId></dependency><dependency><groupId>g</groupId><artifactId>old</artifactId><version>1</version></dependency></dependencies>`;
    const open = merged(
      world(
        `app:1 ${app}`,
        `old:1 <distributionManagement><relocation>${of('core')}</relocation></distributionManagement>`,
        'web:1',
        'log:1',
        'log:666',
        'evil:1',
      ),
      strangers,
    );
    const [publicServer, ourServer] = [await bench.serve(open), await bench.serve(secret)];
    const resolution = await bench
      .client({
        repositories: [
          { id: 'public', url: publicServer.url },
          { id: 'ours', url: ourServer.url, groups: ['com.ours'] },
        ],
      })
      .resolveDependencies(['g:app:1']);
    expect(resolution.dependencies.map(({ coordinate, repository }) => [coordinate, repository])).toEqual([
      ['g:app:1', 'public'],
      ['g:log:1', 'public'],
      ['com.ours:core:1', 'ours'],
      ['g:web:1', 'public'],
    ]);
    expect(publicServer.count(/com\/ours/)).toBe(0);
    expect(ourServer.count(/^g\//)).toBe(0);
  });

  it('whose group has a policy of its own has its POM and jar checked by it', async ({ bench }) => {
    const server = await bench.serve(world('app:1 -> web:1', 'web:1'));
    const error = await errorOf(
      bench
        .client({ repositories: [{ id: 'r', url: server.url }], trust: { rules: [{ group: 'g', level: 'origin' }] } })
        .resolveDependencies(['g:app:1']),
    );
    expect(error).toMatchObject({ code: 'ERR_CHECKSUM', coordinate: 'g:app:pom:1' });
  });
});

describe('concurrent calls', () => {
  it('wait for each other and get the same files if their closures share some', async ({ bench }) => {
    const files = world('app:1 -> web:1, log:1', 'web:1 -> log:2', 'other:1 -> web:1', 'log:1', 'log:2');
    const server = await bench.serve(files, { fault: (path) => (/log-1.*pom$/.test(path) ? { delayMs: 150 } : null) });
    const [one, two] = [
      bench.client({ repositories: [{ id: 'r', url: server.url }] }),
      bench.client({ repositories: [{ id: 'r', url: server.url }] }),
    ];
    const [app, other, again] = await Promise.all([
      one.resolveDependencies(['g:app:1']),
      one.resolveDependencies(['g:other:1']),
      two.resolveDependencies(['g:app:1']),
    ]);
    expect(coordinatesOf(app)).toEqual(['g:app:1 compile', 'g:web:1 compile', 'g:log:1 compile']);
    expect(coordinatesOf(other)).toEqual(['g:other:1 compile', 'g:web:1 compile', 'g:log:2 compile']);
    expect(again.dependencies.map(({ sha256 }) => sha256)).toEqual(app.dependencies.map(({ sha256 }) => sha256));
    for (const path of [pathOf('web', '1'), pathOf('app', '1'), pathOf('web', '1', 'pom')]) expect(server.count(path)).toBe(1);
  });

  it('may have a hundred files that wait for the last POM', async ({ bench }) => {
    const lines = Array.from({ length: 100 }, (_, index) => `n${index}:1`);
    const files = world(`app:1 -> ${lines.join(', ')}, late:1`, 'late:1', ...lines);
    const server = await bench.serve(files, { fault: (path) => (/late.*pom$/.test(path) ? { delayMs: 700 } : null) });
    const resolution = await bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveDependencies(['g:app:1']);
    expect(resolution.dependencies.filter(({ path }) => path !== null)).toHaveLength(102);
  });
});

describe('cancellation', () => {
  it('by an abort in the middle leaves nothing half done', async ({ bench }) => {
    const server = await bench.serve(world('app:1 -> web:1, log:1', 'web:1', 'log:1'), { fault: { fault: 'hang', match: /web.*pom$/ } });
    const controller = new AbortController();
    const client = bench.client({
      repositories: [{ id: 'r', url: server.url }],
      onEvent: (event) =>
        event.type === 'attempt-started' && /web.*pom$/.test(event.path) && setTimeout(() => controller.abort(new Error('enough')), 50),
    });
    expect(await errorOf(client.resolveDependencies(['g:app:1'], { signal: controller.signal }))).toMatchObject({
      code: 'ERR_ABORTED',
      reason: 'signal',
    });
    expect((await bench.placed()).filter((name) => /\.jar|tmp$/.test(name))).toEqual([]);
    server.setFault(null);
    expect(coordinatesOf(await client.resolveDependencies(['g:app:1']))).toHaveLength(3);
  });
});

describe('descriptors', () => {
  const profile =
    '<profiles><profile><activation><property><name>extra</name></property></activation><dependencies><dependency><groupId>g</groupId><artifactId>extra</artifactId><version>${extra}</version></dependency></dependencies></profile></profiles>';
  const managed =
    '<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>log</artifactId><version>2</version><scope>runtime</scope></dependency></dependencies></dependencyManagement>';

  it('are effective POMs, for the machine that is described', async ({ bench }) => {
    const server = await bench.serve(world(`app:1 ${managed}${profile} -> web:1 test`, `old:1 ${moved.replace('new', 'app')}`));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const web = { group: 'g', artifact: 'web', version: '1', extension: 'jar', classifier: '', scope: 'test' };
    expect(await client.resolveDescriptor('g:old:1', { systemProperties: { 'java.version': '17', extra: '7' } })).toMatchObject({
      coordinate: 'g:app:1',
      relocatedFrom: ['g:old:1'],
      dependencies: [web, { artifact: 'extra', version: '7', scope: 'compile' }],
      managedDependencies: [{ group: 'g', artifact: 'log', version: '2', extension: 'jar', classifier: '', scope: 'runtime' }],
      problems: [],
    });
    expect((await client.resolveDescriptor({ group: 'g', artifact: 'app', version: '1' })).dependencies).toEqual([web]);
    expect((await bench.placed()).filter((name) => name.endsWith('.jar'))).toEqual([]);
  });

  it('may be absent, or invalid', async ({ bench }) => {
    const server = await bench.serve(
      world('bad:1 <dependencies><dependency><groupId>g</groupId><artifactId>x</artifactId></dependency></dependencies>'),
    );
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    expect(await errorOf(client.resolveDescriptor('g:nowhere:1'))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(await client.resolveDescriptor('g:bad:1')).toMatchObject({
      dependencies: [],
      problems: [{ kind: 'invalid', reason: 'version-missing' }],
    });
  });
});
