/** Whole projects: fetched by one call, and then built with every mirror down. */
import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createStoredZip } from '../../examples/demo/zip.mjs';
import { createFixtureRepository, type FixtureOptions } from '../support/maven-repository.js';
import { runCli } from '../support/processes.js';
import { createMaven, missingForMaven } from './maven.js';
import { type Nginx, startNginx } from './nginx.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { createFolder } from './workspace.js';

const group = 'org.example';
const needs = (...names: string[]): { group: string; artifact: string; version: string }[] =>
  names.map((name) => {
    const [artifact = '', version = ''] = name.split(' ');
    return { group, artifact, version };
  });
const artifacts: FixtureOptions['artifacts'] = [
  { group, artifact: 'deep', versions: ['1.0', '2.0'] },
  { group, artifact: 'middle', versions: ['1.0'], dependencies: needs('deep 1.0', 'unwanted 1.0') },
  { group, artifact: 'web', versions: ['1.0', '1.1'], dependencies: needs('middle 1.0', 'managed 1.0') },
  { group, artifact: 'managed', versions: ['1.0', '1.5'], dependencies: needs('deep 2.0') },
  { group, artifact: 'unwanted', versions: ['1.0'] },
  { group, artifact: 'checks', versions: ['3.0'], dependencies: needs('middle 1.0', 'checks-core 3.0') },
  { group, artifact: 'checks-core', versions: ['3.0'] },
  { group, artifact: 'container', versions: ['2.5'] },
  // A plugin and its dependency; its jar is made below.
  { group, artifact: 'lein-greet', versions: ['1.0'], dependencies: needs('greetings 1.0') },
  { group, artifact: 'greetings', versions: ['1.0'] },
  // The libraries that Leiningen adds to every project.
  { group: 'nrepl', artifact: 'nrepl', versions: ['1.0.0'] },
  { group: 'org.nrepl', artifact: 'incomplete', versions: ['0.1.0'] },
];

const projectClj = (url: string, local: string): string => `;; what a reader of EDN could not read
(require 'cemerick.pomegranate.aether)
(cemerick.pomegranate.aether/register-wagon-factory! "http" #(org.apache.maven.wagon.providers.http.HttpWagon.))
(defproject org.example/project "1.0.0"
  :description ~(str "computed" \\space #"re\\"gex")
  :local-repo ${JSON.stringify(local)}
  :repositories ^:replace [["clojars" {:url ${JSON.stringify(url)} :snapshots false}]]
  :managed-dependencies [[org.example/managed "1.5"] [org.example/web "1.1"]]
  :exclusions [org.example/unwanted]
  :plugins [[org.example/lein-greet "1.0"]]
  :dependencies [[org.example/web]
                 #_[org.example/not-there "9"]
                 [org.example/deep "2.0" :scope "runtime"]]
  :profiles {:dev {:dependencies [[org.example/checks "3.0"]]}
             :provided {:dependencies [[org.example/container "2.5"]]}})
`;

/** A task that needs its own jar and that of its dependency. */
const greetTask = `(ns leiningen.greet (:require [clojure.java.io :as io]))
(defn greet "Greets." [project & _]
  (println "hello from" (:name project) "by" (if (io/resource "greetings/data.bin") "greetings" "nobody")))
`;

/** Replaces the fixture's jar with that of the plugin. */
async function writePlugin(served: string): Promise<void> {
  const jar = createStoredZip([{ name: 'leiningen/greet.clj', content: Buffer.from(greetTask) }]);
  const file = join(served, 'org/example/lein-greet/1.0/lein-greet-1.0.jar');
  await writeFile(file, jar);
  for (const algorithm of ['sha1', 'md5']) await writeFile(`${file}.${algorithm}`, createHash(algorithm).update(jar).digest('hex'));
}

const parentPom = `<project><modelVersion>4.0.0</modelVersion><groupId>org.example</groupId><artifactId>parent</artifactId><version>\${revision}</version><packaging>pom</packaging>
<properties><revision>1.0</revision><web.version>1.1</web.version></properties>
<dependencyManagement><dependencies>
<dependency><groupId>org.example</groupId><artifactId>managed</artifactId><version>1.5</version></dependency>
<dependency><groupId>org.example</groupId><artifactId>web</artifactId><version>\${web.version}</version></dependency>
</dependencies></dependencyManagement></project>`;
const childPom = `<project><modelVersion>4.0.0</modelVersion><parent><groupId>org.example</groupId><artifactId>parent</artifactId><version>\${revision}</version></parent><artifactId>child</artifactId>
<dependencies>
<dependency><groupId>org.example</groupId><artifactId>checks</artifactId><version>3.0</version><scope>test</scope><exclusions><exclusion><groupId>org.example</groupId><artifactId>unwanted</artifactId></exclusion></exclusions></dependency>
<dependency><groupId>org.example</groupId><artifactId>web</artifactId></dependency>
<dependency><groupId>org.example</groupId><artifactId>container</artifactId><version>2.5</version><scope>provided</scope></dependency>
</dependencies></project>`;

const missing = missingPrograms(['nginx', 'java']);

describe('a project in an outage', () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  let nginx: Nginx;
  let root = '';

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = await createFolder();
    root = folder.path;
    await mkdir(join(root, 'served'));
    await createFixtureRepository({ artifacts, seed: 'project' }).writeTo(join(root, 'served'));
    await writePlugin(join(root, 'served'));
  });
  beforeEach(async (context) => {
    skipUnlessThere(context, missing);
    nginx = await startNginx(join(root, `nginx-${context.task.id.replace(/\W/g, '-')}`), join(root, 'served'));
  });
  afterAll(async () => {
    if (folder === null) return;
    await nginx.stop();
    await folder.remove();
  });

  /** The class path that `clojars-fetch project` prints once everything is fetched; then the mirrors are down. */
  async function fetchProject(file: string, local: string, more: readonly string[]): Promise<string[]> {
    const home = join(root, 'home');
    const result = await runCli(['project', file, '--local-repo', local, '--no-config', '--classpath', ...more], { home });
    expect(result.code, result.stderr).toBe(0);
    await nginx.stop();
    return result.stdout.trim().split(':');
  }

  test('project.clj with a plugin works for lein -o classpath and for the task of the plugin', async (context) => {
    skipUnlessThere(context, missingPrograms(['lein']));
    const [cwd, local, home] = [join(root, 'lein-project'), join(root, 'lein-local'), join(root, 'lein-home')];
    await mkdir(cwd);
    await mkdir(home);
    await writeFile(join(cwd, 'project.clj'), projectClj(nginx.url, local));
    const lein = (task = 'classpath') =>
      runProgram(findProgram('lein') ?? 'lein', ['-o', task], {
        home,
        cwd,
        env: { LEIN_HOME: join(home, '.lein'), LEIN_JVM_OPTS: `-Duser.home=${home}`, LEIN_OFFLINE: '1' },
      });
    expect((await lein()).code, 'Leiningen must fail without the files').not.toBe(0);
    await rm(local, { recursive: true, force: true });
    const ours = await fetchProject(join(cwd, 'project.clj'), local, []);
    const theirs = await lein();
    expect(theirs.code, theirs.output).toBe(0);
    // Leiningen lists the files of a hash map, in no meaningful order.
    expect(
      theirs.stdout
        .trim()
        .split(':')
        .filter((path) => path.endsWith('.jar'))
        .sort(),
    ).toEqual([...ours].sort());
    expect(ours.map((path) => path.replace(/.*\//, ''))).toEqual(
      expect.arrayContaining([
        'web-1.1.jar',
        'managed-1.5.jar',
        'deep-2.0.jar',
        'nrepl-1.0.0.jar',
        'incomplete-0.1.0.jar',
        'checks-3.0.jar',
        'container-2.5.jar',
      ]),
    );
    expect(ours.some((path) => /unwanted|greet/.test(path))).toBe(false);
    const greeting = await lein('greet');
    expect(greeting.code, greeting.output).toBe(0);
    expect(greeting.stdout).toContain('hello from project by greetings');
  });

  test('project.clj with its own mirror: lein -o looks for files under the name of the mirror', async (context) => {
    skipUnlessThere(context, missingPrograms(['lein']));
    const [cwd, local, home] = [join(root, 'lein-mirrored'), join(root, 'lein-mirrored-local'), join(root, 'lein-mirrored-home')];
    await mkdir(cwd);
    await mkdir(home);
    const mirrored = projectClj('https://maven.invalid/', local).replace(
      '  :description',
      `  :mirrors {#"cloj.*" {:name "near" :url ${JSON.stringify(nginx.url)}}}\n  :description`,
    );
    await writeFile(join(cwd, 'project.clj'), mirrored);
    const ours = await fetchProject(join(cwd, 'project.clj'), local, []);
    const theirs = await runProgram(findProgram('lein') ?? 'lein', ['-o', 'classpath'], {
      home,
      cwd,
      env: { LEIN_HOME: join(home, '.lein'), LEIN_JVM_OPTS: `-Duser.home=${home}`, LEIN_OFFLINE: '1' },
    });
    expect(theirs.code, theirs.output).toBe(0);
    expect(
      theirs.stdout
        .trim()
        .split(':')
        .filter((path) => path.endsWith('.jar'))
        .sort(),
    ).toEqual([...ours].sort());
  });

  test('pom.xml with a parent next to it works for mvn -o dependency:build-classpath', async (context) => {
    skipUnlessThere(context, missingForMaven());
    const maven = await createMaven(root);
    const local = await maven.createLocalRepository('maven-local');
    const child = join(root, 'maven-project', 'child');
    await mkdir(child, { recursive: true });
    await writeFile(join(root, 'maven-project', 'pom.xml'), parentPom);
    await writeFile(join(child, 'pom.xml'), childPom);
    expect((await maven.buildProjectClassPath(local, child)).paths, 'Maven must fail without the files').toBeNull();
    await rm(local, { recursive: true });
    const fresh = await maven.createLocalRepository('maven-fresh');
    const ours = await fetchProject(join(child, 'pom.xml'), fresh, ['--repo', `central=${nginx.url}`]);
    const theirs = await maven.buildProjectClassPath(fresh, child);
    expect(theirs.paths, theirs.output).toEqual(ours);
    expect(ours.map((path) => path.replace(/.*\//, ''))).toEqual([
      'checks-3.0.jar',
      'middle-1.0.jar',
      'deep-1.0.jar',
      'checks-core-3.0.jar',
      'web-1.1.jar',
      'managed-1.5.jar',
      'container-2.5.jar',
    ]);
  });
});
