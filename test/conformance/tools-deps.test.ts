/** Compares this package's answers with those of tools.deps itself. docs/conformance.md lists the exceptions, too. */
import { existsSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { gunzipSync } from 'node:zlib';

import { describe, expect, test } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import { toGraph, toLocalLibraries } from '../../src/fetch/resolution/graph-dependency.js';
import { readDepsEdn } from '../../src/maven/build-file/tools-deps/deps-edn.js';
import type { LocalFiles } from '../../src/maven/build-file/tools-deps/local-libraries.js';
import type { GraphArtifact } from '../../src/maven/pom/descriptor.js';
import { createGraphResolver, type GraphResolver } from '../../src/maven/resolver/resolve-graph.js';
import { baseVersion } from '../../src/maven/version/snapshot.js';
import { corpusEnvironment, corpusFolder, MemoryRepository, readCorpusLines, readCorpusRepository } from './support/corpus.js';
import { readTar } from './support/tar.js';

/** Cases that cannot agree, by id. */
const exceptions: Readonly<Record<string, string>> = {
  m00139:
    'a POM below it has a property without a value in a classifier: tools.deps cuts the name of such a library at the dollar sign, and asks for the jar without a classifier',
  m00312: 'as m00139',
};

/** The folder of the answers, or null. */
const answersFolder: string | null =
  [process.env['CLOJARS_FETCH_TOOLS_DEPS'], fileURLToPath(new URL('../../../shared/toolsdeps', import.meta.url))].find(
    (folder) => folder !== undefined && existsSync(resolve(folder, 'toolsdeps.jsonl.gz')),
  ) ?? null;

interface Case {
  readonly id: string;
  readonly kind: string;
  readonly request: { readonly deps: string; readonly aliases: readonly string[]; readonly files?: Readonly<Record<string, string>> };
  readonly expect:
    | { readonly ok: false }
    | {
        readonly ok: true;
        readonly libs: Readonly<Record<string, string>>;
        readonly extensions?: Readonly<Record<string, string>>;
        readonly order: readonly string[];
        readonly files: readonly string[];
      };
}

interface Answer {
  readonly ok: boolean;
  readonly libs?: Readonly<Record<string, string>>;
  readonly order?: readonly string[];
  /** Files that tools.deps asks for but this package does not need. */
  readonly notFetched?: readonly string[];
}

const home = '/p';

/** The files of a case, in the folder /p. */
function filesOf({ request }: Case): LocalFiles {
  const files = new Map(Object.entries(request.files ?? {}).map(([name, text]) => [posix.join(home, name), text]));
  const isFolder = (path: string): boolean => [...files.keys()].some((file) => file.startsWith(`${path}/`));
  return {
    home,
    locate(folder, path) {
      const found = posix.resolve(folder, path);
      return files.has(found) || isFolder(found) ? { path: found, isFile: files.has(found) } : null;
    },
    read(folder, name) {
      const text = files.get(posix.join(folder, name));
      return text === undefined ? null : { file: posix.join(folder, name), text };
    },
  };
}

function nameOf({ group, artifact, classifier }: GraphArtifact): string {
  return `${group}/${artifact}${classifier === '' ? '' : `$${classifier}`}`;
}

function pathOf(group: string, artifact: string, version: string, rest: string): string {
  const base = baseVersion(version);
  return `${group.replaceAll('.', '/')}/${artifact}/${base}/${artifact}-${base}${rest}`;
}

/** Snapshots are compared by their base version. */
function plain(path: string): string {
  return path.replace(/-\d{8}\.\d{6}-\d+(?=[.-][^/]*$)/, '-SNAPSHOT');
}

/** The repository of the answers: it has a jar wherever an artifact has a POM, or has a jar. */
interface Stage {
  readonly resolver: GraphResolver;
  readonly repository: MemoryRepository;
  /** `group:artifact:version`, with base versions. */
  readonly published: ReadonlySet<string>;
}

async function answer(one: Case, { resolver, repository, published }: Stage): Promise<Answer> {
  try {
    const { aliases, deps } = one.request;
    const model = readDepsEdn(deps, `${home}/deps.edn`, { aliases, files: filesOf(one) });
    const graph = await resolver.resolve(
      {
        root: null,
        dependencies: model.roots.map((root) => toGraph(root, 'compile')),
        managed: model.managed.map((managed) => toGraph(managed, '')),
      },
      { conflicts: 'tools-deps', localLibraries: toLocalLibraries(model) },
    );
    const libraries = graph.nodes.flatMap(({ node: { artifact } }) => (artifact === null ? [] : [artifact]));
    const jars: GraphArtifact[] = [];
    for (const each of libraries.filter(({ extension, localPath }) => extension === 'jar' && localPath === undefined)) {
      // An override does not become a plain version: its file is that of the version that it stands for.
      const version = await repository.resolveVersion(each.group, each.artifact, each.version);
      if (!published.has(`${each.group}:${each.artifact}:${baseVersion(version ?? '')}`)) return { ok: false };
      jars.push(each.withVersion(version ?? ''));
    }
    const overrides = model.classPathOverrides ?? new Map<string, string>();
    const inOrder = libraries.filter(
      (each) => (each.extension === 'jar' || each.localPath !== undefined) && overrides.get(nameOf(each)) !== '',
    );
    const ours = new Set([
      ...graph.sources.map((label) => {
        const [group = '', artifact = '', version = ''] = label.split(':');
        return pathOf(group, artifact, version, '.pom');
      }),
      ...jars.map(({ group, artifact, version, classifier }) =>
        pathOf(group, artifact, version, `${classifier === '' ? '' : `-${classifier}`}.jar`),
      ),
    ]);
    const asked = one.expect.ok ? one.expect.files.filter((path) => !path.endsWith('maven-metadata.xml')).map(plain) : [];
    return {
      ok: true,
      libs: Object.fromEntries(
        libraries.map((each) => [nameOf(each), each.localPath === undefined ? each.version : each.localPath.replace(home, '.')]),
      ),
      order: inOrder.map(nameOf),
      // A POM that cannot be used is not a source of the graph, but it was read.
      notFetched: asked.filter((path) => !ours.has(path) && !(graph.problems.length > 0 && repository.reads.has(path))),
    };
  } catch (error) {
    if (isClojarsFetchError(error)) return { ok: false };
    throw error;
  }
}

function expected({ expect: wanted }: Case): Answer {
  return wanted.ok ? { ok: true, libs: wanted.libs, order: wanted.order, notFetched: [] } : { ok: false };
}

const folders = corpusFolder === null || answersFolder === null ? null : { corpus: corpusFolder, answers: answersFolder };
const missing = 'the corpora are not here: CLOJARS_FETCH_CORPUS and CLOJARS_FETCH_TOOLS_DEPS name their folders';

describe.skipIf(folders === null)(
  folders === null ? `the answers of tools.deps (skipped: ${missing})` : 'the answers of tools.deps',
  () => {
    test('agree on libraries, class path order and files', { timeout: 200_000 }, async () => {
      const { corpus, answers } = folders ?? { corpus: '', answers: '' };
      const extra = readTar(gunzipSync(readFileSync(resolve(answers, 'extra.tar.gz'))));
      const files = new Map([
        ...readCorpusRepository(corpus),
        ...[...extra].map(([path, bytes]) => [path.replace(/^extra\//, ''), bytes] as const),
      ]);
      const published = new Set(
        [...files.keys()].flatMap((path) => {
          const [version = '', artifact = '', ...group] = path.split('/').slice(0, -1).reverse();
          return /\.(?:pom|jar)$/.test(path) ? [`${group.reverse().join('.')}:${artifact}:${version}`] : [];
        }),
      );
      const repository = new MemoryRepository(files);
      const stage = { repository, published, resolver: createGraphResolver(repository, corpusEnvironment) };
      const cases = readCorpusLines(answers, 'toolsdeps.jsonl.gz') as Case[];
      const failures = [];
      const agreedExceptions = [];
      for (const one of cases) {
        const [ours, wanted] = [await answer(one, stage), expected(one)];
        const agrees = isDeepStrictEqual(ours, wanted);
        if (one.id in exceptions) {
          if (agrees) agreedExceptions.push(one.id);
        } else if (!agrees) {
          failures.push(failures.length < 5 ? { id: one.id, deps: one.request.deps, ours, wanted } : one.id);
        }
      }
      expect(failures).toEqual([]);
      // An exception that agrees is not an exception.
      expect(agreedExceptions).toEqual([]);
      expect(cases.length).toBeGreaterThanOrEqual(2402);
    });
  },
);
