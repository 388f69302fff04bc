/** Larger projects through the proxy: a closure of 500, and plugins from an empty local repository. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { it } from '../proxy/bench.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { digest } from '../support/workbench.js';
import { hasChangingName } from './build-tools.js';
import { pluginRepository, pluginVersion } from './maven.js';
import { findProgram, runProgram } from './programs.js';
import { everything, expectSame, expectSuccess, ProxyTools, repeated } from './proxy-tools.js';
import { createClosureRepository, readTree } from './workspace.js';

const { files } = createClosureRepository('first');
const tools = new ProxyTools();
const group = 'org.example';

/** An artifact, and 499 that it needs: each needs two more. */
function createLargeClosure(count: number): ReadonlyMap<string, Buffer> {
  const artifacts = Array.from({ length: count }, (_, index) => ({
    group,
    artifact: `n${index}`,
    versions: ['1.0.0'],
    dependencies: [2 * index + 1, 2 * index + 2]
      .filter((child) => child < count)
      .map((child) => ({ group, artifact: `n${child}`, version: '1.0.0' })),
  }));
  return createFixtureRepository({ artifacts, checksums: ['sha1'] }).files;
}

describe('a project through the proxy', () => {
  it('has its closure of 500 artifacts, byte for byte, each asked upstream once', async ({ bench }) => {
    const closure = createLargeClosure(500);
    const server = await bench.serve(closure);
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    const build = await tools.through('mvn', proxy, [{ artifact: 'n0', version: '1.0.0' }]);
    const prefix = 'org/example/';
    const own = [...closure].filter(([path]) => /\.(jar|pom)(\.sha1)?$/.test(path));
    expect(own).toHaveLength(2_000);
    expectSame(build, new Map(own.map(([path, content]) => [path.slice(prefix.length), content])));
    expect(repeated([server])).toEqual([]);
  });

  it('gets the plugins of Maven, found by their prefix, as directly', async ({ bench }) => {
    const server = await bench.serve(new DebianRepository(files));
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    const local = (name: string): string => join(bench.folder, name, 'local');
    for (const [name, url] of [
      ['direct', server.url],
      ['through', `${proxy.url}r/`],
    ] as const) {
      const { code, output } = await runDependencyPlugin(join(bench.folder, name), url);
      expect(code, output).toBe(0);
    }
    const [direct, through] = [await readStable(local('direct')), await readStable(local('through'))];
    expect([...through.keys()].some((path) => path.includes('maven-dependency-plugin') && path.endsWith('.jar'))).toBe(true);
    expect(through).toEqual(direct);
  });

  it('gets the plugins of Leiningen', async ({ bench }) => {
    const server = await bench.serve(files);
    const plugins = [{ artifact: 'text', version: '0.9-beta1' }];
    const direct = await tools.build('lein', server.url, everything, { plugins });
    expectSuccess(direct);
    expectSame(await tools.through('lein', await bench.inFrontOf(server.url), everything, { plugins }), direct.files);
  });
});

/** Debian's Maven repository as a server would have it, with checksums and the metadata of its plugins. Reads files when they are asked for. */
class DebianRepository extends Map<string, Buffer> {
  override get(path: string): Buffer | undefined {
    const known = super.get(path);
    if (known !== undefined) return known;
    const [, base] = /^(.+)\.sha1$/.exec(path) ?? [];
    if (base !== undefined) {
      const content = this.get(base);
      return content && Buffer.from(digest('sha1', content));
    }
    const content = pluginMetadata.get(path) ?? readPlain(join(pluginRepository, path));
    if (content !== undefined) this.set(path, content);
    return content;
  }
}

const plugins = 'org/apache/maven/plugins';
const pluginMetadata = new Map<string, Buffer>([
  [
    `${plugins}/maven-metadata.xml`,
    Buffer.from(
      '<metadata><plugins><plugin><name>Dependencies</name><prefix>dependency</prefix><artifactId>maven-dependency-plugin</artifactId></plugin></plugins></metadata>\n',
    ),
  ],
  [
    `${plugins}/maven-dependency-plugin/maven-metadata.xml`,
    Buffer.from(
      `<metadata><groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><versioning><release>${pluginVersion() ?? ''}</release><versions><version>${pluginVersion() ?? ''}</version></versions><lastUpdated>20240101000000</lastUpdated></versioning></metadata>\n`,
    ),
  ],
]);

function readPlain(file: string): Buffer | undefined {
  return existsSync(file) && statSync(file).isFile() ? readFileSync(file) : undefined;
}

/** Runs `dependency:build-classpath` of a release with an empty local repository; plugins and dependencies come from the URL. */
async function runDependencyPlugin(folder: string, url: string) {
  await mkdir(folder);
  const repository = (name: string): string => `<${name}><id>central</id><url>${url}</url></${name}>`;
  await writeFile(
    join(folder, 'settings.xml'),
    `<settings><profiles><profile><id>p</id><repositories>${repository('repository')}</repositories><pluginRepositories>${repository('pluginRepository')}</pluginRepositories></profile></profiles><activeProfiles><activeProfile>p</activeProfile></activeProfiles></settings>\n`,
  );
  await writeFile(join(folder, 'empty.xml'), '<settings/>\n');
  await writeFile(
    join(folder, 'pom.xml'),
    `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>interop</groupId><artifactId>release</artifactId><version>1.0.0</version><packaging>pom</packaging><dependencies><dependency><groupId>${group}</groupId><artifactId>app</artifactId><version>1.0.0</version></dependency></dependencies></project>\n`,
  );
  const words = ['-B', '-gs', join(folder, 'empty.xml'), '-s', join(folder, 'settings.xml')];
  return runProgram(findProgram('mvn') ?? 'mvn', [...words, `-Dmaven.repo.local=${join(folder, 'local')}`, 'dependency:build-classpath'], {
    home: join(folder, 'home'),
    cwd: folder,
    env: { MAVEN_OPTS: `-Duser.home=${join(folder, 'home')}` },
  });
}

async function readStable(folder: string): Promise<ReadonlyMap<string, string>> {
  const stable = [...(await readTree(folder))].filter(([path]) => !hasChangingName(path));
  return new Map(stable.map(([path, content]) => [path, digest('sha256', content)]));
}
