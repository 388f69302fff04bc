/** Files that `config` merged, read by the real tools: each asks the proxy for Central and Clojars, and its own repositories as before. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { writeToolSetup } from '../../src/app/tool-setup/set-up-tool.js';
import type { ToolName } from '../../src/app/tool-setup/tools.js';
import { listen, type Listening } from '../support/listening.js';
import { findProgram, missingPrograms, type ProgramResult, runProgram, skipUnlessThere } from './programs.js';
import { createFolder } from './workspace.js';

const java = findProgram('java') ?? 'java';
const toolsDeps = '/usr/share/java/tools.deps.jar:/usr/share/java/maven-repository-metadata-3.x.jar';
const basis = `(require '[clojure.tools.deps :as deps])
(try (deps/create-basis {:root nil :user (first *command-line-args*) :project (second *command-line-args*)})
  (catch Throwable e (println (str e))))
(shutdown-agents)
`;

describe('a merged configuration', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let server: Listening;
  let url = '';
  let home = '';
  let names = 0;
  let requests: string[] = [];

  beforeAll(async () => {
    folder = await createFolder();
    const http = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.writeHead(404).end();
    });
    server = await listen(http);
    url = `http://127.0.0.1:${server.port}/`;
  });
  beforeEach(() => {
    home = join(folder.path, `home-${(names += 1)}`);
  });
  afterEach(() => (requests = []));
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });

  async function put(name: string, text: string): Promise<string> {
    const path = join(home, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  async function setUp(tool: ToolName): Promise<void> {
    const { ready } = await writeToolSetup(tool, { url, homeFolder: home, environment: {}, recordFolder: join(home, 'records') });
    expect(ready).toBe(true);
  }

  const run = (file: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ProgramResult> =>
    runProgram(findProgram(file) ?? file, words, { home, cwd: join(home, 'project'), env });

  const asked = (repository: string): readonly string[] => requests.filter((path) => path.startsWith(`/${repository}/`));

  test('sends Maven to the proxy, and does not make it download again', async (context) => {
    skipUnlessThere(context, missingPrograms(['mvn', 'java']));
    const settings = await put(
      '.m2/settings.xml',
      `<?xml version="1.0"?>\n<!-- mine -->\n<settings>\n  <localRepository>${join(home, 'local')}</localRepository>\n  <mirrors><mirror><id>m</id><mirrorOf>other</mirrorOf><url>${url}mirror/</url></mirror></mirrors>\n</settings>\n`,
    );
    await put(
      'local/g/known/1/known-1.pom',
      '<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>known</artifactId><version>1</version><packaging>pom</packaging><parent><groupId>g</groupId><artifactId>missing</artifactId><version>1</version></parent></project>',
    );
    await put('local/g/known/1/_remote.repositories', 'known-1.pom>central=\n');
    const repository = (id: string): string => `<repository><id>${id}</id><url>${url}${id}/</url></repository>`;
    await put(
      'project/pom.xml',
      `<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version><parent><groupId>g</groupId><artifactId>known</artifactId><version>1</version><relativePath/></parent><repositories>${['clojars.org', 'private', 'other'].map(repository).join('')}</repositories></project>`,
    );
    await setUp('maven');
    const { code } = await run('mvn', ['-q', '-s', settings, 'validate']);
    expect(code).toBe(1);
    expect(requests.filter((path) => path.includes('known'))).toEqual([]);
    const pom = 'g/missing/1/missing-1.pom';
    expect([...new Set(requests)].sort()).toEqual([`/central/${pom}`, `/clojars/${pom}`, `/mirror/${pom}`, `/private/${pom}`]);
  });

  test('sends Leiningen to the proxy over plain http, and to no other host', async (context) => {
    skipUnlessThere(context, missingPrograms(['lein', 'java']));
    await put('.lein/profiles.clj', ';; mine\n{:user {:jvm-opts ["-Xmx512m"] ; keep\n        }}\n');
    await put('.lein/init.clj', '(println "loaded")');
    await put(
      'project/project.clj',
      '(defproject p "1" :repositories [["far" "http://far.invalid/"]] :dependencies [[foo/bar "1.0"]] :eval-in :leiningen)\n',
    );
    await setUp('lein');
    const { output } = await run('lein', ['deps'], { LEIN_HOME: join(home, '.lein'), LEIN_JVM_OPTS: `-Duser.home=${home}` });
    expect(output).toContain('loaded');
    expect(output).toContain('Could not find artifact foo:bar:jar:1.0 in clojars');
    expect(output).toContain('Tried to use insecure HTTP repository without TLS: http://far.invalid/');
    expect(asked('central')).toContain('/central/foo/bar/1.0/bar-1.0.pom');
    expect(asked('clojars')).toContain('/clojars/foo/bar/1.0/bar-1.0.pom');
  });

  test('sends tools.deps to the proxy, by its own file and by that of Maven', async (context) => {
    skipUnlessThere(context, missingPrograms(['java']));
    const user = await put('.clojure/deps.edn', '{:aliases {:x {}} ; mine\n}\n');
    const script = await put('basis.clj', basis);
    const compute = async (userFile: string, library: string): Promise<ProgramResult> => {
      const project = await put('project/deps.edn', `{:deps {foo/${library} {:mvn/version "1"}}}\n`);
      return run(java, [`-Duser.home=${home}`, '-cp', toolsDeps, 'clojure.main', script, userFile, project]);
    };
    await setUp('clj');
    await compute(user, 'bar');
    expect(requests).toEqual(expect.arrayContaining(['/central/foo/bar/1/bar-1.pom', '/clojars/foo/bar/1/bar-1.pom']));
    requests = [];
    await setUp('maven');
    const standard = '{:mvn/repos {"central" {:url "https://repo1.maven.org/maven2/"} "clojars" {:url "https://repo.clojars.org/"}}}';
    await compute(await put('standard.edn', standard), 'baz');
    expect(requests).toEqual(expect.arrayContaining(['/central/foo/baz/1/baz-1.pom', '/clojars/foo/baz/1/baz-1.pom']));
  });

  test('sends Ivy to the proxy, and to its other resolvers', async (context) => {
    skipUnlessThere(context, missingPrograms(['java']));
    const settings = await put(
      '.ivy2/ivysettings.xml',
      `<ivysettings>\n  <settings defaultResolver="main"/>\n  <resolvers>\n    <chain name="main">\n      <ibiblio name="public" m2compatible="true"/>\n      <ibiblio name="c" m2compatible="true" root='https://repo.clojars.org'/>\n      <ibiblio name="p" m2compatible="true" root="${url}private/"/>\n    </chain>\n  </resolvers>\n</ivysettings>\n`,
    );
    await put('project/x', '');
    await setUp('ivy');
    await run(java, [
      '-cp',
      '/usr/share/java/ivy.jar',
      'org.apache.ivy.Main',
      '-settings',
      settings,
      '-cache',
      join(home, 'cache'),
      '-dependency',
      'foo',
      'bar',
      '1.0',
    ]);
    for (const repository of ['central', 'clojars', 'private'])
      expect(asked(repository)).toContain(`/${repository}/foo/bar/1.0/bar-1.0.pom`);
  });

  test('that is new sends Ivy to the proxy', async (context) => {
    skipUnlessThere(context, missingPrograms(['java']));
    await put('project/x', '');
    await setUp('ivy');
    await run(java, [
      '-cp',
      '/usr/share/java/ivy.jar',
      'org.apache.ivy.Main',
      '-settings',
      join(home, '.ivy2/ivysettings.xml'),
      '-cache',
      join(home, 'cache'),
      '-dependency',
      'foo',
      'bar',
      '1.0',
    ]);
    for (const repository of ['central', 'clojars']) expect(asked(repository)).toContain(`/${repository}/foo/bar/1.0/bar-1.0.pom`);
  });
});
