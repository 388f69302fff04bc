/** Real POMs from the corpus, served by nginx, fetched by the CLI and accepted by Maven offline. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { createMaven, type MavenDependency, missingForMaven } from './maven.js';
import { type Nginx, startNginx } from './nginx.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { createFolder, fetchByCli, listFiles } from './workspace.js';

const archive = join(
  process.env['CLOJARS_FETCH_CORPUS'] ?? fileURLToPath(new URL('../../../shared/conformance', import.meta.url)),
  'repo.tar.gz',
);
const missing = [
  ...missingPrograms(['nginx', 'tar']),
  ...missingForMaven(),
  ...(existsSync(archive) ? [] : ['the corpus (its folder is named by CLOJARS_FETCH_CORPUS)']),
];
const wanted = 50;

interface Pom {
  readonly path: string;
  readonly dependency: MavenDependency;
}

/** The coordinate of a release POM, by its path; null for another file. */
function readPom(path: string): Pom | null {
  const segments = path.split('/');
  const [artifact, version, name] = segments.slice(-3);
  if (artifact === undefined || version === undefined || segments.length < 4) return null;
  if (name !== `${artifact}-${version}.pom` || version.endsWith('-SNAPSHOT')) return null;
  return { path, dependency: { group: segments.slice(0, -3).join('.'), artifact, version, type: 'pom', alone: true } };
}

/** Evenly over the corpus, one version of an artifact, and only POMs that stand alone: for others Maven would need their parents. */
async function choosePoms(root: string): Promise<Pom[]> {
  const byArtifact = new Map<string, Pom>();
  for (const path of await listFiles(root)) {
    const pom = /^(?:conf|org\/apache\/maven\/its)\//.test(path) ? null : readPom(path);
    if (pom !== null) byArtifact.set(`${pom.dependency.group}:${pom.dependency.artifact}`, pom);
  }
  const alone: Pom[] = [];
  for (const pom of byArtifact.values()) {
    const text = await readFile(join(root, pom.path), 'utf8');
    if (!/<parent>|<relocation>|<scope>\s*import/.test(text)) alone.push(pom);
  }
  const step = Math.max(1, Math.floor(alone.length / wanted));
  return alone.filter((_pom, index) => index % step === 0).slice(0, wanted);
}

describe('the corpus', () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  let nginx: Nginx | null = null;
  let root = '';

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = await createFolder();
    root = join(folder.path, 'corpus');
    await mkdir(root);
    const unpacked = await runProgram(findProgram('tar') ?? 'tar', ['-xzf', archive, '-C', root], { home: folder.path, cwd: folder.path });
    if (unpacked.code !== 0) throw new Error(unpacked.output);
    nginx = await startNginx(join(folder.path, 'nginx'), root);
  });
  beforeEach((context) => skipUnlessThere(context, missing));
  afterAll(async () => {
    await nginx?.stop();
    await folder?.remove();
  });

  test(`${wanted} real POMs arrive byte for byte, and mvn -o accepts them`, async () => {
    if (folder === null || nginx === null) throw new Error('not set up');
    const { url } = nginx;
    const maven = await createMaven(folder.path);
    const localRepository = await maven.createLocalRepository('local');
    const home = join(folder.path, 'home');
    // Debian's Maven brings some of these with its plugin: they are already present.
    const there = new Set(await listFiles(localRepository));
    const poms = (await choosePoms(root)).filter(({ path }) => !there.has(path));
    expect(poms.length).toBeGreaterThanOrEqual(wanted - 5);
    // The corpus has no checksums, so the policy must tolerate that, and the level shows it.
    for (const { path, dependency } of poms) {
      const coordinate = `${dependency.group}:${dependency.artifact}:pom:${dependency.version}`;
      const fetched = await fetchByCli(coordinate, {
        home,
        repositoryId: 'central',
        url,
        localRepository,
        more: ['--checksums', 'ignore'],
      });
      expect(fetched).toMatchObject({ path: join(localRepository, path), repository: 'central', mirror: url, level: 'none' });
      expect(await readFile(fetched.path)).toEqual(await readFile(join(root, path)));
    }
    const asked = await nginx.requests();
    expect(asked.filter((line) => line.endsWith('.pom 200'))).toHaveLength(poms.length);
    const result = await maven.buildClassPath(
      localRepository,
      poms.map(({ dependency }) => dependency),
    );
    expect([...(result.paths ?? [result.output])].sort()).toEqual(poms.map(({ path }) => join(localRepository, path)).sort());
    expect(await nginx.requests()).toEqual(asked);
  });
});
