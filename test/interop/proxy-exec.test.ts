/** `exec` with real build tools: projects that name no repository and no proxy, and empty local repositories. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { it, type ProxyBench } from '../proxy/bench.js';
import { runCli, type RunResult } from '../support/processes.js';
import { hasChangingName, type Needed } from './build-tools.js';
import { createMaven, pluginVersion } from './maven.js';
import { shortJvm } from './programs.js';
import { everything, expectSame, expectSuccess, ProxyTools, repeated } from './proxy-tools.js';
import { createClosureRepository, readTree } from './workspace.js';

const { files } = createClosureRepository('first');
const tools = new ProxyTools();
const nothing = new Map<string, Buffer>();
/** Central has no snapshots. */
const ofCentral = everything.filter(({ version }) => !version.endsWith('-SNAPSHOT'));

interface Call {
  readonly central: string;
  readonly clojars: string;
  readonly options?: readonly string[];
  /** The only file of the project. */
  readonly project: readonly [name: string, text: string];
  readonly command: readonly string[];
}

/** Runs a command under `exec` in the folder of the project. */
async function runUnderExec(
  bench: ProxyBench,
  { central, clojars, options = [], project: [name, text], command }: Call,
): Promise<RunResult> {
  const [home, project] = [join(bench.folder, 'home'), join(bench.folder, 'project')];
  for (const folder of [home, project]) await mkdir(folder, { recursive: true });
  await writeFile(join(project, name), text);
  const repositories = ['--repo', `central=${central}`, '--repo', `clojars=${clojars}`];
  const result = await runCli(['exec', '--no-config', ...repositories, ...options, '--', ...command], {
    home,
    cwd: project,
    timeoutMs: 120_000,
    env: { ...shortJvm, MAVEN_OPTS: `-Duser.home=${home}`, LEIN_JVM_OPTS: `-Duser.home=${home}` },
  });
  expect(readFileSync(join(project, name), 'utf8')).toBe(text);
  for (const own of ['.m2/settings.xml', '.lein/profiles.clj']) expect(existsSync(join(home, own)), own).toBe(false);
  expect(await readdir(join(home, 'tmp'))).toEqual(expect.not.arrayContaining([expect.stringContaining('clojars-fetch-exec-')]));
  return result;
}

const pom = (needed: readonly Needed[]): string =>
  `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>interop</groupId><artifactId>project</artifactId><version>1</version><packaging>pom</packaging><dependencies>${needed
    .map(
      ({ artifact, version }) =>
        `<dependency><groupId>org.example</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
    )
    .join('')}</dependencies></project>\n`;

/** Resolves a Maven project under `exec`, into a local repository that has nothing but the plugin. */
async function mavenUnderExec(bench: ProxyBench, urls: Pick<Call, 'central' | 'clojars'>): Promise<RunResult & { readonly local: string }> {
  const folder = join(bench.folder, 'maven');
  await mkdir(folder);
  const local = await (await createMaven(folder)).createLocalRepository('local');
  const goal = `org.apache.maven.plugins:maven-dependency-plugin:${pluginVersion() ?? ''}:build-classpath`;
  const command = ['mvn', '-B', `-Dmaven.repo.local=${local}`, goal];
  return { ...(await runUnderExec(bench, { ...urls, project: ['pom.xml', pom(ofCentral)], command })), local };
}

/** The files of the fixture in a local repository. */
async function filesIn(local: string): Promise<ReadonlyMap<string, Buffer>> {
  return new Map([...(await readTree(join(local, 'org', 'example')))].filter(([path]) => !hasChangingName(path)));
}

describe('exec', () => {
  it('has Maven build an unchanged project as directly, and upstream is asked for each file once', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(files), await bench.serve(nothing)];
    const direct = await tools.build('mvn', central.url, ofCentral);
    expectSuccess(direct);
    central.clear();
    const { local, code, stdout } = await mavenUnderExec(bench, { central: central.url, clojars: clojars.url });
    expectSame({ ...direct, succeeded: code === 0, output: stdout, files: await filesIn(local) }, direct.files);
    expect(repeated([central])).toEqual([]);
  });

  it('returns the exit code of a Maven that is refused a file, and Maven prints why', async ({ bench }) => {
    const corrupt = /text-0\.9-beta1\.jar$/;
    const [central, clojars] = [await bench.serve(files, { fault: { fault: 'corrupt', match: corrupt } }), await bench.serve(nothing)];
    const { local, code, stdout } = await mavenUnderExec(bench, { central: central.url, clojars: clojars.url });
    expect([code, stdout]).toEqual([1, expect.stringMatching(/502 refused: sha1 differs from 127\.0\.0\.1/)]);
    expect([...(await filesIn(local)).keys()].filter((path) => corrupt.test(path))).toEqual([]);
  });

  it('has Leiningen build an unchanged project over https, with a truststore in its environment alone', async ({ bench }) => {
    const [central, clojars] = [await bench.serve(nothing), await bench.serve(files)];
    const direct = await tools.build('lein', clojars.url, everything);
    expectSuccess(direct);
    clojars.clear();
    const local = join(bench.folder, 'local');
    const dependencies = everything.map(({ artifact, version }) => `[org.example/${artifact} ${JSON.stringify(version)}]`).join(' ');
    const { code, stdout, stderr } = await runUnderExec(bench, {
      central: central.url,
      clojars: clojars.url,
      options: ['--tls'],
      project: [
        'project.clj',
        `(defproject interop "1.0.0" :local-repo ${JSON.stringify(local)} :eval-in :leiningen :dependencies [${dependencies}])\n`,
      ],
      command: ['lein', 'with-profile', 'user', 'deps'],
    });
    expectSame({ ...direct, succeeded: code === 0, output: stdout + stderr, files: await filesIn(local) }, direct.files);
    expect(repeated([clojars])).toEqual([]);
  });
});
