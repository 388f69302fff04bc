/** Local libraries with dependencies from a loopback server, and whether each build tool can continue without the server. */
import { mkdir, realpath, rm, writeFile } from 'node:fs/promises';
import { delimiter, dirname, join, relative } from 'node:path';

import { describe, expect } from 'vitest';

import type { ProjectOptions } from '../../src/app/project/options.js';
import { checkProject, readProject, resolveProject } from '../../src/app/project/project.js';
import { formatClassPath } from '../../src/fetch/resolution/text.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { writeJar } from '../artifact/jar/jar-writer.js';
import { errorOf, it, type Workbench } from '../support/workbench.js';
import { world } from '../support/world.js';

const files = world(
  'web:1 -> log:1, http:[1,2)',
  'http:1 -> log:2',
  'http:2',
  'log:1',
  'log:2',
  'plugin:1 -> tool:1',
  'tool:1',
  'parent:1 pom <dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>log</artifactId><version>2</version></dependency></dependencies></dependencyManagement>',
);

async function write(bench: Workbench, contents: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  for (const [name, text] of Object.entries(contents)) {
    const file = join(bench.folder, 'project', name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return join(bench.folder, 'project');
}

async function optionsOver(bench: Workbench): Promise<ProjectOptions & ClientOptions> {
  const { url } = await bench.serve(files);
  return {
    leiningenHome: false,
    settings: false,
    localRepository: bench.m2,
    cacheFolder: join(bench.folder, 'cache'),
    stateFolder: join(bench.folder, 'state'),
    repositories: [{ id: 'central', url }],
  };
}

const pom = (body: string): string =>
  `<project><modelVersion>4.0.0</modelVersion><parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent><artifactId>lib</artifactId>${body}</project>`;
const dependency = (artifact: string, more = ''): string =>
  `<dependency><groupId>g</groupId><artifactId>${artifact}</artifactId>${more}</dependency>`;
const dependencies = `<dependencies>${[
  dependency('log', '<optional>true</optional>'),
  dependency('web', '<version>1</version><type>test-jar</type>'),
  dependency('tool', '<version>1</version><scope>test</scope>'),
].join('')}</dependencies>`;

describe('a local library', () => {
  const deps = (root: string, more = ''): string => `{:deps {my/lib {:local/root "${root}"${more}}}}`;

  it.for([
    ['pom.xml, with a parent from the repository', { 'deps.edn': deps('../lib'), '../lib/pom.xml': pom(dependencies) }],
    [
      'a jar with a POM',
      { 'deps.edn': deps('lib.jar'), 'lib.jar': writeJar([{ name: 'META-INF/maven/g/lib/pom.xml', content: pom(dependencies) }]) },
    ],
  ] as const)('brings its dependencies: %s', async ([, contents], { bench }) => {
    const folder = await write(bench, contents);
    const options = await optionsOver(bench);
    const model = await readProject(folder, options);
    expect([...(model.localLibraries?.values() ?? [])], 'optional ones too, and by name alone').toEqual([
      [
        { group: 'g', artifact: 'log', version: '2' },
        { group: 'g', artifact: 'web', version: '1' },
      ],
    ]);
    const { resolution } = await resolveProject(folder, options);
    expect(resolution?.dependencies.map(({ coordinate }) => coordinate)).toEqual(['g:log:2', 'g:web:1', 'g:http:1']);
  });

  it('a jar without a POM needs nothing, and is on the class path by itself', async ({ bench }) => {
    const folder = await write(bench, { 'deps.edn': deps('lib.jar'), 'lib.jar': writeJar([{ name: 'a.clj', content: '' }]) });
    const { resolution } = await resolveProject(folder, await optionsOver(bench));
    expect(resolution?.dependencies).toEqual([]);
    expect(resolution === null ? '' : formatClassPath(resolution)).toBe(join(await realpath(folder), 'lib.jar'));
  });

  it('a jar is on the class path where tools.deps puts it, and can be overridden; a folder is not', async ({ bench }) => {
    const text = '{:deps {a/folder {:local/root "../lib"} g/web {:mvn/version "1"} h/jar {:local/root "h.jar"} z/z {:local/root "z.jar"}}}';
    const jar = writeJar([{ name: 'META-INF/maven/h/jar/pom.xml', content: pom('') }]);
    const folder = await write(bench, { 'deps.edn': text, 'h.jar': jar, 'z.jar': jar, '../lib/deps.edn': '{}' });
    const { resolution } = await resolveProject(folder, await optionsOver(bench));
    if (resolution === null) throw new Error('the project has a closure');
    const names = (overrides?: ReadonlyMap<string, string>): readonly string[] =>
      formatClassPath(resolution, undefined, overrides)
        .split(delimiter)
        .map((path) => relative(path.startsWith(bench.m2) ? bench.m2 : folder, path));
    const fetched = ['g/http/1/http-1.jar', 'g/log/2/log-2.jar'];
    expect(names()).toEqual(['g/web/1/web-1.jar', 'h.jar', 'z.jar', ...fetched]);
    const overrides = new Map([
      ['h/jar', ''],
      ['z/z', join(folder, 'other.jar')],
    ]);
    expect(names(overrides)).toEqual(['g/web/1/web-1.jar', 'other.jar', ...fetched]);
    const folderOverride = new Map([['a/folder', join(folder, 'classes')]]);
    expect(names(folderOverride), 'an override gives a place to what has none').toEqual([
      'classes',
      'g/web/1/web-1.jar',
      'h.jar',
      'z.jar',
      ...fetched,
    ]);
    expect(resolution.localLibraries.map(({ name, kind, position }) => `${name} ${kind} ${position}`)).toEqual([
      'a/folder folder 0',
      'h/jar jar 1',
      'z/z jar 1',
    ]);
  });

  it.for([
    ['a file that is not a jar', { 'deps.edn': deps('deps.edn') }, 'deps.edn: line 1, column 1: the :local/root is not a jar'],
    ['a POM that is broken', { 'deps.edn': deps('lib'), 'lib/pom.xml': '<project>' }, 'pom.xml: line 1'],
    ['no pom.xml', { 'deps.edn': deps('lib', ' :deps/manifest :pom'), 'lib/deps.edn': '{}' }, 'the :local/root has no pom.xml'],
    ['a folder that is missing', { 'deps.edn': deps('gone') }, 'the :local/root of my/lib does not exist: gone'],
  ] as const)('is refused if it is %s', async ([, contents, message], { bench }) => {
    const folder = await write(bench, contents);
    const error = await errorOf(resolveProject(folder, await optionsOver(bench)));
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toContain(message);
  });
});

describe('the check without a network', () => {
  it.for([
    ['project.clj', '(defproject a "1" :dependencies [[g/web "1"]] :plugins [[g/plugin "1"]] :profiles {:base {}})', 'lein', 'log:1'],
    ['deps.edn', '{:deps {g/web {:mvn/version "1"}}}', 'clj', 'log:2'],
    ['bb.edn', '{:deps {g/web {:mvn/version "1"}}}', 'bb', 'log:2'],
    ['build.boot', `(set-env! :dependencies '[[g/web "1"]])`, 'boot', 'log:1'],
    ['shadow-cljs.edn', '{:dependencies [[g/web "1"]]}', 'shadow-cljs', 'log:1'],
    [
      'pom.xml',
      '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version><dependencies><dependency><groupId>g</groupId><artifactId>web</artifactId><version>1</version></dependency></dependencies></project>',
      'mvn',
      'log:1',
    ],
  ] as const)('%s: follows the rules of its tool', async ([name, text, command, log], { bench }) => {
    const folder = await write(bench, { [name]: text });
    const options = await optionsOver(bench);
    const before = await checkProject(folder, options);
    expect([before.command, before.ready, before.missing.map(({ coordinate }) => coordinate)[0]]).toEqual([command, false, 'g:web:pom:1']);
    const { resolution, check } = await resolveProject(folder, { ...options, check: true });
    expect(resolution?.dependencies.map(({ coordinate }) => coordinate)).toContain(`g:${log}`);
    expect(check).toEqual({ command, ready: true, missing: [], git: [] });
    await rm(join(bench.m2, `g/log/${log.slice(-1)}/log-${log.slice(-1)}.jar`));
    expect(await checkProject(folder, options)).toEqual({
      command,
      ready: false,
      missing: [{ coordinate: `g:${log}`, message: `g:${log} is not in the local repository` }],
      git: [],
    });
  });

  it('sends no request, and names dependencies from git', async ({ bench }) => {
    const folder = await write(bench, { 'deps.edn': '{:deps {g/log {:mvn/version "1"} io.github.x/y {:git/sha "abc"}}}' });
    const server = await bench.serve(files);
    const options = { ...(await optionsOver(bench)), repositories: [{ id: 'central', url: server.url }] };
    await resolveProject(folder, options);
    const asked = server.requests.length;
    expect(await checkProject(folder, options)).toMatchObject({ ready: true, git: ['io.github.x/y'] });
    expect(server.requests).toHaveLength(asked);
  });

  it('looks for files under the repository names that the tool knows', async ({ bench }) => {
    const folder = await write(bench, { 'deps.edn': '{:deps {g/log {:mvn/version "1"}}}' });
    const options = await optionsOver(bench);
    await resolveProject(folder, options);
    const [repository] = options.repositories ?? [];
    const other = await checkProject(folder, { ...options, repositories: [{ id: 'other', url: repository?.url ?? '' }] });
    expect(other).toMatchObject({ ready: false, missing: [{ coordinate: 'g:log:1' }] });
  });
});
