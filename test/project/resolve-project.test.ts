/** Whole projects over loopback servers: which repositories are asked, which files are fetched, which are refused. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, vi } from 'vitest';

import { readProject, resolveProject } from '../../src/app/project/project.js';
import { clientOptionsFor } from '../../src/app/project/repositories.js';
import { projectDocument } from '../../src/cli/output/json.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { readProjectClj } from '../../src/maven/build-file/leiningen/project-clj.js';
import type { ProjectResolution } from '../../src/project.js';
import { schemaViolations } from '../support/json-schema.js';
import { errorOf, it, type Workbench } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';

const files = world(
  'web:1 -> log:1, http:1',
  'http:1 -> log:2',
  'log:1',
  'log:2',
  'check:1 -> log:2',
  'plugin:1 -> tool:1',
  'tool:1',
  'parent:1 pom <dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>',
  'bom:1 pom <dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>web</artifactId><version>1</version></dependency></dependencies></dependencyManagement>',
);

async function project(bench: Workbench, contents: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(contents)) {
    const file = join(bench.folder, 'project', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return join(bench.folder, 'project');
}
const options = (bench: Workbench, more: ClientOptions = {}): ClientOptions & { leiningenHome: false } => ({
  leiningenHome: false,
  settings: false,
  localRepository: bench.m2,
  cacheFolder: join(bench.folder, 'cache'),
  stateFolder: join(bench.folder, 'state'),
  timeoutMs: 30_000,
  ...more,
});
const jars = async (bench: Workbench): Promise<string[]> => (await bench.placed()).filter((name) => name.endsWith('.jar'));
const listOf = ({ resolution }: ProjectResolution): string[] =>
  (resolution?.dependencies ?? []).map(({ group, artifact, version, scope }) => `${group}:${artifact}:${version} ${scope}`);
const without = ':profiles {:base {}}';

describe('a project without a repository', () => {
  it.for([
    ['deps.edn', '{:deps {g/tool {:mvn/version "1"}} :mvn/repos {"central" nil "clojars" nil}}'],
    ['project.clj', `(defproject a "1" :dependencies [[g/tool "1"]] ${without} :repositories ^:replace [])`],
  ])('%s says so, and does not blame an option', async ([name = '', text = ''], { bench }) => {
    const folder = await project(bench, { [name]: text });
    await expect(resolveProject(folder, options(bench))).rejects.toMatchObject({
      code: 'ERR_CONFIG',
      reason: 'bad-value',
      path: join(folder, name),
      message: `${join(folder, name)}: no repository is left to fetch from: each one is nil, left out or not supported`,
    });
  });

  it('is fine if it depends on nothing', async ({ bench }) => {
    const folder = await project(bench, { 'bb.edn': '{:mvn/repos {"central" nil "clojars" nil}}' });
    expect((await resolveProject(folder, options(bench))).resolution).toBeNull();
  });
});

describe('project.clj', () => {
  it('uses its repositories, those of plugins, and every scope', async ({ bench }) => {
    const [main, plugins] = [await bench.serve(files), await bench.serve(files)];
    const folder = await project(bench, {
      'project.clj': `(defproject a "1" :dependencies [[g/web "1"]] :plugins [[g/plugin "1"]] :repositories ^:replace [["main" "${main.url}"]]
        :plugin-repositories [["plugins" "${plugins.url}"]] :profiles {:base {} :dev {:dependencies [[g/check "1"]]}})`,
    });
    const resolved = await resolveProject(folder, options(bench));
    expect(listOf(resolved)).toEqual(['g:web:1 compile', 'g:log:1 compile', 'g:http:1 compile', 'g:check:1 test']);
    expect(resolved.plugins?.dependencies.map(({ artifact }) => artifact)).toEqual(['plugin', 'tool']);
    expect(await jars(bench)).toEqual(['check', 'http', 'log', 'plugin', 'tool', 'web'].map((name) => pathOf(name, '1')));
    const plain = await resolveProject(folder, { ...options(bench, { offline: true }), plugins: false });
    expect([listOf(plain).length, plain.plugins]).toEqual([4, null]);
  });

  it('may replace a built-in repository, and add a mirror that is asked first', async ({ bench }) => {
    const [near, far] = [await bench.serve(files), await bench.serve(files)];
    const folder = await project(bench, {
      'project.clj': `(defproject a "1" :dependencies [[g/tool "1"]] ${without} :repositories [["central" "${far.url}"] ["clojars" "${far.url}"]] :mirrors {#"cent.*" {:name "near" :url "${near.url}"}})`,
    });
    const { resolution } = await resolveProject(join(folder, 'project.clj'), options(bench));
    expect(resolution?.dependencies.map(({ repository, mirror }) => [repository, mirror])).toEqual([['central', near.url]]);
  });

  it('sends nothing past a mirror of the file, which is a boundary', async ({ bench }) => {
    const [dead, far, own] = [await bench.serve(files, { fault: 'refuse' }), await bench.serve(files), await bench.serve(files)];
    const folder = await project(bench, {
      'project.clj': `(defproject a "1" :dependencies [[g/tool "1"]] ${without} :repositories [["central" "${far.url}"] ["clojars" "${far.url}"]] :mirrors {#".*" {:name "company" :url "${dead.url}"}})`,
    });
    expect(await errorOf(resolveProject(join(folder, 'project.clj'), options(bench)))).toMatchObject({ code: 'ERR_UNREACHABLE' });
    expect(far.requests).toEqual([]);
    // Mirrors in the user's own configuration are the user's own decision.
    const { resolution } = await resolveProject(join(folder, 'project.clj'), options(bench, { mirrors: { central: [own.url] } }));
    expect(resolution?.dependencies.map(({ mirror }) => mirror)).toEqual([own.url]);
  });

  it.each(['(central|clojars)', '(?:cent|cloj).+', '[a-z]+', 'https?://.*', '(?i)CENTRAL|CLOJARS', '^(?!private).*$', '(?!x$)(?=c).*'])(
    'sends nothing past a mirror with the pattern %s',
    async (pattern) => {
      const text = `(defproject a "1" :mirrors {#"${pattern}" {:name "m" :url "https://m.example.org/"}})`;
      const model = readProjectClj(text, '/p/project.clj');
      const { moreRepositories = [] } = clientOptionsFor(model, model.repositories, {});
      expect(moreRepositories.map(({ id, url }) => `${id} ${url}`)).toEqual([
        'central https://m.example.org/',
        'clojars https://m.example.org/',
      ]);
    },
  );

  it('leaves a repository out of its mirrors if the entry of that one is nil, and refuses a pattern that it cannot follow', () => {
    const optionsOf = (mirrors: string): ClientOptions => {
      const model = readProjectClj(`(defproject a "1" :mirrors ${mirrors})`, '/p/project.clj');
      return clientOptionsFor(model, model.repositories, {});
    };
    expect(optionsOf('{"clojars" nil #".*" {:url "https://m.example.org/"}}').moreRepositories?.map(({ id }) => id)).toEqual(['central']);
    expect(() => optionsOf('{#"(.)\\1.*" "https://m.example.org/"}')).toThrow('/p/project.clj: the pattern of a mirror is not supported');
  });

  it('may not use plain http to another machine; repositories given by the caller stand alone', async ({ bench }) => {
    const folder = await project(bench, {
      'project.clj': `(defproject a "1" :dependencies [[g/tool "1"]] ${without} :repositories [["x" "http://192.0.2.1/"]])`,
    });
    expect(await errorOf(resolveProject(folder, options(bench)))).toMatchObject({ code: 'ERR_CONFIG', reason: 'insecure-url' });
    const server = await bench.serve(files);
    expect(listOf(await resolveProject(folder, options(bench, { repositories: [{ id: 'mine', url: server.url }] })))).toEqual([
      'g:tool:1 compile',
    ]);
  });

  it('cannot override bindings of groups with its repositories', async ({ bench }) => {
    const [good, evil] = [await bench.serve(files), await bench.serve(world('tool:1 -> log:2', 'log:2', 'secret:1'))];
    const folder = await project(bench, {
      'project.clj': `(defproject a "1" :dependencies [[g/tool "1"]] ${without} :repositories [["evil" "${evil.url}"]])`,
      'configuration.json': JSON.stringify({ repositories: [{ id: 'good', url: good.url }], repoFor: { g: 'good' } }),
    });
    const withFile = options(bench, { configurationFile: join(folder, 'configuration.json') });
    expect(
      (await resolveProject(folder, withFile)).resolution?.dependencies.map(
        ({ coordinate, repository }) => `${coordinate} ${String(repository)}`,
      ),
    ).toEqual(['g:tool:1 good']);
    await project(bench, {
      'project.clj': `(defproject a "1" :dependencies [[g/secret "1"]] ${without} :repositories [["evil" "${evil.url}"]])`,
    });
    expect(await errorOf(resolveProject(folder, withFile))).toMatchObject({ code: 'ERR_NOT_FOUND' });
    expect(evil.requests).toEqual([]);
  });

  it('skips a repository with a scheme of a plugin, with a warning', async ({ bench }) => {
    const server = await bench.serve(files);
    const folder = await project(bench, {
      'project.clj': `(defproject a "1" :dependencies [[g/tool "1"]] ${without} :repositories ^:replace [["s3" "s3p://bucket/"] ["main" "${server.url}"]])`,
    });
    const { model } = await resolveProject(folder, options(bench));
    expect(model.problems.map(({ message }) => message)).toEqual([
      expect.stringContaining('skipping repository s3: s3p: URLs are not supported'),
    ]);
  });
});

it.for([
  ['deps.edn', '{:deps {g/lib {:mvn/version "~1"}} :mvn/repos {"r" {:url "URL"} "central" nil "clojars" nil}}'],
  ['project.clj', `(defproject a "~1" :dependencies [[g/lib "~1"]] ${without} :repositories ^:replace [["r" "URL"]])`],
  ['build.boot', '(set-env! :repositories [["r" {:url "URL"}]] :dependencies \'[[g/lib "~1"]])'],
  [
    'pom.xml',
    '<project><modelVersion>4.0.0</modelVersion><parent><groupId>g</groupId><artifactId>mother</artifactId><version>=1</version></parent><artifactId>a</artifactId><repositories><repository><id>r</id><url>URL</url></repository></repositories><dependencies><dependency><groupId>g</groupId><artifactId>lib</artifactId><version>~1</version></dependency></dependencies></project>',
  ],
] as const)('%s never has a selector: ~1 and =1 are versions, and ^1 is refused', async ([name, text], { bench }) => {
  const { url } = await bench.serve(world('lib:~1 -> base:=1', 'base:=1', 'lib:1.5', 'mother:=1 pom'));
  const fill = (version: string): Record<string, string> => ({ [name]: text.replace('URL', url).replaceAll('~1', version) });
  const repositories = [
    { id: 'r', url },
    { id: 'central', url },
  ];
  const resolved = await resolveProject(await project(bench, fill('~1')), { ...options(bench, { repositories }), check: true });
  expect(listOf(resolved)).toEqual(['g:lib:~1 compile', 'g:base:=1 compile']);
  expect(resolved.check).toMatchObject({ ready: true });
  await expect(resolveProject(await project(bench, fill('^1')), options(bench, { repositories }))).rejects.toMatchObject({
    code: 'ERR_COORDINATE',
    message: expect.stringContaining('build tools know no version selectors') as string,
  });
});

it("the user's deps.edn is found in any of its folders, and may be missing", async ({ bench }) => {
  const folder = await project(bench, {
    'deps.edn': '{:deps {g/web {:mvn/version "1"}}}',
    'own/deps.edn': '{:deps {g/own {:mvn/version "1"}}}',
    'xdg/clojure/deps.edn': '{:deps {g/xdg {:mvn/version "1"}}}',
    'home/.clojure/deps.edn': '{:deps {g/home {:mvn/version "1"}}}',
  });
  const rootsWith = async (own: string, xdg: string, home: string): Promise<string[]> => {
    vi.stubEnv('CLJ_CONFIG', own);
    vi.stubEnv('XDG_CONFIG_HOME', xdg);
    vi.stubEnv('HOME', home);
    const { roots } = await readProject(join(folder, 'deps.edn'), options(bench)).finally(() => vi.unstubAllEnvs());
    return roots.map(({ artifact }) => artifact);
  };
  const [own, xdg, home, none] = ['own', 'xdg', 'home', 'none'].map((name) => join(folder, name)) as [string, string, string, string];
  expect(await rootsWith(own, xdg, home)).toEqual(['own', 'web']);
  expect(await rootsWith('', xdg, home)).toEqual(['xdg', 'web']);
  expect(await rootsWith('', '', home)).toEqual(['home', 'web']);
  expect(await rootsWith(none, xdg, home)).toEqual(['web']);
});

it('deps.edn takes the highest version, but keeps its own', async ({ bench }) => {
  const server = await bench.serve(files);
  const folder = await project(bench, {
    'c/deps.edn': '{}',
    'deps.edn': `{:deps {org.clojure/clojure {:local/root "c"} g/web {:mvn/version "1"}} :mvn/repos {"central" {:url "${server.url}"} "clojars" {:url "${server.url}"}}}`,
  });
  expect(listOf(await resolveProject(folder, options(bench)))).toEqual(['g:web:1 compile', 'g:http:1 compile', 'g:log:2 compile']);
  await project(bench, {
    'deps.edn': `{:deps {g/web {:mvn/version "1"} g/log {:mvn/version "1"}} :mvn/repos {"central" {:url "${server.url}"} "clojars" {:url "${server.url}"}}}`,
  });
  expect(listOf(await resolveProject(folder, options(bench))), 'its own version stays').toEqual([
    'g:log:1 compile',
    'g:web:1 compile',
    'g:http:1 compile',
  ]);
});

describe('the other build files of Clojure', () => {
  const builds = {
    'shadow-cljs.edn': (url: string) =>
      `{:source-paths ["src"] :dependencies [[g/web "1"]] :maven {:repositories {:mine "${url}"}} :builds {}}`,
    'bb.edn': (url: string) => `{:deps {g/web {:mvn/version "1"}} :mvn/repos {"mine" {:url "${url}"}} :tasks {t (println #"a[")}}`,
    'build.boot': (url: string) => `(set-env! :repositories #(conj % ["mine" {:url "${url}"}]) :dependencies '[[g/web "1"]])`,
  };

  it.for(Object.entries(builds))('%s is found in its folder, with its repositories and files', async ([name, text], { bench }) => {
    const server = await bench.serve(files);
    // The program's own repositories: no server answers for them.
    const folder = await project(bench, {
      [name]: text(server.url),
      'settings.json': JSON.stringify({ repositories: [{ id: 'central', url: 'https://127.0.0.1:9/' }], repoFor: { g: 'mine' } }),
    });
    const resolved = await resolveProject(folder, options(bench, { configurationFile: join(folder, 'settings.json') }));
    expect(listOf(resolved)).toEqual(expect.arrayContaining(['g:web:1 compile', 'g:http:1 compile']));
    expect(resolved.resolution?.dependencies.every(({ repository }) => repository === 'mine')).toBe(true);
    expect(await jars(bench)).toContain(pathOf('web', '1'));
  });

  it('count by their order in the list if a folder has several, unless one is named', async ({ bench }) => {
    const server = await bench.serve(files);
    const folder = await project(bench, {
      'bb.edn': builds['bb.edn'](server.url),
      'shadow-cljs.edn': '{:dependencies [[g/tool "1"]]}',
      'deps.edn': '{:deps {g/check {:mvn/version "1"}}}',
    });
    const mine = options(bench, { repositories: [{ id: 'r', url: server.url }] });
    expect(listOf(await resolveProject(folder, mine))[0]).toBe('g:check:1 compile');
    expect(listOf(await resolveProject(join(folder, 'shadow-cljs.edn'), mine))).toContain('g:tool:1 compile');
    expect(listOf(await resolveProject(join(folder, 'bb.edn'), mine))).toContain('g:web:1 compile');
  });
});

describe('pom.xml', () => {
  const pom = (artifact: string, rest: string, parent = 'top'): string =>
    `<project><modelVersion>4.0.0</modelVersion><parent><groupId>my</groupId><artifactId>${parent}</artifactId><version>1</version></parent><artifactId>${artifact}</artifactId>${rest}</project>`;
  const dependency = (group: string, artifact: string, more = ''): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>${more}</dependency>`;

  it('a reactor: parents from disk and repository, BOMs, modules that need each other', async ({ bench }) => {
    const server = await bench.serve(files);
    const folder = await project(bench, {
      'pom.xml': `<project><modelVersion>4.0.0</modelVersion><parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version><relativePath/></parent><groupId>my</groupId><artifactId>top</artifactId><version>1</version><packaging>pom</packaging>
        <modules><module>one</module><module>two</module></modules><repositories><repository><id>central</id><url>${server.url}</url></repository></repositories></project>`,
      'one/pom.xml': pom('one', `<dependencies>${dependency('g', 'web')}</dependencies>`),
      'two/pom.xml': pom(
        'two',
        `<dependencies>${dependency('my', 'one', '<version>${project.version}</version>')}${dependency('g', 'check', '<version>1</version><scope>test</scope>')}</dependencies>`,
      ),
    });
    const resolved = await resolveProject(join(folder, 'pom.xml'), options(bench));
    expect(resolved.resolution).toBeNull();
    expect(resolved.modules.map(listOf)).toEqual([
      ['g:web:1 compile', 'g:log:1 compile', 'g:http:1 compile'],
      // log 2 is nearer here, by way of check.
      ['my:one:1 compile', 'g:web:1 compile', 'g:http:1 compile', 'g:check:1 test', 'g:log:2 compile'],
    ]);
    expect(schemaViolations(JSON.parse(JSON.stringify(projectDocument(resolved, undefined, []))), 'project')).toEqual([]);
    expect(resolved.modules[1]?.model.notOurs).toEqual([{ name: 'my/one', kind: 'reactor', line: 1, column: 1 }]);
    expect(await jars(bench)).toEqual([
      pathOf('check', '1'),
      pathOf('http', '1'),
      pathOf('log', '1'),
      pathOf('log', '2'),
      pathOf('web', '1'),
    ]);
    expect(server.requests.filter(({ path }) => path.includes('/my/'))).toEqual([]);
  });

  it('profiles are switched on and off by hand, with their modules and repositories; BOMs are not affected', async ({ bench }) => {
    const server = await bench.serve(files);
    const profile = (id: string, content: string, activation = ''): string => `<profile><id>${id}</id>${activation}${content}</profile>`;
    const folder = await project(bench, {
      'pom.xml': `<project><modelVersion>4.0.0</modelVersion><groupId>my</groupId><artifactId>top</artifactId><version>1</version><packaging>pom</packaging>
        <profiles>${profile('extra', `<modules><module>one</module></modules><repositories><repository><id>central</id><url>${server.url}</url></repository></repositories><dependencies>${dependency('g', 'tool', '<version>1</version>')}</dependencies>`)}
        ${profile('usual', `<dependencies>${dependency('g', 'log', '<version>1</version>')}</dependencies>`, '<activation><activeByDefault>true</activeByDefault></activation>')}
        ${profile('java', `<dependencies>${dependency('g', 'log', '<version>2</version>')}</dependencies>`, '<activation><jdk>[1,)</jdk></activation>')}</profiles></project>`,
      'one/pom.xml': pom('one', ''),
    });
    const roots = async (...profiles: string[]): Promise<string[]> =>
      (await readProject(folder, { ...options(bench), profiles })).roots.map(({ artifact, version }) => `${artifact} ${version}`);
    expect(await roots(), 'active by itself').toEqual(['log 2']);
    expect(await roots('!java'), 'then the default one').toEqual(['log 1']);
    expect(await roots('extra'), 'beside it').toEqual(['tool 1', 'log 2']);
    const resolved = await resolveProject(folder, { ...options(bench), profiles: ['extra', '-java'] });
    expect([listOf(resolved), resolved.modules.map(listOf)]).toEqual([['g:tool:1 compile'], [['g:tool:1 compile']]]);
    expect((await readProject(folder, { ...options(bench), profiles: ['exrta'] })).problems.map(({ message }) => message)).toEqual([
      "no POM on this disk has the profile 'exrta'; profiles: extra, usual, java",
    ]);
  });

  it('a module that does not exist, a broken POM, and a missing parent are reported', async ({ bench }) => {
    const server = await bench.serve(files);
    const repositories = [{ id: 'central', url: server.url }];
    const top =
      '<modelVersion>4.0.0</modelVersion><groupId>my</groupId><artifactId>top</artifactId><version>1</version><packaging>pom</packaging>';
    const folder = await project(bench, { 'pom.xml': `<project>${top}<modules><module>gone</module></modules></project>` });
    expect((await errorOf(resolveProject(folder, options(bench, { repositories })))).message).toContain("its module 'gone' does not exist");
    await project(bench, { 'pom.xml': '<project>\n<oops></project>' });
    expect((await errorOf(readProject(folder, options(bench, { repositories })))).message).toMatch(/pom\.xml: line 2, column \d+: /);
    await project(bench, { 'pom.xml': pom('x', '', 'nobody') });
    expect(await errorOf(resolveProject(folder, options(bench, { repositories })))).toMatchObject({
      code: 'ERR_POM',
      reason: 'unresolvable',
      path: join(folder, 'pom.xml'),
    });
    await project(bench, {
      'pom.xml': `<project>${top.replace('<version>1', '<version>1')}<parent><groupId>my</groupId><artifactId>top</artifactId><version>1</version><relativePath>pom.xml</relativePath></parent></project>`,
    });
    expect((await errorOf(resolveProject(folder, options(bench, { repositories })))).code).toBe('ERR_POM');
  });
});

it('files that cannot be read say why', async ({ bench }) => {
  const folder = await project(bench, {
    'project.clj': '(defproject a "1"\n  :dependencies [[b "1"})',
    'x.txt': '',
    'bad.edn': '{:deps {}}',
  });
  await writeFile(join(folder, 'latin.edn'), Buffer.from([0x7b, 0xe9, 0x7d]));
  expect((await errorOf(readProject(folder, options(bench)))).message).toContain("line 2, column 24: '}' stands where ']'");
  expect(await errorOf(readProject(join(folder, 'x.txt'), options(bench)))).toMatchObject({ code: 'ERR_CONFIG', reason: 'unreadable' });
  expect(await errorOf(readProject(join(folder, 'gone.clj'), options(bench)))).toMatchObject({ code: 'ERR_CONFIG', reason: 'unreadable' });
  expect((await errorOf(readProject(join(folder, 'latin.edn'), options(bench)))).message).toContain('not UTF-8');
  await mkdir(join(folder, 'empty'));
  expect((await errorOf(readProject(join(folder, 'empty'), options(bench)))).message).toContain('the folder has none of project.clj');
});
