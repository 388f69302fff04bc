/**
 * Boot and tools.deps cannot run here. Instead, a walk by Resolver's rules simulates what they read after `clojars-fetch project`: every
 * file that it reaches is present, with the bytes that were served, under an id that the tool knows.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { resolveProject } from '../../src/app/project/project.js';
import { clientOptionsFor } from '../../src/app/project/repositories.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { readBuildBoot } from '../../src/maven/build-file/build-boot.js';
import type { ProjectResolution } from '../../src/project.js';
import type { FaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { it, type Workbench } from '../support/workbench.js';
import { world } from '../support/world.js';
import { OfflineTool } from './offline-tool.js';

const management = (...entries: string[]): string =>
  `<dependencyManagement><dependencies>${entries.map((entry) => `<dependency><groupId>g</groupId>${entry}</dependency>`).join('')}</dependencies></dependencyManagement>`;
const centralFiles = world(
  'web:1 <parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent> -> log:1, http:[1,2)',
  `parent:1 pom <parent><groupId>g</groupId><artifactId>grandparent</artifactId><version>1</version></parent>${management('<artifactId>bom</artifactId><version>1</version><type>pom</type><scope>import</scope>')}`,
  'grandparent:1 pom',
  `bom:1 pom ${management('<artifactId>managed</artifactId><version>7</version>')}`,
  'managed:7',
  'http:1 -> log:2',
  'http:1.5 -> log:3',
  'http:2',
  'log:1',
  'log:2',
  'log:3',
);
const webPom = String(centralFiles.get('g/web/1/web-1.pom')).replace(
  '<dependencies>',
  '<dependencies><dependency><groupId>g</groupId><artifactId>managed</artifactId></dependency>',
);
centralFiles.set('g/web/1/web-1.pom', Buffer.from(webPom));
for (const algorithm of ['sha1', 'md5']) centralFiles.delete(`g/web/1/web-1.pom.${algorithm}`);
const clojarsFiles = createFixtureRepository({
  artifacts: [
    {
      group: 'c',
      artifact: 'lib',
      versions: ['1'],
      dependencies: [
        { group: 'c', artifact: 'nightly', version: '1-SNAPSHOT' },
        { group: 'g', artifact: 'log', version: '2' },
      ],
    },
    {
      group: 'c',
      artifact: 'nightly',
      versions: ['1-SNAPSHOT'],
      snapshots: [
        { timestamp: '20240102.030405', buildNumber: 1 },
        { timestamp: '20240103.030405', buildNumber: 2 },
      ],
    },
  ],
}).files;

let central: FaultServer;
let clojars: FaultServer;
it.beforeEach(async ({ bench }) => {
  [central, clojars] = [await bench.serve(centralFiles), await bench.serve(clojarsFiles)];
});

async function resolve(bench: Workbench, name: string, text: string, options: ClientOptions = {}): Promise<ProjectResolution> {
  const file = join(bench.folder, name);
  await writeFile(file, text);
  const resolved = await resolveProject(file, {
    leiningenHome: false,
    settings: false,
    localRepository: bench.m2,
    cacheFolder: join(bench.folder, 'cache'),
    stateFolder: join(bench.folder, 'state'),
    trust: { checksums: 'warn' },
    ...options,
  });
  await Promise.all([central.close(), clojars.close()]);
  return resolved;
}
const both = (): ClientOptions => ({
  repositories: [
    { id: 'central', url: central.url },
    { id: 'clojars', url: clojars.url },
  ],
});

/** Walks as the tool would, takes the jars of the closure, and compares all with what was served. Returns the files read. */
async function readAs(bench: Workbench, ids: readonly string[], { model, resolution }: ProjectResolution): Promise<string[]> {
  const tool = new OfflineTool(bench.m2, ids);
  tool.collect(model.roots, model.tool === 'tools.deps' ? 'newest' : 'every');
  for (const one of resolution?.dependencies ?? []) tool.jar(one);
  const served = new Map([...centralFiles, ...clojarsFiles]);
  for (const path of tool.read) {
    const there = path.replace(/maven-metadata-.+\.xml$/, 'maven-metadata.xml');
    expect((await readFile(join(bench.m2, path))).equals(served.get(there) ?? Buffer.from('not served')), path).toBe(true);
  }
  return [...tool.read].map((path) => path.replace(/.*\//, '')).sort();
}

const bootText = `(set-env! :dependencies '[[g/web "1"] [c/lib "1" :scope "test"]])`;
const everyPom = [
  'bom-1.pom',
  'grandparent-1.pom',
  'http-1.5.pom',
  'http-1.pom',
  'lib-1.pom',
  'log-1.pom',
  'log-2.pom',
  'log-3.pom',
  'managed-7.pom',
  'nightly-1-20240103.030405-2.pom',
  'parent-1.pom',
  'web-1.pom',
];

describe('build.boot', () => {
  it('has everything under the ids of Boot, clojars and maven-central', async ({ bench }) => {
    const resolved = await resolve(bench, 'build.boot', bootText, both());
    const read = await readAs(bench, ['clojars', 'maven-central'], resolved);
    expect(read.filter((name) => name.endsWith('.pom'))).toEqual(everyPom);
    expect(read.filter((name) => name.endsWith('.jar'))).toEqual([
      'http-1.5.jar',
      'lib-1.jar',
      'log-1.jar',
      'managed-7.jar',
      'nightly-1-20240103.030405-2.jar',
      'web-1.jar',
    ]);
    // In http's folder for the range, in nightly's for the snapshot.
    expect(read.filter((name) => name.includes('metadata'))).toEqual(['maven-metadata-clojars.xml', 'maven-metadata-maven-central.xml']);
    expect(() => new OfflineTool(bench.m2, ['central', 'elsewhere']).collect(resolved.model.roots), 'ids matter').toThrow(
      'tracked under maven-central',
    );
  });

  it("has repositories of its own instead of Boot's, or in addition to them", async ({ bench }) => {
    const instead = `(set-env! :repositories [["first" {:url "${central.url}"}] ["second" "${clojars.url}"]]) ${bootText}`;
    await readAs(bench, ['first', 'second'], await resolve(bench, 'build.boot', instead));
  });

  it('has a mirror, recorded under its name as pomegranate does', async ({ bench }) => {
    const empty = await bench.serve(new Map());
    const mirrored = `(set-env! :repositories [["first" "${empty.url}"] ["second" "${empty.url}"]]
      :mirrors {#"fir.*" {:name "near" :url "${central.url}"} "second" {:name "mine" :url "${clojars.url}"}}) ${bootText}`;
    await readAs(bench, ['near', 'mine'], await resolve(bench, 'build.boot', mirrored));
  });

  it('has Central under any name: the built-in one, with its mirrors and its configuration', () => {
    const optionsOf = (text: string, options: ClientOptions = {}): ClientOptions => {
      const model = readBuildBoot(text, '/p/build.boot');
      return clientOptionsFor(model, model.repositories, options);
    };
    expect(optionsOf(bootText)).toEqual({ trackingIds: { central: 'maven-central', clojars: 'clojars' } });
    expect(optionsOf(`(set-env! :repositories #(conj % ["x" "https://x.example.org/"]))`)).toEqual({
      moreRepositories: [{ id: 'x', url: 'https://x.example.org/' }],
      trackingIds: { central: 'maven-central', clojars: 'clojars', x: 'x' },
    });
    expect(optionsOf(`(set-env! :repositories [["c" "https://clojars.org/repo/"] ["m" "https://repo1.maven.org/maven2"]])`)).toEqual({
      repositories: [
        { id: 'clojars', url: 'https://repo.clojars.org/', operator: 'clojars' },
        { id: 'central', url: 'https://repo1.maven.org/maven2/', operator: 'central' },
      ],
      trackingIds: { clojars: 'c', central: 'm' },
    });
    expect(optionsOf('(set-env! :repositories (compute))')).toEqual({ trackingIds: { central: 'maven-central', clojars: 'clojars' } });
  });
});

describe('deps.edn', () => {
  const text = '{:deps {g/web {:mvn/version "1"} c/lib {:mvn/version "1"}}}';

  it('has everything under the ids of tools.deps, central and clojars', async ({ bench }) => {
    const read = await readAs(bench, ['central', 'clojars'], await resolve(bench, 'deps.edn', text, both()));
    // For a range, tools.deps reads only the newest version.
    expect(read.filter((name) => name.endsWith('.pom'))).toEqual(everyPom.filter((name) => name !== 'http-1.pom'));
    expect(
      read.filter((name) => name.endsWith('.jar')),
      'the highest log',
    ).toContain('log-3.jar');
    // tools.deps goes online for anything older than a day: the metadata must look as if requested today.
    const status = await readFile(join(bench.m2, 'g/http/resolver-status.properties'), 'latin1');
    const asked = Number(/^maven-metadata-central\.xml\.lastUpdated=(\d+)/m.exec(status)?.[1]);
    expect(asked).toBeGreaterThan(new Date('2024-01-01').getTime());
  });

  it('keeps the ids under a mirror of settings.xml: only Maven looks for the id of the mirror', async ({ bench }) => {
    const settings = join(bench.folder, 'settings.xml');
    await writeFile(
      settings,
      `<settings><mirrors><mirror><id>company</id><url>${central.url}</url><mirrorOf>central</mirrorOf></mirror><mirror><id>other</id><url>${clojars.url}</url><mirrorOf>clojars</mirrorOf></mirror></mirrors></settings>`,
    );
    await readAs(bench, ['central', 'clojars'], await resolve(bench, 'deps.edn', text, { settings }));
  });
});
