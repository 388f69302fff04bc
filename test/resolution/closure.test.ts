/** Closures over loopback repositories that misbehave: which files come, from which server, and which remain on the disk. */
import { createHash } from 'node:crypto';

import { describe, expect } from 'vitest';

import { formatClassPath, formatDependencyTree } from '../../src/fetch/resolution/text.js';
import { errorOf, it, type Workbench } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';

const files = world(
  'app:1 -> web:1, log:2, test:1 test, gone:1 optional',
  'web:1 sources -> json:1, log:1, http:[1,2)',
  'json:1 -> log:1 runtime',
  'http:1 -> log:3',
  'http:1.5 -> log:3',
  'http:2',
  'log:1',
  'log:2',
  'log:3',
  'test:1 -> log:1',
);

const jarsOf = async (bench: Workbench): Promise<string[]> => (await bench.placed()).filter((name) => name.endsWith('.jar'));
const listOf = ({
  dependencies,
}: {
  readonly dependencies: readonly { readonly coordinate: string; readonly scope: string; readonly depth: number }[];
}): string[] => dependencies.map(({ coordinate, scope, depth }) => `${'  '.repeat(depth - 1)}${coordinate} ${scope}`);

describe('a closure', () => {
  it('is in class path order, with every file verified and in the local repository', async ({ bench }) => {
    const server = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const resolution = await client.resolveDependencies(['g:app:1']);
    expect(listOf(resolution)).toEqual([
      'g:app:1 compile',
      '  g:web:1 compile',
      '    g:json:1 compile',
      '    g:http:1.5 compile',
      '  g:log:2 compile',
    ]);
    expect(await jarsOf(bench)).toEqual([
      pathOf('app', '1'),
      pathOf('http', '1.5'),
      pathOf('json', '1'),
      pathOf('log', '2'),
      pathOf('web', '1'),
    ]);
    for (const { path, sha256, size, repository, mirror, verification, group, artifact, version } of resolution.dependencies) {
      const content = files.get(pathOf(artifact, version)) ?? Buffer.alloc(0);
      expect({ path, sha256, size, repository, mirror, group, level: verification?.level }).toEqual({
        path: `${bench.m2}/${pathOf(artifact, version)}`,
        sha256: createHash('sha256').update(content).digest('hex'),
        size: content.length,
        repository: 'r',
        mirror: server.url,
        group: 'g',
        level: 'transport',
      });
    }
    expect(resolution.poms.map(({ coordinate, verification }) => `${coordinate} ${verification.level}`)).toEqual([
      'g:app:pom:1 transport',
      'g:http:pom:1 transport',
      'g:http:pom:1.5 transport',
      'g:json:pom:1 transport',
      'g:log:pom:1 transport',
      'g:log:pom:2 transport',
      'g:log:pom:3 transport',
      'g:web:pom:1 transport',
    ]);
    expect(formatClassPath(resolution).split(':')).toEqual(resolution.dependencies.map(({ path }) => path));
    const overrides = new Map([
      ['g/log', '/my/log'],
      ['g/json', ''],
    ]);
    expect(formatClassPath(resolution, undefined, overrides).split(':')).toEqual(
      resolution.dependencies.flatMap(({ artifact, path }) => (artifact === 'json' ? [] : artifact === 'log' ? ['/my/log'] : [path])),
    );
    expect(resolution.problems).toEqual([]);
    await expect(formatDependencyTree(resolution.tree())).toMatchFileSnapshot('../golden/resolution/tree.txt');
    expect(resolution.explain('g', 'log').paths.map(({ path, omitted, keptInstead }) => [path.join(' > '), omitted, keptInstead])).toEqual([
      ['g:app:1 > g:web:1 > g:json:1 > g:log:1', 'conflict', 'g:log:2'],
      ['g:app:1 > g:web:1 > g:log:1', 'conflict', 'g:log:2'],
      ['g:app:1 > g:web:1 > g:http:1 > g:log:3', 'cut-off', null],
      ['g:app:1 > g:web:1 > g:http:1.5 > g:log:3', 'conflict', 'g:log:2'],
      ['g:app:1 > g:log:2', null, null],
    ]);
  });

  it('needs no server afterwards, and is the same', async ({ bench }) => {
    const server = await bench.serve(files);
    const options = { repositories: [{ id: 'r', url: server.url }] };
    const first = await bench.client(options).resolveDependencies(['g:app:1']);
    await server.close();
    const again = await bench.client({ ...options, offline: true }).resolveDependencies(['g:app:1']);
    const bare = ({ mirror: _mirror, verification: _verification, ...rest }: (typeof first.dependencies)[number]): unknown => rest;
    expect(again.dependencies.map(bare)).toEqual(first.dependencies.map(bare));
    expect(again.dependencies.map(({ mirror }) => mirror)).toEqual([null, null, null, null, null]);
    expect(formatDependencyTree(again.tree())).toBe(formatDependencyTree(first.tree()));
  });

  it('fails offline before the first fetch with ERR_OFFLINE, naming a POM', async ({ bench }) => {
    const error = await errorOf(
      bench.client({ offline: true, repositories: [{ id: 'r', url: 'https://maven.example.org/' }] }).resolveDependencies(['g:app:1']),
    );
    expect(error).toMatchObject({ code: 'ERR_OFFLINE', coordinate: 'g:app:pom:1' });
  });

  it('is fetched past a dead primary mirror', async ({ bench }) => {
    const [dead, sound] = [await bench.serve(files, { fault: 'refuse' }), await bench.serve(files)];
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: dead.url, mirrors: [sound.url] }] })
      .resolveDependencies(['g:app:1']);
    expect(resolution.dependencies.map(({ mirror }) => mirror)).toEqual(Array.from({ length: 5 }, () => sound.url));
  });

  it('may consist of POMs only', async ({ bench }) => {
    const server = await bench.serve(files);
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: server.url }] })
      .resolveDependencies(['g:app:1'], { download: false });
    expect(listOf(resolution)).toHaveLength(5);
    expect(resolution.dependencies.map(({ path, verification }) => [path, verification])).toEqual(
      Array.from({ length: 5 }, () => [null, null]),
    );
    expect(await jarsOf(bench)).toEqual([]);
  });

  it('may have other scopes, the highest version, and sources', async ({ bench }) => {
    const server = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const highest = await client.resolveDependencies(['g:app:1'], { conflicts: 'highest', attachments: ['sources', 'javadoc'] });
    expect(listOf(highest)).toContain('      g:log:3 compile');
    expect(highest.attachments.map(({ coordinate }) => coordinate)).toEqual(['g:web:jar:sources:1']);
    const it = { group: 'g', artifact: 'test', version: '1', scope: 'test' };
    const [root] = (await client.resolveDependencies([it])).dependencies;
    expect(root).toMatchObject({ scope: 'test', path: null });
    expect((await client.resolveDependencies([it], { scopes: ['test'] })).dependencies.map(({ path }) => path)).toEqual([
      `${bench.m2}/${pathOf('test', '1')}`,
      `${bench.m2}/${pathOf('log', '1')}`,
    ]);
  });

  it.for([
    ['war', 'war'],
    ['ear', 'ear'],
    ['aar', 'aar'],
    ['zip', 'zip'],
    ['hpi', 'hpi'],
    ['bundle', 'jar'],
    ['maven-plugin', 'jar'],
    ['ejb', 'jar'],
    ['jar', 'jar'],
  ] as const)('takes a root without an extension, packaged as %s, for a %s', async ([packaging, extension], { bench }) => {
    const made = world('app:1 -> log:1', 'log:1');
    const pom = Buffer.from(
      String(made.get(pathOf('app', '1', 'pom')))
        .replace(/<packaging>[^<]*<\/packaging>/, '')
        .replace('</artifactId>', `</artifactId><packaging>${packaging}</packaging>`),
    );
    const content = Buffer.from(`a ${packaging}`);
    for (const [path, bytes] of [
      [pathOf('app', '1', 'pom'), pom],
      [pathOf('app', '1', extension), content],
    ] as const)
      made.set(path, bytes).set(`${path}.sha1`, Buffer.from(createHash('sha1').update(bytes).digest('hex')));
    const server = await bench.serve(made);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const {
      dependencies: [root],
    } = await client.resolveDependencies(['g:app:1']);
    expect(root).toMatchObject({ extension, path: `${bench.m2}/${pathOf('app', '1', extension)}` });
    // An extension given by the user counts.
    if (extension !== 'jar')
      expect((await client.resolveDependencies(['g:app:jar:1'])).dependencies[0]).toMatchObject({ extension: 'jar' });
  });

  it('includes sources and javadoc where they exist', async ({ bench }) => {
    const server = await bench.serve(world('lib:1 sources javadoc -> base:1', 'base:1 javadoc'));
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: server.url }] })
      .resolveDependencies(['g:lib:1'], { attachments: ['sources', 'javadoc'] });
    expect(resolution.attachments.map(({ coordinate, path }) => [coordinate, path])).toEqual([
      ['g:lib:jar:sources:1', `${bench.m2}/g/lib/1/lib-1-sources.jar`],
      ['g:lib:jar:javadoc:1', `${bench.m2}/g/lib/1/lib-1-javadoc.jar`],
      ['g:base:jar:javadoc:1', `${bench.m2}/g/base/1/base-1-javadoc.jar`],
    ]);
    expect((await jarsOf(bench)).filter((name) => name.endsWith('-javadoc.jar'))).toHaveLength(2);
  });

  it('takes a version such as 4.x, of a root and of a dependency, for a version and never for a selector', async ({ bench }) => {
    const server = await bench.serve(world('app:3.x -> lib:4.x', 'lib:4.x -> base:1.x', 'base:1.x', 'lib:4.9', 'app:3.9'));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const resolution = await client.resolveDependencies(['g:app:3.x'], { download: false });
    expect(listOf(resolution)).toEqual(['g:app:3.x compile', '  g:lib:4.x compile', '    g:base:1.x compile']);
    const { dependencies } = await client.resolveDependencies([{ group: 'g', artifact: 'lib', version: '4.x' }], { scopes: [] });
    expect(dependencies[0]).toMatchObject({ version: '4.x' });
    await expect(client.resolveArtifact({ group: 'g', artifact: 'lib', version: '4.x' })).resolves.toMatchObject({ version: '4.x' });
  });

  it('takes ~1 and =1 of a POM, as dependency, parent and management, for versions and never for selectors', async ({ bench }) => {
    const files = world(
      'app:1 -> lib:~1, managed:9',
      'lib:~1 <parent><groupId>g</groupId><artifactId>mother</artifactId><version>=1</version></parent> -> base:=1',
      'mother:=1 pom -> above:~2',
      'base:=1',
      'above:~2',
      'managed:=1',
      'lib:1.5',
      'base:1',
      'mother:1 pom',
    );
    const server = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const resolution = await client.resolveDependencies(['g:app:1'], {
      managed: [{ group: 'g', artifact: 'managed', version: '=1' }],
    });
    expect(listOf(resolution)).toEqual([
      'g:app:1 compile',
      '  g:lib:~1 compile',
      '    g:base:=1 compile',
      '    g:above:~2 compile',
      '  g:managed:=1 compile',
    ]);
    expect(await jarsOf(bench)).toContain('g/lib/~1/lib-~1.jar');
    expect(resolution.problems).toEqual([]);
    for (const [root, line] of [
      ['g/lib@~1', 'g:lib:1.5 compile'],
      ['g:lib:~1', 'g:lib:~1 compile'],
    ] as const)
      expect(listOf(await client.resolveDependencies([root], { download: false }))[0]).toBe(line);
    const both = await Promise.all([client.resolveArtifact('g:lib:~1'), client.resolveArtifact('g/lib@~1')]);
    expect(both.map(({ version }) => version)).toEqual(['~1', '1.5']);
    expect((await client.resolveDescriptor('g:lib:~1')).dependencies.map(({ version }) => version)).toEqual(['=1', '~2']);
  });

  it('may have several roots, exclusions of a vector, management, a selector, and a version left out', async ({ bench }) => {
    const server = await bench.serve(files);
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const resolution = await client.resolveDependencies(['[g/web "1" :exclusions [g/http]]', 'g/http@1.x', 'g:log'], {
      managed: [{ group: 'g', artifact: 'json', version: '1', exclusions: [{ group: '*', artifact: '*' }] }],
      download: false,
    });
    expect(listOf(resolution)).toEqual(['g:web:1 compile', '  g:json:1 compile', 'g:http:1.5 compile', 'g:log:3 compile']);
    expect(resolution.explain('g', 'http').paths.map(({ omitted }) => omitted)).toEqual(['excluded', null]);
  });
});

describe('POMs', () => {
  const put = (map: Map<string, Buffer>, path: string, text: string): Map<string, Buffer> => {
    const content = Buffer.from(text);
    return new Map(map)
      .set(path, content)
      .set(`${path}.sha1`, Buffer.from(createHash('sha1').update(content).digest('hex')))
      .set(`${path}.md5`, Buffer.from(createHash('md5').update(content).digest('hex')));
  };
  const json = pathOf('json', '1', 'pom');

  it.for([
    ['a page', '<!doctype html><html><body>Sign in</body></html>'],
    ['cut short', '<project><groupId>g</groupId><artifactId>json</artifactId>'],
    [
      'of another artifact',
      '<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>other</artifactId><version>1</version></project>',
    ],
  ] as const)('are fetched from the next mirror if the first sends one that is %s', async ([_, text], { bench }) => {
    const [broken, sound] = [await bench.serve(put(files, json, text)), await bench.serve(files)];
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: broken.url, mirrors: [sound.url] }] })
      .resolveDependencies(['g:json:1']);
    expect(listOf(resolution)).toEqual(['g:json:1 compile', '  g:log:1 runtime']);
    expect(resolution.poms.find(({ artifact }) => artifact === 'json')?.mirror).toBe(sound.url);
    expect(await bench.read(json)).toEqual(files.get(json));
  });

  it("sent as text/html by every mirror are a captive portal, and no artifact's POM", async ({ bench }) => {
    const [one, two] = [
      await bench.serve(files, { fault: { fault: 'html', match: /json-1\.pom$/ } }),
      await bench.serve(files, { fault: { fault: 'html', match: /json-1\.pom$/ } }),
    ];
    const error = await errorOf(
      bench.client({ repositories: [{ id: 'r', url: one.url, mirrors: [two.url] }], timeoutMs: 3000 }).resolveDependencies(['g:json:1']),
    );
    expect([error.code, error.reason, [...new Set(error.attempts.map(({ outcome }) => outcome))]]).toEqual([
      'ERR_UNREACHABLE',
      'not-maven',
      ['not-maven'],
    ]);
  });

  it('broken on every mirror are what was published: tolerated, with a warning', async ({ bench }) => {
    const broken = put(files, json, '<project><artifactId>json</artifactId>');
    const [one, two] = [await bench.serve(broken), await bench.serve(broken)];
    const resolution = await bench
      .client({ repositories: [{ id: 'r', url: one.url, mirrors: [two.url] }] })
      .resolveDependencies(['g:json:1']);
    expect(listOf(resolution)).toEqual(['g:json:1 compile']);
    expect(resolution.problems).toMatchObject([{ coordinate: 'g:json:1', kind: 'invalid', reason: 'malformed' }]);
    expect(bench.of('warning').map(({ warning }) => warning)).toContain('dependency-invalid');
  });

  it('missing everywhere are tolerated, except for parents', async ({ bench }) => {
    const without = new Map([...files].filter(([path]) => !path.startsWith(json)));
    const parent = put(
      without,
      json,
      '<project><modelVersion>4.0.0</modelVersion><parent><groupId>g</groupId><artifactId>mother</artifactId><version>1</version></parent><artifactId>json</artifactId></project>',
    );
    const server = await bench.serve(without);
    const options = { repositories: [{ id: 'r', url: server.url }] };
    const resolution = await bench.client(options).resolveDependencies(['g:json:1']);
    expect(resolution.problems).toMatchObject([{ kind: 'missing', reason: 'absent' }]);
    expect((await bench.client({ ...options, offline: true }).resolveDependencies(['g:json:1'])).problems).toHaveLength(1);
    const other = await bench.serve(parent);
    const error = await errorOf(bench.client({ repositories: [{ id: 'other', url: other.url }] }).resolveDependencies(['g:json:1']));
    expect(error).toMatchObject({ code: 'ERR_POM', reason: 'unresolvable' });
    expect(error.message).toContain('g:mother:1');
  });

  it('that cannot be reached are an error, not missing POMs', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: { status: 500 }, match: /json.*pom/ } });
    const error = await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveDependencies(['g:web:1']));
    expect(error).toMatchObject({ code: 'ERR_UNREACHABLE', coordinate: 'g:json:pom:1' });
  });
});

describe('a closure fails', () => {
  it('for a jar that no mirror has: the error names the first in order, and how many more', async ({ bench }) => {
    const server = await bench.serve(new Map([...files].filter(([path]) => !/(json|http)-.*\.jar/.test(path))));
    const error = await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveDependencies(['g:app:1']));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', coordinate: 'g:json:1' });
    expect(error.message).toContain('1 more of 5 artifacts failed');
    expect(await jarsOf(bench)).toEqual([pathOf('app', '1'), pathOf('log', '2'), pathOf('web', '1')]);
  });

  it('for a range without a match, an empty request, and names that no file can have', async ({ bench }) => {
    const server = await bench.serve(world('a:1 -> b:[5,)', 'b:1', 'c:1 -> d:${undefined}', 'e:1 -> ../d:1'));
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    expect(await errorOf(client.resolveDependencies(['g:a:1']))).toMatchObject({ code: 'ERR_RANGE', reason: 'no-match' });
    expect(await errorOf(client.resolveDependencies([]))).toMatchObject({ code: 'ERR_CONFIG', reason: 'bad-value' });
    const error = await errorOf(client.resolveDependencies(['g:c:1']));
    expect(error).toMatchObject({ code: 'ERR_POM', reason: 'value' });
    expect(error.message).toContain('g:c:jar:1');
    expect((await client.resolveDependencies(['g:e:1'])).problems).toMatchObject([{ kind: 'invalid', reason: 'value' }]);
    expect(server.requests.every(({ path }) => path.startsWith('g/'))).toBe(true);
  });
});
