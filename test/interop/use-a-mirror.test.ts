/** The snippets of docs/use-a-mirror.md, read by the real tools: each asks the mirror for what lives on Clojars. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { mirrorSnippet } from '../docs/use-a-mirror.js';
import { listen, type Listening } from '../support/listening.js';
import { findProgram, missingPrograms, type ProgramResult, runProgram, skipUnlessThere } from './programs.js';
import { createFolder } from './workspace.js';

const toolsDeps = '/usr/share/java/tools.deps.jar:/usr/share/java/maven-repository-metadata-3.x.jar';
const basis = `(require '[clojure.tools.deps :as deps])
(try (deps/create-basis {:root nil :user (first *command-line-args*) :project (second *command-line-args*)})
  (catch Throwable e (println (str e))))
(shutdown-agents)
`;

describe('a snippet', () => {
  let folder: Awaited<ReturnType<typeof createFolder>>;
  let server: Listening;
  let mirror = '';
  let central = '';
  const requests: string[] = [];

  beforeAll(async () => {
    folder = await createFolder();
    const http = createServer((request, response) => {
      requests.push(request.url ?? '');
      response.writeHead(404).end();
    });
    server = await listen(http);
    mirror = `http://127.0.0.1:${server.port}/mirror/`;
    central = `http://127.0.0.1:${server.port}/central/`;
  });
  afterAll(async () => {
    await server.close();
    await folder.remove();
  });

  async function put(name: string, text: string): Promise<string> {
    const path = join(folder.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  const run = (
    program: string,
    words: readonly string[],
    project: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<ProgramResult> =>
    runProgram(findProgram(program) ?? program, words, { home: folder.path, cwd: join(folder.path, project), env });

  test('for Leiningen replaces Clojars by the mirror', async (context) => {
    skipUnlessThere(context, missingPrograms(['lein', 'java']));
    await put('.lein/profiles.clj', mirrorSnippet('~/.lein/profiles.clj', mirror));
    // Leiningen refuses plain http, which the server of this test speaks.
    const allowHttp = `(require 'cemerick.pomegranate.aether)
(cemerick.pomegranate.aether/register-wagon-factory! "http" #(org.apache.maven.wagon.providers.http.HttpWagon.))`;
    const repositories = `[["central" {:url "${central}"}] ["clojars" {:url "https://repo.clojars.org/"}]]`;
    await put(
      'lein/project.clj',
      `${allowHttp}\n(defproject p "1" :repositories ^:replace ${repositories} :plugin-repositories ^:replace [] :dependencies [[foo/lein "1.0"]] :eval-in :leiningen)\n`,
    );
    const { output } = await run('lein', ['deps'], 'lein', {
      LEIN_HOME: join(folder.path, '.lein'),
      LEIN_JVM_OPTS: `-Duser.home=${folder.path}`,
    });
    expect(output).toContain('Could not find artifact foo:lein');
    expect(requests).toContain('/mirror/foo/lein/1.0/lein-1.0.pom');
  });

  test('for Maven replaces Clojars by the mirror', async (context) => {
    skipUnlessThere(context, missingPrograms(['mvn', 'java']));
    const settings = mirrorSnippet('~/.m2/settings.xml', mirror);
    const local = `<localRepository>${join(folder.path, 'local')}</localRepository>`;
    const file = await put('.m2/settings.xml', settings.replace('<settings>', `<settings>${local}`));
    const repository = (id: string, url: string): string => `<repository><id>${id}</id><url>${url}</url></repository>`;
    const repositories = repository('central', central) + repository('clojars', 'https://repo.clojars.org/');
    await put(
      'mvn/pom.xml',
      `<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>b</artifactId><version>1</version><parent><groupId>foo</groupId><artifactId>mvn</artifactId><version>1</version><relativePath/></parent><repositories>${repositories}</repositories></project>`,
    );
    await run('mvn', ['-q', '-s', file, 'validate'], 'mvn');
    expect(requests).toContain('/mirror/foo/mvn/1/mvn-1.pom');
  });

  test('for the Clojure CLI replaces Clojars by the mirror', async (context) => {
    skipUnlessThere(context, missingPrograms(['java']));
    const user = await put('.clojure/deps.edn', mirrorSnippet('deps.edn', mirror));
    const project = await put('clj/deps.edn', `{:deps {foo/clj {:mvn/version "1"}} :mvn/repos {"central" {:url "${central}"}}}\n`);
    const script = await put('basis.clj', basis);
    const home = join(folder.path, 'clj-home');
    await run('java', [`-Duser.home=${home}`, '-cp', toolsDeps, 'clojure.main', script, user, project], 'clj');
    expect(requests).toContain('/mirror/foo/clj/1/clj-1.pom');
  });
});
