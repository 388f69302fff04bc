/** Locking the needs of build files. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, vi } from 'vitest';

import { checkLock, lock } from '../../src/app/lock/lock.js';
import { resolveProject } from '../../src/app/project/project.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { errorOf } from '../support/workbench.js';
import { world } from '../support/world.js';
import { freshMachine, it, type LockBench } from './stage.js';

/** The libraries that Leiningen adds to every project. */
const leiningen = createFixtureRepository({
  artifacts: [
    { group: 'nrepl', artifact: 'nrepl', versions: ['1.0.0'] },
    { group: 'org.nrepl', artifact: 'incomplete', versions: ['0.1.0'] },
  ],
}).files;
const files = new Map([
  ...leiningen,
  ...world(
    'web:1 -> json:1',
    'web:2 -> json:1',
    'json:1',
    'plug:1 -> json:1',
    'check:1',
    'parent:1 pom <properties><json.version>1</json.version></properties>',
  ),
]);
let url: string;
let folder: string;
it.beforeEach(async ({ bench }) => {
  url = (await bench.serve(files)).url;
  folder = join(bench.folder, 'project');
  await mkdir(folder);
});

const options = (bench: LockBench, machine?: string): Parameters<typeof lock>[1] & object => {
  const { lockfile: _lockfile, ...rest } = bench.options(machine === undefined ? {} : freshMachine(bench, machine));
  return { ...rest, leiningenHome: false };
};
const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);
const projectClj = (dependencies: string): string =>
  `(defproject g/app "1" :dependencies [${dependencies}] :plugins [[g/plug "1"]] :repositories ^:replace [["r" "${url}"]] :plugin-repositories ^:replace [["r" "${url}"]] :profiles {:ci {:dependencies [[g/check "1"]]}})`;

describe('a project.clj', () => {
  it('has its dependencies and plugins in a lockfile next to it; frozen fetches them elsewhere', async ({ bench }) => {
    await write('project.clj', projectClj('[g/web "1"]'));
    const report = await lock({ project: join(folder, 'project.clj') }, options(bench));
    expect(report.file).toBe(join(folder, 'clojars-fetch.lock'));
    expect(report.lockfile.graphs).toHaveLength(2);
    expect(report.lockfile.roots.filter((root) => root.startsWith('g:'))).toEqual(['g:plug:1', 'g:web:1']);
    const { resolution, plugins } = await resolveProject(folder, { ...options(bench, 'ci'), frozen: true });
    expect(
      resolution?.dependencies
        .filter(({ group }) => group === 'g')
        .map(({ coordinate, verification }) => `${coordinate} ${verification?.level ?? ''}`),
    ).toEqual(['g:web:1 pinned', 'g:json:1 pinned']);
    expect(plugins?.dependencies[0]?.verification?.proofs[0]).toBe('pinned:sha256:transport');
    expect((await checkLock({ project: folder }, options(bench, 'check'))).differences).toEqual([]);
  });

  it('with a changed dependency is stale, and so is a profile that was not locked', async ({ bench }) => {
    await write('project.clj', projectClj('[g/web "1"]'));
    await lock({ project: folder }, options(bench));
    expect(await errorOf(resolveProject(folder, { ...options(bench), frozen: true, profiles: ['ci'] }))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
      message: expect.stringContaining('g:check:1') as string,
    });
    await write('project.clj', projectClj('[g/web "2"]'));
    expect(await errorOf(resolveProject(folder, { ...options(bench), frozen: true }))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
      message: expect.stringContaining('g:web:2') as string,
    });
    const { differences } = await checkLock({ project: folder }, options(bench));
    expect(differences.map(({ kind, subject }) => `${kind} ${subject}`)).toEqual(
      expect.arrayContaining(['stale g:web:2', 'missing g/web/2/web-2.jar', 'extra g/web/1/web-1.jar']),
    );
    await lock({ project: folder }, { ...options(bench), profiles: ['ci'] });
    await resolveProject(folder, { ...options(bench, 'ci'), frozen: true, profiles: ['ci'] });
  });
});

it('a pom.xml has its parent locked, though the parent is not part of the graph', async ({ bench }) => {
  await write(
    'pom.xml',
    `<project><modelVersion>4.0.0</modelVersion><parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version><relativePath/></parent><artifactId>app</artifactId><repositories><repository><id>central</id><url>${url}</url></repository></repositories><dependencies><dependency><groupId>g</groupId><artifactId>json</artifactId><version>\${json.version}</version></dependency></dependencies></project>`,
  );
  const { lockfile } = await lock({ project: join(folder, 'pom.xml') }, options(bench));
  expect(lockfile.files.map(({ path }) => path)).toEqual(['g/json/1/json-1.jar', 'g/json/1/json-1.pom', 'g/parent/1/parent-1.pom']);
  const { resolution } = await resolveProject(folder, { ...options(bench, 'ci'), frozen: true });
  expect(resolution?.dependencies.map(({ coordinate }) => coordinate)).toEqual(['g:json:1']);
  await writeFile(
    join(folder, 'clojars-fetch.lock'),
    (await readFile(join(folder, 'clojars-fetch.lock'), 'utf8')).replace(/^file g\/parent.*\n/m, ''),
  );
  expect(await errorOf(resolveProject(folder, { ...options(bench, 'other'), frozen: true }))).toMatchObject({
    code: 'ERR_LOCKFILE',
    reason: 'stale',
    coordinate: 'g:parent:pom:1',
  });
});

it('a deps.edn is locked by the rule of its tool', async ({ bench }) => {
  await write('deps.edn', `{:deps {g/web {:mvn/version "1"}} :mvn/repos {"central" {:url "${url}"} "clojars" nil}}`);
  await lock({ project: join(folder, 'deps.edn') }, options(bench));
  const { resolution } = await resolveProject(join(folder, 'deps.edn'), { ...options(bench, 'ci'), frozen: true, offline: false });
  expect(resolution?.dependencies.filter(({ group }) => group === 'g').map(({ coordinate }) => coordinate)).toEqual([
    'g:web:1',
    'g:json:1',
  ]);
});

describe('a deps.edn with a library on this disk', () => {
  // Tools that are installed here would add their Clojure.
  beforeEach(() => vi.stubEnv('CLOJURE_INSTALL', '/nowhere'));
  afterEach(() => vi.unstubAllEnvs());
  const deps = (root: string): string =>
    `{:deps {my/lib {:local/root "${root}"} g/check {:mvn/version "1"}} :mvn/repos {"central" {:url "${url}"} "clojars" nil}}`;
  const library = '{:deps {g/web {:mvn/version "1"}}}';

  it('locks what the library brings, and not the library', async ({ bench }) => {
    await mkdir(join(folder, 'lib'));
    await write('lib/deps.edn', library);
    await write('deps.edn', deps('lib'));
    await lock({ project: folder }, options(bench));
    await expect(await readFile(join(folder, 'clojars-fetch.lock'), 'utf8')).toMatchFileSnapshot('../golden/lockfile/local-root.lock');
    const { resolution } = await resolveProject(folder, { ...options(bench, 'ci'), frozen: true });
    expect(resolution?.dependencies.map(({ coordinate }) => coordinate)).toEqual(['g:check:1', 'g:web:1', 'g:json:1']);
  });

  it('has the same digest wherever the library is, and another if it needs something else', async ({ bench }) => {
    await mkdir(join(folder, 'lib'));
    await mkdir(join(bench.folder, 'elsewhere'));
    await write('lib/deps.edn', library);
    await write('../elsewhere/deps.edn', library);
    const lockWith = async (root: string): Promise<string> => {
      await write('deps.edn', deps(root));
      await lock({ project: folder }, options(bench));
      return readFile(join(folder, 'clojars-fetch.lock'), 'utf8');
    };
    const inside = await lockWith('lib');
    expect(inside).not.toContain(folder);
    expect(await lockWith(join(bench.folder, 'elsewhere'))).toBe(inside);
    expect((await checkLock({ project: folder }, options(bench, 'check'))).differences).toEqual([]);
    await write('../elsewhere/deps.edn', '{:deps {g/web {:mvn/version "2"}}}');
    expect(await errorOf(resolveProject(folder, { ...options(bench), frozen: true }))).toMatchObject({
      code: 'ERR_LOCKFILE',
      reason: 'stale',
    });
  });
});

it('the modules of a reactor are built locally, and not locked', async ({ bench }) => {
  const module = (name: string, dependency: string): string =>
    `<project><modelVersion>4.0.0</modelVersion><parent><groupId>my</groupId><artifactId>top</artifactId><version>1</version></parent><artifactId>${name}</artifactId><dependencies>${dependency}</dependencies></project>`;
  const on = (group: string, name: string): string =>
    `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>1</version></dependency>`;
  await write(
    'pom.xml',
    `<project><modelVersion>4.0.0</modelVersion><groupId>my</groupId><artifactId>top</artifactId><version>1</version><packaging>pom</packaging><modules><module>one</module><module>two</module></modules><repositories><repository><id>central</id><url>${url}</url></repository></repositories></project>`,
  );
  for (const [name, dependency] of [
    ['one', on('g', 'web')],
    ['two', on('my', 'one')],
  ] as const) {
    await mkdir(join(folder, name));
    await write(`${name}/pom.xml`, module(name, dependency));
  }
  const { lockfile } = await lock({ project: folder }, options(bench));
  expect(lockfile.graphs).toHaveLength(2);
  expect(lockfile.files.map(({ path }) => path)).toEqual([
    'g/json/1/json-1.jar',
    'g/json/1/json-1.pom',
    'g/web/1/web-1.jar',
    'g/web/1/web-1.pom',
  ]);
  const { modules } = await resolveProject(folder, { ...options(bench, 'ci'), frozen: true });
  expect(modules.map(({ resolution }) => resolution?.dependencies.map(({ coordinate }) => coordinate))).toEqual([
    ['g:web:1', 'g:json:1'],
    ['my:one:1', 'g:web:1', 'g:json:1'],
  ]);
  await write('one/pom.xml', module('one', on('g', 'json')));
  expect(await errorOf(resolveProject(folder, { ...options(bench), frozen: true }))).toMatchObject({
    code: 'ERR_LOCKFILE',
    reason: 'stale',
  });
});
