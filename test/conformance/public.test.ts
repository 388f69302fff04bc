/** The same answers through the public API, with a file repository, a local repository, parsing and wiring in between. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Client, createClient, type Dependency, isClojarsFetchError } from '../../src/index.js';
import { createGraphResolver } from '../../src/maven/resolver/resolve-graph.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/folder.js';
import { type CaseDependency, type DescriptorCase, errorFor, parseCaseArtifact, type ResolveCase, toRequest } from './support/case.js';
import { corpusEnvironment, corpusFolder, MemoryRepository, readCorpusLines, readCorpusRepository } from './support/corpus.js';

/** Takes one case in so many: the whole corpus runs in maven.test.ts. */
const stride = Number(process.env['CLOJARS_FETCH_CORPUS_STRIDE'] ?? 160);
const systemProperties = Object.fromEntries(corpusEnvironment.systemProperties);

/** The files that these cases need. The whole corpus is eighteen thousand files. */
async function pathsFor(
  resolutions: readonly ResolveCase[],
  descriptors: readonly DescriptorCase[],
  files: ReadonlyMap<string, Uint8Array>,
): Promise<Iterable<string>> {
  const repository = new MemoryRepository(files);
  const resolver = createGraphResolver(repository, corpusEnvironment);
  for (const { request } of resolutions) await resolver.resolve(toRequest(request)).catch(() => undefined);
  for (const { coord } of descriptors) await resolver.descriptor(parseCaseArtifact(coord)).catch(() => undefined);
  return repository.reads.keys();
}

describe.skipIf(corpusFolder === null)('the public API over the conformance corpus', () => {
  let home: TemporaryFolder;
  let folder = '';
  let client: Client;
  let resolutions: ResolveCase[] = [];
  let descriptors: DescriptorCase[] = [];
  beforeAll(async () => {
    const isChosen = (_: unknown, index: number): boolean => index % stride === Math.floor(stride / 2);
    resolutions = (readCorpusLines(corpusFolder ?? '', 'resolve.jsonl.gz') as ResolveCase[]).filter(
      (one, index) => (isChosen(one, index) || one.id === 's00517') && one.id !== 'm00683',
    );
    descriptors = (readCorpusLines(corpusFolder ?? '', 'descriptors.jsonl.gz') as DescriptorCase[]).filter(isChosen);
    home = await createTemporaryFolder();
    folder = home.path;
    const files = readCorpusRepository(corpusFolder ?? '');
    for (const path of await pathsFor(resolutions, descriptors, files)) {
      const content = files.get(path);
      if (content === undefined) continue;
      mkdirSync(dirname(join(folder, 'remote', path)), { recursive: true });
      writeFileSync(join(folder, 'remote', path), content);
    }
    client = createClient({
      settings: false,
      repositories: [{ id: 'corpus', url: `${pathToFileURL(join(folder, 'remote')).href}/`, releases: true, snapshots: true }],
      localRepository: join(folder, 'm2'),
      cacheFolder: join(folder, 'cache'),
      stateFolder: join(folder, 'state'),
      trust: { checksums: 'ignore' },
    });
  });
  afterAll(async () => {
    await client.close();
    await home.remove();
  }, 240_000); // thousands of small files, on a disk that other tests keep busy

  const toDependency = ({ coord, scope, optional, exclusions = [] }: CaseDependency): Dependency => {
    const { group, artifact, extension, classifier, version } = parseCaseArtifact(coord);
    return {
      group,
      artifact,
      extension,
      classifier,
      version,
      ...(scope === undefined ? {} : { scope }),
      ...(optional === undefined ? {} : { optional }),
      exclusions: exclusions.map((text) => {
        const [of = '*', name = '*', ...rest] = text.split(':');
        return {
          group: of,
          artifact: name,
          ...(rest[0] === undefined ? {} : { classifier: rest[0] }),
          ...(rest[1] === undefined ? {} : { extension: rest[1] }),
        };
      }),
    };
  };
  const nameOf = (one: {
    group: string;
    artifact: string;
    extension?: string | undefined;
    classifier?: string | undefined;
    version: string;
  }): string => [one.group, one.artifact, one.extension, ...(one.classifier === '' ? [] : [one.classifier]), one.version].join(':');

  test('agrees on resolutions', { timeout: 200_000 }, async () => {
    const failures = [];
    for (const { id, request, expect: expected } of resolutions) {
      const roots = request.dependencies.map(toDependency);
      const managed = (request.managed ?? []).map(toDependency);
      const options = { managed, systemProperties, download: false };
      const wanted = expected.ok
        ? { order: expected.order, problems: (expected.problems ?? []).map(({ artifact, kind }) => `${artifact} ${kind}`).sort() }
        : errorFor(expected.errors[0]?.reason ?? '');
      let ours: unknown;
      try {
        const resolution = await (request.mode === 'root'
          ? client.resolveDependencies([], { ...options, ...(roots[0] ? { root: roots[0] } : {}) })
          : client.resolveDependencies(roots, options));
        const problems = resolution.problems
          .filter(({ kind }) => kind === 'missing' || kind === 'invalid')
          .map(({ coordinate, kind }) => `${coordinate} ${kind}`);
        ours = {
          order: resolution.dependencies.map((one) => `${nameOf(one)}:${one.scope}`),
          problems: problems.map((text) => (text.split(':').length === 3 ? text.replace(/:([^:]*)$/, ':jar:$1') : text)).sort(),
        };
      } catch (error) {
        if (!isClojarsFetchError(error)) throw error;
        ours = `${error.code} ${error.reason}`;
      }
      if (JSON.stringify(ours) !== JSON.stringify(wanted)) failures.push({ id, ours, wanted });
    }
    expect(failures.map((failure, index) => (index < 4 ? failure : failure.id))).toEqual([]);
    expect(resolutions.length).toBeGreaterThan(20);
  });

  test('agrees on descriptors', { timeout: 200_000 }, async () => {
    const failures = [];
    for (const { id, coord, expect: expected } of descriptors) {
      const wanted = expected.ok
        ? {
            dependencies: expected.dependencies.map((one) => ({ ...one, exclusions: one.exclusions ?? [] })),
            managed: expected.managedCount,
          }
        : false;
      let ours: unknown = false;
      try {
        const descriptor = await client.resolveDescriptor(coord, { systemProperties });
        if (descriptor.problems.length === 0) {
          ours = {
            dependencies: descriptor.dependencies.map(({ scope, optional, exclusions = [], ...one }) => ({
              coord: nameOf(one),
              ...(scope === undefined ? {} : { scope }),
              ...(optional === undefined ? {} : { optional }),
              exclusions: exclusions.map(({ group, artifact }) => `${group}:${artifact}`),
            })),
            managed: descriptor.managedDependencies.length,
          };
        }
      } catch (error) {
        if (!isClojarsFetchError(error)) throw error;
      }
      if (JSON.stringify(ours) !== JSON.stringify(wanted)) failures.push({ id, ours, wanted });
    }
    expect(failures.map((failure, index) => (index < 4 ? failure : failure.id))).toEqual([]);
    expect(descriptors.length).toBeGreaterThan(10);
  });
});
