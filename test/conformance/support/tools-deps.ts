/** Answers of tools.deps, and ours to the same requests over the same repository. */
import { posix } from 'node:path';

import { isClojarsFetchError } from '../../../src/base/error.js';
import { toGraph, toLocalLibraries } from '../../../src/fetch/resolution/graph-dependency.js';
import { readDepsEdn } from '../../../src/maven/build-file/tools-deps/deps-edn.js';
import type { LocalFiles } from '../../../src/maven/build-file/tools-deps/local-libraries.js';
import type { GraphArtifact } from '../../../src/maven/pom/descriptor.js';
import { createGraphResolver, type GraphResolver } from '../../../src/maven/resolver/resolve-graph.js';
import { baseVersion } from '../../../src/maven/version/snapshot.js';
import { corpusEnvironment, MemoryRepository } from './corpus.js';

/** A deps.edn, and what tools.deps made of it. */
export interface ToolsDepsCase {
  readonly id: string;
  readonly kind: string;
  readonly request: { readonly deps: string; readonly aliases: readonly string[]; readonly files?: Readonly<Record<string, string>> };
  readonly expect:
    | { readonly ok: false; readonly error?: unknown }
    | {
        readonly ok: true;
        readonly libs: Readonly<Record<string, string>>;
        readonly extensions?: Readonly<Record<string, string>>;
        readonly order: readonly string[];
        readonly files: readonly string[];
      };
}

export interface ToolsDepsAnswer {
  readonly ok: boolean;
  /** `name version`, sorted. */
  readonly libs?: readonly string[];
  readonly order?: readonly string[];
  /** Files that tools.deps asks for but this package does not need. */
  readonly notFetched?: readonly string[];
}

const home = '/p';

/** The files of a case, in the folder /p. */
function filesOf({ request }: ToolsDepsCase): LocalFiles {
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
export interface ToolsDepsStage {
  readonly resolver: GraphResolver;
  readonly repository: MemoryRepository;
  /** `group:artifact:version`, with base versions. */
  readonly published: ReadonlySet<string>;
}

/** Our answer. */
export async function answer(one: ToolsDepsCase, { resolver, repository, published }: ToolsDepsStage): Promise<ToolsDepsAnswer> {
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
    const inOrder = libraries.filter((each) => {
      const override = overrides.get(nameOf(each));
      return override === undefined ? each.extension === 'jar' || each.localPath !== undefined : override !== '';
    });
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
      libs: sortedLibraries(
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

/** The answer of tools.deps, in the same form. */
export function expected({ expect: wanted }: ToolsDepsCase): ToolsDepsAnswer {
  if (!wanted.ok) return { ok: false };
  const libs = sortedLibraries(Object.entries(wanted.libs).map(([name, version]) => [fileName(name), version]));
  return { ok: true, libs, order: wanted.order.map(fileName), notFetched: [] };
}

function sortedLibraries(libraries: readonly (readonly [name: string, version: string])[]): readonly string[] {
  return [...new Set(libraries.map(([name, version]) => `${name} ${version}`))].sort();
}

/** The name of a library, as far as it decides about the file: of `a$${c}`, the classifier is empty. */
function fileName(library: string): string {
  const [name = '', classifier = ''] = library.split('$');
  return classifier === '' ? name : `${name}$${classifier}`;
}

/** @param files by path; metadata, POMs, and jars that have no POM */
export function stageOf(files: ReadonlyMap<string, Uint8Array>): ToolsDepsStage {
  const published = new Set(
    [...files.keys()].flatMap((path) => {
      const [version = '', artifact = '', ...group] = path.split('/').slice(0, -1).reverse();
      return /\.(?:pom|jar)$/.test(path) ? [`${group.reverse().join('.')}:${artifact}:${version}`] : [];
    }),
  );
  const repository = new MemoryRepository(files);
  return { repository, published, resolver: createGraphResolver(repository, corpusEnvironment) };
}
