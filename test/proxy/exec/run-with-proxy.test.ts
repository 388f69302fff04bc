/** Runs commands with a proxy: what they are given, what they get, how they end, and what is left behind. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, lstat, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect } from 'vitest';

import { writeToolSetup } from '../../../src/app/tool-setup/set-up-tool.js';
import { createFixtureRepository } from '../../support/maven-repository.js';
import { contentOf, errorOf, greeter, jar } from '../../support/workbench.js';
import { type ExecBench, it } from './bench.js';

const files = greeter();

const leftovers = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`clojars-fetch-exec-${process.pid}-`));

async function repositoriesOf(bench: ExecBench, served: ReadonlyMap<string, Buffer> = files) {
  const server = await bench.serve(served);
  return {
    server,
    repositories: [
      { id: 'central', url: server.url },
      { id: 'clojars', url: server.url },
    ],
  };
}

describe('a command', () => {
  it('asks the proxy, which serves verified files, and nothing is left behind', async ({ bench }) => {
    const { repositories, server } = await repositoriesOf(bench);
    const result = await bench.runCommand([await bench.tool('build'), 'a', '--b'], {
      repositories,
      environment: { ASK: `central/${jar} central/no/such/1/such-1.jar` },
    });
    expect(result).toEqual({ exitCode: 0, signal: null });
    const { words, env, bodies } = await bench.seen();
    expect(words).toEqual(['a', '--b']);
    expect(bodies).toMatchObject({
      [`central/${jar}`]: { status: 200, size: contentOf(files, jar).length },
      'central/no/such/1/such-1.jar': { status: 404 },
    });
    expect(server.count(jar)).toBe(1);
    expect(env).toMatchObject({
      BOOT_CLOJARS_MIRROR: `${env['CLOJARS_FETCH_PROXY_URL'] ?? ''}clojars/`,
      CLOJURE_CLI_ALLOW_HTTP_REPO: 'true',
    });
    expect(env['MAVEN_ARGS']).toMatch(/^-s \S+settings\.xml$/);
    expect(existsSync(env['LEIN_HOME'] ?? '')).toBe(false);
    expect(leftovers()).toEqual([]);
    await expect(fetch(env['CLOJARS_FETCH_PROXY_URL'] ?? '')).rejects.toThrow();
    expect(bench.warnings).toEqual([]);
  });

  it('decides the exit code', async ({ bench }) => {
    const tool = await bench.tool('build');
    expect(await bench.runCommand([tool], { environment: { AND_THEN: 'process.exit(37)' } })).toEqual({ exitCode: 37, signal: null });
    expect(await bench.runCommand([tool], { environment: { AND_THEN: "process.kill(process.pid, 'SIGKILL')" } })).toEqual({
      exitCode: 137,
      signal: 'SIGKILL',
    });
    expect(await bench.runCommand([tool], { environment: { AND_THEN: 'process.abort()' } })).toEqual({ exitCode: 134, signal: 'SIGABRT' });
    expect(leftovers()).toEqual([]);
  });

  it('that is missing or cannot be started is an error of its caller', async ({ bench }) => {
    expect(await errorOf(bench.runCommand([]))).toMatchObject({ code: 'ERR_CONFIG', message: 'no command was given' });
    expect(await errorOf(bench.runCommand(['no-such-program-9']))).toMatchObject({
      code: 'ERR_CONFIG',
      message: "the command 'no-such-program-9' was not found",
    });
    const file = await bench.put('bin/text', 'text');
    expect((await errorOf(bench.runCommand([file]))).message).toContain('cannot be started: EACCES');
    expect(leftovers()).toEqual([]);
  });

  it('is given what it has in its environment already', async ({ bench }) => {
    const environment = {
      BOOT_CLOJARS_MIRROR: 'https://nexus.example.org/',
      MAVEN_ARGS: '-B',
      http_proxy: 'http://proxy:1',
      no_proxy: 'example.org',
    };
    await bench.runCommand([await bench.tool('make')], { environment });
    const { env } = await bench.seen();
    expect(env['BOOT_CLOJARS_MIRROR']).toBe('https://nexus.example.org/');
    expect(env['MAVEN_ARGS']).toMatch(/^-B -s /);
    expect(env['no_proxy']).toBe('example.org,127.0.0.1,localhost');
  });
});

describe('Leiningen', () => {
  it('gets a folder like its own with the mirrors, and its own stays as it is', async ({ bench }) => {
    const profiles = await bench.put('home/.lein/profiles.clj', '{:user {:plugins [[a "1"]]}} ; mine\n');
    await bench.put('home/.lein/credentials.clj.gpg', 'secret');
    await bench.runCommand([await bench.tool('lein'), 'test'], {
      environment: { AND_THEN: "const { writeFileSync } = await import('node:fs'); writeFileSync(env.LEIN_HOME + '/new', '')" },
    });
    const { words, env, files: read } = await bench.seen();
    const home = env['LEIN_HOME'] ?? '';
    expect(words).toEqual(['test']);
    expect(read[join(home, 'profiles.clj')]).toContain(`:url "${env['CLOJARS_FETCH_PROXY_URL'] ?? ''}clojars/"`);
    expect(read[join(home, 'profiles.clj')]).toContain('; mine');
    expect(read[join(home, 'init.clj')]).toContain('register-wagon-factory!');
    expect(read[join(home, 'credentials.clj.gpg')]).toBe('secret');
    expect(readFileSync(profiles, 'utf8')).toBe('{:user {:plugins [[a "1"]]}} ; mine\n');
    expect(readdirSync(dirname(profiles)).sort()).toEqual(['credentials.clj.gpg', 'profiles.clj']);
  });

  it('gets its profile :user where it is', async ({ bench }) => {
    await bench.put('home/.lein/profiles.d/user.clj', '{}');
    await bench.put('home/.lein/profiles.d/other.clj', '{:a 1}');
    await bench.runCommand([await bench.tool('lein')]);
    const { env, files: read } = await bench.seen();
    const at = (name: string): string | undefined => read[join(env['LEIN_HOME'] ?? '', name)];
    expect(at('profiles.d/user.clj')).toContain(':mirrors');
    expect(at('profiles.d/other.clj')).toBe('{:a 1}');
    expect(at('profiles.clj')).toBeUndefined();
  });

  it('is run as it is if its mirrors must not be bypassed', async ({ bench }) => {
    await bench.put('home/.lein/profiles.clj', '{:user {:mirrors {"central" {:url "https://nexus.example.org/"}}}}');
    await bench.runCommand([await bench.tool('lein')]);
    expect((await bench.seen()).env['LEIN_HOME']).toBeUndefined();
    expect(bench.warnings).toEqual([expect.stringContaining('lein is run with its own configuration')]);
  });
});

describe('a tool that is set up for another proxy', () => {
  it('asks that of the command, and stays set up', async ({ bench }) => {
    const environment = { HOME: bench.home };
    await bench.put('home/.lein/profiles.clj', '{:user {}}');
    await writeToolSetup('lein', { environment, homeFolder: bench.home, url: 'http://127.0.0.1:8141/' });
    const before = readFileSync(join(bench.home, '.lein/profiles.clj'), 'utf8');
    await bench.runCommand([await bench.tool('lein')]);
    const { env, files: read } = await bench.seen();
    const copy = read[join(env['LEIN_HOME'] ?? '', 'profiles.clj')];
    expect(copy).toContain(`:url "${env['CLOJARS_FETCH_PROXY_URL'] ?? ''}clojars/"`);
    expect(copy).not.toContain(':8141/');
    expect(readFileSync(join(bench.home, '.lein/profiles.clj'), 'utf8')).toBe(before);
    expect(bench.warnings).toEqual([]);
  });
});

describe('over TLS', () => {
  it('every JVM gets a truststore besides its own options', async ({ bench }) => {
    const keytool = await bench.put(
      'jdk/bin/keytool',
      '#!/bin/sh\nwhile [ $# -gt 0 ]; do [ "$1" = -keystore ] && echo x > "$2"; shift; done\n',
    );
    await chmod(keytool, 0o755);
    const environment = { JAVA_HOME: join(bench.folder, 'jdk'), JAVA_TOOL_OPTIONS: '-Xmx1g' };
    await bench.runCommand([await bench.tool('lein')], { tls: true, environment });
    const { env, files: read } = await bench.seen();
    expect(env['CLOJARS_FETCH_PROXY_URL']).toMatch(/^https:/);
    expect(readFileSync(env['CLOJARS_FETCH_PROXY_CA'] ?? '', 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(env['JAVA_TOOL_OPTIONS']).toMatch(/^-Xmx1g -Djavax\.net\.ssl\.trustStore=\S+\.p12 -Djavax\.net\.ssl\.trustStoreType=PKCS12 /);
    expect(read[join(env['LEIN_HOME'] ?? '', 'profiles.clj')]).toContain(':url "https://127.0.0.1:');
    expect(read[join(env['LEIN_HOME'] ?? '', 'init.clj')]).toBeUndefined();
  });
});

describe('Maven', () => {
  const settings = '<settings><localRepository>/here</localRepository></settings>';

  it('gets a copy of the settings, which only the user can read', async ({ bench }) => {
    await bench.put('home/.m2/settings.xml', settings);
    const environment = {
      AND_THEN:
        "const { statSync, writeFileSync } = await import('node:fs'); writeFileSync(env.SEEN + '.mode', (statSync(argv[3]).mode & 0o777).toString(8))",
    };
    await bench.runCommand([await bench.tool('mvn'), '-q', 'verify'], { environment });
    const { words, env, files: read } = await bench.seen();
    const [option, file = '', ...rest] = words;
    expect([option, ...rest]).toEqual(['-s', '-q', 'verify']);
    expect(read[file]).toContain('<localRepository>/here</localRepository>');
    expect(read[file]).toContain(`<url>${env['CLOJARS_FETCH_PROXY_URL'] ?? ''}central/</url>`);
    expect(readFileSync(join(bench.folder, 'seen.json.mode'), 'utf8')).toBe('600');
    expect(readFileSync(join(bench.home, '.m2/settings.xml'), 'utf8')).toBe(settings);
  });

  it('keeps the settings that the command names, with a warning', async ({ bench }) => {
    await bench.runCommand([await bench.tool('mvnw'), '-s', 'ci.xml']);
    expect((await bench.seen()).words).toEqual(['-s', 'ci.xml']);
    expect(bench.warnings).toEqual([expect.stringContaining('the command names a settings file for Maven (-s)')]);
  });
});

describe('settings that a project names', () => {
  it('are kept, with a warning', async ({ bench }) => {
    await bench.put('project/.mvn/maven.config', '-s ci.xml');
    await bench.runCommand([await bench.tool('mvn'), 'verify']);
    expect((await bench.seen()).words).toEqual(['verify']);
    expect(bench.warnings).toEqual([expect.stringContaining('.mvn/maven.config names a settings file for Maven')]);
  });
});

describe('other tools', () => {
  it('get what each of them reads', async ({ bench }) => {
    await bench.put('home/.clojure/deps.edn', '{:aliases {:mine {}}}');
    await bench.put('home/.clojure/tools/t.edn', '{}');
    await bench.runCommand([await bench.tool('clojure')]);
    const clojure = await bench.seen();
    const folder = clojure.env['CLJ_CONFIG'] ?? '';
    expect(clojure.files[join(folder, 'deps.edn')]).toMatch(/:mine.*:mvn\/repos/s);
    expect(clojure.files[join(folder, 'tools/t.edn')]).toBe('{}');
    expect(clojure.files[clojure.env['COURSIER_MIRRORS'] ?? '']).toContain('clojars-fetch-central.to=http://127.0.0.1:');
    await bench.runCommand([await bench.tool('gradlew'), 'build']);
    const [option, script = '', task] = (await bench.seen()).words;
    expect([option, task]).toEqual(['-I', 'build']);
    expect((await bench.seen()).files[script]).toContain('clojarsFetchRedirect');
    await bench.runCommand([await bench.tool('sbt')], { environment: { SBT_OPTS: '-Xmx1g' } });
    expect((await bench.seen()).env['SBT_OPTS']).toMatch(/^-Xmx1g -Dsbt.override.build.repos=true -Dsbt.repository.config=\//);
  });
});

describe('the look-ahead', () => {
  const chain = createFixtureRepository({
    artifacts: [
      { group: 'org.example', artifact: 'top', versions: ['1'], dependencies: [{ group: 'org.example', artifact: 'deep', version: '1' }] },
      { group: 'org.example', artifact: 'deep', versions: ['1', '2'] },
    ],
  }).files;
  const deep = (version: string): string => `org/example/deep/${version}/deep-${version}.jar`;
  /** Waits, without a request for a file, until the proxy has this many files. */
  const untilCached = (files: number): string =>
    `for (;;) { const s = await (await fetch(env.CLOJARS_FETCH_PROXY_URL + '-/status')).json(); if (s.cache.files >= ${files}) return; await new Promise((f) => setTimeout(f, 20)); }`;

  it('fetches what the project needs before the tool asks', async ({ bench }) => {
    const { repositories, server } = await repositoriesOf(bench, chain);
    await bench.put(
      'project/project.clj',
      '(defproject p "1" :dependencies [[org.example/top "1"]] :managed-dependencies [[org.example/deep "2"]])',
    );
    await bench.runCommand([await bench.tool('build')], { repositories, lookAhead: true, environment: { AND_THEN: untilCached(4) } });
    expect(server.count(deep('2'))).toBe(1);
    expect(server.count(deep('1'))).toBe(0);
  });

  it('leaves out what the local repository of the tool has', async ({ bench }) => {
    const { repositories, server } = await repositoriesOf(bench, chain);
    for (const kind of ['jar', 'pom']) {
      const path = `org/example/top/1/top-1.${kind}`;
      await bench.put(`m2/${path}`, contentOf(chain, path).toString('latin1'));
    }
    await bench.put('project/project.clj', '(defproject p "1" :dependencies [[org.example/top "1"] [org.example/deep "2"]])');
    await bench.runCommand([await bench.tool('build'), `-Dmaven.repo.local=${join(bench.folder, 'm2')}`], {
      repositories,
      lookAhead: true,
      environment: { AND_THEN: untilCached(2) },
    });
    expect(server.count(deep('2'))).toBe(1);
    expect(server.count('org/example/top/1/top-1.pom')).toBe(0);
    expect(server.count('org/example/top/1/top-1.jar')).toBe(0);
  });

  it('reads profiles, and a project that cannot be read is a warning', async ({ bench }) => {
    const { repositories, server } = await repositoriesOf(bench, chain);
    await bench.put('project/project.clj', '(defproject p "1" :profiles {:ci {:dependencies [[org.example/deep "1"]]}})');
    await bench.runCommand([await bench.tool('build')], {
      repositories,
      lookAhead: true,
      profiles: ['ci'],
      environment: { AND_THEN: untilCached(2) },
    });
    expect(server.count(deep('1'))).toBe(1);
    await bench.put('project/project.clj', '(defproject');
    const environment = { AND_THEN: 'await new Promise((f) => setTimeout(f, 1000))' };
    expect(await bench.runCommand([await bench.tool('build')], { repositories, lookAhead: true, environment })).toEqual({
      exitCode: 0,
      signal: null,
    });
    expect(bench.warnings).toEqual([expect.stringContaining('nothing is fetched ahead, because the project cannot be read')]);
  });
});

describe('the temporary folder', () => {
  it('is private, and removing it removes no target of its links', async ({ bench }) => {
    const own = await bench.put('home/.lein/keep/file', 'kept');
    const environment = {
      AND_THEN:
        "const { statSync, writeFileSync } = await import('node:fs'); writeFileSync(env.SEEN + '.mode', (statSync(env.LEIN_HOME + '/..').mode & 0o777).toString(8))",
    };
    await bench.runCommand([await bench.tool('lein')], { environment });
    expect(readFileSync(join(bench.folder, 'seen.json.mode'), 'utf8')).toBe('700');
    expect(readFileSync(own, 'utf8')).toBe('kept');
    expect((await lstat(dirname(own))).isDirectory()).toBe(true);
    expect((await stat(own)).size).toBe(4);
  });
});
