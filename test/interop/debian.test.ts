/**
 * Real POMs that were not made for these tests: for every artifact of Debian's own Maven repository, whatever packages are installed, the
 * closure equals the one that Maven prints, node by node, in order. Debian names versions `debian`, `4.x`, `1.x`.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createClient, isClojarsFetchError, type ResolvedDependency } from '../../src/index.js';
import { missingForMaven, pluginVersion } from './maven.js';
import { findProgram, runProgram, skipUnlessThere } from './programs.js';
import { createFolder, listFiles } from './workspace.js';

const repository = '/usr/share/maven-repo';
const missing = [...missingForMaven(), ...(existsSync(repository) ? [] : [`${repository} (Debian's packages of Java libraries)`])];

interface Artifact {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
  readonly extension: 'jar' | 'pom';
}

/** Every POM whose path names it, with its jar if there is one. */
async function listArtifacts(): Promise<Artifact[]> {
  const files = await listFiles(repository);
  const all = new Set(files);
  return files.flatMap((file): Artifact[] => {
    const [artifact = '', version = '', name = ''] = file.split('/').slice(-3);
    if (name !== `${artifact}-${version}.pom`) return [];
    const group = file.split('/').slice(0, -3).join('.');
    return [{ group, artifact, version, extension: all.has(file.replace(/pom$/, 'jar')) ? 'jar' : 'pom' }];
  });
}

function formatModule({ group, artifact, version, extension }: Artifact, name: string): string {
  const dependency = `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version><type>${extension}</type></dependency>`;
  return `<project><modelVersion>4.0.0</modelVersion><groupId>interop</groupId><artifactId>${name}</artifactId><version>1</version><packaging>pom</packaging><dependencies>${dependency}</dependencies></project>\n`;
}

/** Has Maven print the tree of each artifact: one module per artifact, in one run. Null for an artifact that Maven refuses. */
async function printTrees(folder: string, artifacts: readonly Artifact[]): Promise<readonly (string | null)[]> {
  const name = (index: number): string => `module-${index}`;
  await Promise.all(
    artifacts.map(async (artifact, index) => {
      await mkdir(join(folder, name(index)), { recursive: true });
      await writeFile(join(folder, name(index), 'pom.xml'), formatModule(artifact, name(index)));
    }),
  );
  const modules = artifacts.map((_artifact, index) => `<module>${name(index)}</module>`).join('');
  const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>interop</groupId><artifactId>all</artifactId><version>1</version><packaging>pom</packaging><modules>${modules}</modules></project>\n`;
  await writeFile(join(folder, 'pom.xml'), pom);
  const enabled = '<releases><enabled>true</enabled></releases><snapshots><enabled>true</enabled></snapshots>';
  const central = `<id>central</id><url>${pathToFileURL(repository).href}</url>${enabled}`;
  const settings = `<settings><profiles><profile><id>debian</id><repositories><repository>${central}</repository></repositories><pluginRepositories><pluginRepository>${central}</pluginRepository></pluginRepositories></profile></profiles><activeProfiles><activeProfile>debian</activeProfile></activeProfiles></settings>\n`;
  await writeFile(join(folder, 'settings.xml'), settings);
  const plugin = `org.apache.maven.plugins:maven-dependency-plugin:${pluginVersion() ?? ''}:tree`;
  const words = [
    '-B',
    '-q',
    '-fae',
    '-f',
    join(folder, 'pom.xml'),
    '-s',
    join(folder, 'settings.xml'),
    '-gs',
    join(folder, 'settings.xml'),
  ];
  const home = join(folder, 'home');
  const result = await runProgram(
    findProgram('mvn') ?? 'mvn',
    [...words, `-Dmaven.repo.local=${join(folder, 'm2')}`, plugin, '-DoutputFile=tree.txt'],
    { home, cwd: folder, env: { MAVEN_OPTS: `-Duser.home=${home}` }, timeoutMs: 280_000 },
  );
  const trees = artifacts.map((_artifact, index) => readFile(join(folder, name(index), 'tree.txt'), 'utf8').catch(() => null));
  if ((await Promise.all(trees)).every((tree) => tree === null)) throw new Error(`Maven printed no tree: ${result.output}`);
  return Promise.all(trees);
}

const refused = 'refused';

/** Null for a name that is refused on purpose. */
function refusalOf(error: unknown): string | null {
  if (!isClojarsFetchError(error)) return String(error);
  return error.reason === 'unsafe-path' ? null : refused;
}

/** `group:artifact:type[:classifier]:version:scope` of each line but the first, which is the module. */
function readTree(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^[ |+\\-]+/, '').replace(/ \(optional\)\s*$/, ''));
}

function formatNode({ group, artifact, extension, classifier, version, scope }: ResolvedDependency): string {
  return [group, artifact, extension, ...(classifier === '' ? [] : [classifier]), version, scope].join(':');
}

describe("Debian's Maven repository", () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;

  beforeAll(async () => {
    if (missing.length === 0) folder = await createFolder();
  });
  beforeEach((context) => skipUnlessThere(context, missing));
  afterAll(async () => folder?.remove());

  test('has the closures that Maven computes', async () => {
    const root = folder?.path ?? '';
    const artifacts = await listArtifacts();
    expect(artifacts.length).toBeGreaterThan(100);
    const trees = await printTrees(join(root, 'maven'), artifacts);
    const client = createClient({
      settings: false,
      repositories: [{ id: 'central', url: pathToFileURL(repository).href }],
      localRepository: join(root, 'local'),
      trust: { checksums: 'ignore' },
    });
    const differences: string[] = [];
    try {
      for (const [index, artifact] of artifacts.entries()) {
        const ours = await client
          .resolveDependencies([artifact], { download: false })
          .then(({ dependencies }) => dependencies.map(formatNode).join('\n'), refusalOf);
        // A name that ends in a dot (`apache.`) is refused on purpose: Windows cannot store it.
        if (ours === null && artifact.artifact.endsWith('.')) continue;
        const tree = trees[index] ?? null;
        // Some packages name a parent that is in no package.
        const theirs = tree === null ? refused : readTree(tree).join('\n');
        if (ours !== theirs)
          differences.push(`${artifact.group}:${artifact.artifact}:${artifact.version}\nours:\n${ours}\nMaven's:\n${theirs}\n`);
      }
    } finally {
      await client.close();
    }
    expect(differences).toEqual([]);
  });
});
