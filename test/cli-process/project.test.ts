/** `project` as a shell sees it: list, tree, class path, unsupported parts, mistakes. Golden files: test/golden/cli/process. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { schemaViolations } from '../support/json-schema.js';
import type { RunResult } from '../support/processes.js';
import { world } from '../support/world.js';
import { golden, useSurroundings } from './surroundings.js';

const here = useSurroundings();
type Run = (words: readonly string[], places: readonly FaultServer[], more: { cwd: string }) => Promise<RunResult>;
const projectFiles = world(
  'web:1 -> json:1, log:1, http:[1,2)',
  'json:1 sources javadoc -> log:1 runtime',
  'http:1.5 -> log:3',
  'http:2',
  'log:1',
  'log:2',
  'log:3',
  'check:1 -> log:2',
  'plugin:1 -> tool:1',
  'tool:1',
  'stuck:1 -> http:[7,)',
);

/** Runs `project` in a folder with these files, with a repository of its own: in this process, unless told otherwise. */
async function project(
  contents: Readonly<Record<string, string>>,
  words: readonly string[],
  { files = projectFiles, run = here.runHere.bind(here) }: { files?: typeof projectFiles; run?: Run } = {},
): Promise<RunResult> {
  const server = await startFaultServer({ files, fault: null });
  try {
    const folder = join(here.home, 'project');
    for (const [name, text] of Object.entries(contents)) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    const result = await run(['project', ...words], [server], { cwd: folder });
    const clean = (text: string): string => here.normalise(text.replaceAll(server.origin, 'http://<server>'));
    return { ...result, stdout: clean(result.stdout), stderr: clean(result.stderr) };
  } finally {
    await server.close();
  }
}

async function expectGolden({ code, stdout, stderr }: RunResult, name: string): Promise<void> {
  await expect(`exit code ${code ?? ''}\n--- stdout\n${stdout}--- stderr\n${stderr}`).toMatchFileSnapshot(golden(`project-${name}.txt`));
}

const projectClj = `(defproject my/app ~(version)
  :dependencies [[g/web "1"]
                 [g/log "2"]
                 [g/computed ~(str "1" "." "2")]]
  :managed-dependencies [[g/json "1"]]
  :plugins [[g/plugin "1"]]
  :profiles {:base {} :dev {:dependencies [[g/check "1"]]}})
`;
const depsEdn = `{:deps {org.clojure/clojure {:local/root "../clojure"}
        g/web {:mvn/version "1"}
        io.github.me/thing {:git/tag "v1" :git/sha "abcdef0"}}
 :aliases {:test {:extra-deps {g/check {:mvn/version "1"}}}}}
`;
const module = (name: string, more: string): string =>
  `<project><modelVersion>4.0.0</modelVersion><parent><groupId>my</groupId><artifactId>top</artifactId><version>1</version></parent><artifactId>${name}</artifactId>${more}</project>`;
const dependency = (group: string, artifact: string): string =>
  `<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>1</version></dependency></dependencies>`;
const reactor = {
  'pom.xml':
    '<project><modelVersion>4.0.0</modelVersion><groupId>my</groupId><artifactId>top</artifactId><version>1</version><packaging>pom</packaging><modules><module>one</module><module>two</module></modules></project>',
  'one/pom.xml': module('one', dependency('g', 'json')),
  'two/pom.xml': module('two', dependency('my', 'one')),
};

const scopes = `<project><modelVersion>4.0.0</modelVersion><groupId>my</groupId><artifactId>app</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>g</groupId><artifactId>json</artifactId><version>1</version></dependency>
    <dependency><groupId>g</groupId><artifactId>check</artifactId><version>1</version><scope>test</scope></dependency>
  </dependencies>
</project>
`;

describe('project', () => {
  test.each([
    ['list', { 'project.clj': projectClj }, []],
    ['tree', { 'project.clj': projectClj }, ['project.clj', '--tree', '--no-plugins']],
    ['class-path', { 'project.clj': projectClj }, ['--classpath', '--quiet']],
    ['explain', { 'project.clj': projectClj }, ['--explain', 'g/log']],
    ['deps-edn', { 'deps.edn': depsEdn, '../clojure/deps.edn': '{:deps {g/json {:mvn/version "1"}}}' }, ['deps.edn', '--alias', 'test']],
    [
      'deps-edn-tree',
      { 'deps.edn': '{:deps {g/web {:mvn/version "1" :exclusions [g/json]} g/check {:mvn/version "1"}}}' },
      ['deps.edn', '--tree', '--pom-only', '--alias', 'tset'],
    ],
    [
      'deps-edn-explain',
      { 'deps.edn': '{:deps {g/web {:mvn/version "1"} g/check {:mvn/version "1"}}}' },
      ['deps.edn', '--explain', 'g/log'],
    ],
    ['reactor', reactor, ['pom.xml']],
    ['reactor-tree', reactor, ['pom.xml', '--tree', '--pom-only']],
    [
      'profile',
      { 'project.clj': projectClj.replace('{:base {}', '{:base {} :extra {:dependencies [[g/tool "1"]]}') },
      ['--profile', 'extra', '--no-plugins'],
    ],
    ['scope', { 'pom.xml': scopes }, ['--scope', 'test', '--no-plugins']],
    ['highest', { 'project.clj': projectClj }, ['--conflicts', 'highest', '--no-plugins', '--tree']],
    ['boot', { 'build.boot': '(set-env! :dependencies \'[[g/json "1"]])' }, []],
  ])('prints %s', async (name, contents, words) => {
    const result = await project(contents, words);
    expect(result.code, result.stderr).toBe(0);
    await expectGolden(result, name);
  });

  test.each([
    ['list', { 'project.clj': projectClj }],
    ['no-parent', { 'pom.xml': module('alone', '') }],
  ] satisfies [string, Record<string, string>][])('prints the same in a process of its own: %s', async (name, contents) => {
    await expectGolden(await project(contents, [], { run: here.run.bind(here) }), name);
  });

  test('--sources and --javadoc fetch both if they exist', async () => {
    const folder = join(here.localRepository, 'g/json/1');
    const attached = async (): Promise<string[]> => (await readdir(folder)).filter((name) => /-(?:sources|javadoc)\.jar$/.test(name));
    expect((await project({ 'project.clj': projectClj }, ['--no-plugins'])).code).toBe(0);
    expect(await attached()).toEqual([]);
    expect((await project({ 'project.clj': projectClj }, ['--sources', '--javadoc', '--no-plugins'])).code).toBe(0);
    expect((await attached()).sort()).toEqual(['json-1-javadoc.jar', 'json-1-sources.jar']);
  });

  test('--json follows its schema', async () => {
    const result = await project({ 'project.clj': projectClj }, ['--json']);
    expect(result.code).toBe(0);
    expect(schemaViolations(JSON.parse(result.stdout), 'project')).toEqual([]);
  });

  test('--strict gives exit code 6 if the build needs something that is unknown', async () => {
    const open = { 'deps.edn': '{:deps {g/log {:mvn/version "1"}}}' };
    const closed = { 'deps.edn': '{:deps {org.clojure/clojure {:local/root "../clojure"}}}', '../clojure/deps.edn': '{}' };
    expect((await project(open, ['deps.edn'])).code).toBe(0);
    expect((await project(open, ['deps.edn', '--strict'])).code).toBe(6);
    expect((await project(closed, ['deps.edn', '--strict'])).code).toBe(0);
  });

  test('files that the tool still lacks are listed, with exit code 8; --no-check skips the check', async () => {
    const text = '{:deps {g/log {:mvn/version "1"} g/nopom {:mvn/version "1"}}}';
    const files = new Map([...projectFiles, ...world('nopom:1')]);
    for (const suffix of ['', '.sha1', '.md5']) files.delete(`g/nopom/1/nopom-1.pom${suffix}`);
    const result = await project({ 'deps.edn': text }, ['deps.edn', '--json'], { files });
    expect(result.code).toBe(8);
    expect(JSON.parse(result.stdout)).toMatchObject({
      check: {
        command: 'clj',
        ready: false,
        missing: [{ coordinate: 'g:nopom:1', message: 'g:nopom:1 has no POM, and clj asks for it each time' }],
        git: [],
      },
    });
    expect(schemaViolations(JSON.parse(result.stdout), 'project')).toEqual([]);
    const unchecked = await project({ 'deps.edn': text }, ['deps.edn', '--json', '--no-check'], { files });
    expect([unchecked.code, JSON.parse(unchecked.stdout)]).toMatchObject([0, { check: null }]);
  });

  test.each([
    ['none', {}, [], 2],
    ['typo-in-file', { 'project.clj': projectClj }, ['projcet.clj'], 2],
    ['unbalanced', { 'project.clj': '(defproject a "1"\n  :dependencies [[b/c "1"})' }, [], 2],
    ['no-local-root', { 'deps.edn': depsEdn.replace('../clojure', '../gone') }, ['deps.edn'], 2],
    ['bad-version', { 'project.clj': '(defproject a "1" :profiles {:base {}}\n  :dependencies [[g/log "9"]])' }, [], 3],
    ['bad-name', { 'project.clj': '(defproject a "1" :profiles {:base {}}\n  :dependencies [[g/lgo "1"]])' }, [], 3],
    ['no-match', { 'project.clj': '(defproject a "1" :profiles {:base {}}\n  :dependencies [[g/stuck "1"]])' }, [], 6],
    ['no-parent', { 'pom.xml': module('alone', '') }, [], 6],
  ] satisfies [string, Record<string, string>, string[], number][])('a mistake: %s', async (name, contents, words, code) => {
    await mkdir(join(here.home, 'project'), { recursive: true });
    const result = await project(contents, words);
    expect([result.code, result.stdout]).toEqual([code, '']);
    await expectGolden(result, name);
  });
});

/** The same mistakes without a project. */
describe('deps', () => {
  test.each([
    ['typo', ['g/wbe', '1'], 3],
    ['version', ['g/web', '1.0.0'], 3],
    ['range', ['g/http', '[7,8)'], 6],
    ['range-below', ['g/stuck', '1'], 6],
    ['broken', ['g/broken', '1'], 0],
    ['broken-parent', ['g/orphan', '1'], 6],
    ['conflict', ['g/http', '[1,2)', 'g/wants', '1'], 6],
  ] satisfies [string, string[], number][])('a mistake: %s', async (name, words, code) => {
    const files = new Map([
      ...projectFiles,
      ...world(
        'broken:1',
        'orphan:1 <parent><groupId>g</groupId><artifactId>nobody</artifactId><version>4</version></parent>',
        'wants:1 -> http:[2]',
      ),
    ]);
    files.set('g/broken/1/broken-1.pom', Buffer.from('<project>\n  <modelVersion>4.0.0</modelVersion>\n  <dependencies>\n</project>\n'));
    for (const algorithm of ['sha1', 'md5']) files.delete(`g/broken/1/broken-1.pom.${algorithm}`);
    const servers: FaultServer[] = [await startFaultServer({ files, fault: null })];
    try {
      const result = await here.runHere(['deps', ...words, '--checksums', 'ignore'], servers);
      const clean = (text: string): string =>
        servers.reduce((cleaned, { origin }) => cleaned.replaceAll(origin, 'http://<server>'), here.normalise(text));
      await expect(
        `exit code ${result.code ?? ''}\n--- stdout\n${clean(result.stdout)}--- stderr\n${clean(result.stderr)}`,
      ).toMatchFileSnapshot(golden(`deps-${name}.txt`));
      expect(result.code).toBe(code);
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  });
});
