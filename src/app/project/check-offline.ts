/**
 * Checks whether a build tool can go on without the network: resolves the project again, by the rules of its tool but only
 * from the local repository, and lists the files that are missing.
 */
import { type ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import type { Resolution, ResolvedDependency } from '../../fetch/resolution/resolution.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { ProjectModel, ProjectTool } from '../../maven/build-file/model/model.js';
import type { Client } from '../client/client.js';
import { dependencyGraph, pluginGraph, type ProjectGraph, repositoriesOf } from './graphs.js';
import { type CreateClient, type OpenProject, openProject } from './open-project.js';
import type { ProjectOptions } from './options.js';

/** A file that the build tool needs and that is not in the local repository. */
export interface MissingFile {
  /** `group:artifact[:extension[:classifier]]:version`, as far as it is known. */
  readonly coordinate: string | null;
  /** The problem, in one clause. */
  readonly message: string;
}

/** The result of {@link checkProject}. */
export interface OfflineCheck {
  /** The command of the build tool, such as `lein`. */
  readonly command: string;
  /** Whether the local repository has every file that the tool takes from repositories. */
  readonly ready: boolean;
  /**
   * The missing files; empty if `ready`. If a POM or metadata is missing, the files that only it leads to are not listed, because
   * the graph ends there.
   */
  readonly missing: readonly MissingFile[];
  /** Names of git dependencies. They are not in a Maven repository, so the tool itself fetches those that it does not have. */
  readonly git: readonly string[];
}

const commands: Readonly<Record<ProjectTool, string>> = {
  leiningen: 'lein',
  'tools.deps': 'clj',
  boot: 'boot',
  'shadow-cljs': 'shadow-cljs',
  babashka: 'bb',
  maven: 'mvn',
};

/** Does as `checkProject` of project.ts, with the caller's clients. */
export async function checkProjectWith(create: CreateClient, file: string, options: ProjectOptions & ClientOptions): Promise<OfflineCheck> {
  const project = await openProject(create, file, { ...options, offline: true });
  try {
    return await checkOffline(project, options);
  } finally {
    await project.close();
  }
}

/** Checks a project that was read. @throws ClojarsFetchError `ERR_ABORTED`, `ERR_CONFIG`, `ERR_LOCAL_REPOSITORY` */
export async function checkOffline({ model, reactor, clientFor }: OpenProject, options: ProjectOptions): Promise<OfflineCheck> {
  const repositories = repositoriesOf(model);
  const missing = new Map<string, MissingFile>();
  for (const one of [model, ...model.modules]) {
    for (const graph of [dependencyGraph(one, reactor, repositories, options), pluginGraph(one, options)]) {
      if (graph === null) continue;
      for (const file of await missingOf(clientFor(graph.repositories, 'offline'), graph, model.tool)) missing.set(file.message, file);
    }
  }
  const files = [...missing.values()];
  return { command: commands[model.tool], ready: files.length === 0, missing: files, git: gitNames(model) };
}

function gitNames({ notOurs }: ProjectModel): readonly string[] {
  return [...new Set(notOurs.filter(({ kind }) => kind === 'git').map(({ name }) => name))];
}

async function missingOf(client: Client, graph: ProjectGraph, tool: ProjectTool): Promise<readonly MissingFile[]> {
  const complete = await resolveAll(client, graph);
  return complete === null ? findMissing(client, graph, tool) : withoutPom(complete, tool);
}

/**
 * Resolves a graph with its files, in one pass that reads each POM once. Null if anything is missing: the error names one
 * file, which the tool may not even ask for.
 */
async function resolveAll(client: Client, { roots, options }: ProjectGraph): Promise<Resolution | null> {
  try {
    return await client.resolveDependencies(roots, { ...options, download: true, attachments: undefined });
  } catch (error) {
    toMissing(error);
    return null;
  }
}

async function findMissing(client: Client, { roots, options }: ProjectGraph, tool: ProjectTool): Promise<readonly MissingFile[]> {
  let graph: Resolution;
  try {
    graph = await client.resolveDependencies(roots, { ...options, download: false, attachments: undefined });
  } catch (error) {
    return [toMissing(error)];
  }
  const { scopes = ['compile', 'runtime'], localPoms } = options;
  const versions = new Map(graph.poms.map(({ group, artifact, version }) => [`${group}:${artifact}`, version]));
  const wanted = graph.dependencies.filter((one) => isAskedFor(one, tool, scopes) && localPoms?.has(labelOf(one)) !== true);
  const found = await Promise.allSettled(
    wanted.map(({ group, artifact, version, extension, classifier }) => {
      const open = version === 'RELEASE' || version === 'LATEST' ? versions.get(`${group}:${artifact}`) : undefined;
      return client.resolveArtifact({ group, artifact, version: open ?? version, plainVersion: true, extension, classifier });
    }),
  );
  const files = found.flatMap((result) => (result.status === 'rejected' ? [toMissing(result.reason)] : []));
  const known = new Set(files.map(({ coordinate }) => coordinate));
  return [...files, ...withoutPom(graph, tool).filter(({ coordinate }) => !known.has(coordinate))];
}

function labelOf({ group, artifact, version }: ResolvedDependency): string {
  return `${group}:${artifact}:${version}`;
}

/** tools.deps puts only jars on the class path, and asks for nothing else. */
function isAskedFor({ scope, extension }: ResolvedDependency, tool: ProjectTool, scopes: readonly string[]): boolean {
  return scopes.includes(scope) && (!isToolsDeps(tool) || extension === 'jar');
}

function isToolsDeps(tool: ProjectTool): boolean {
  return tool === 'tools.deps' || tool === 'babashka';
}

/** The other tools go on without a POM that no repository has; tools.deps has no offline mode, and asks for it each time. */
function withoutPom({ problems }: Resolution, tool: ProjectTool): readonly MissingFile[] {
  if (!isToolsDeps(tool)) return [];
  return problems
    .filter(({ kind }) => kind === 'missing')
    .map(({ coordinate }) => ({ coordinate, message: `${coordinate} has no POM, and clj asks for it each time` }));
}

/** @throws the error itself, if it says nothing about a file */
function toMissing(error: unknown): MissingFile {
  if (!isClojarsFetchError(error) || fatal.has(error.code)) throw error;
  const coordinate = error.coordinate ?? null;
  if (error.code === 'ERR_OFFLINE' && coordinate !== null) return { coordinate, message: `${coordinate} is not in the local repository` };
  return { coordinate, message: error.message };
}

const fatal: ReadonlySet<ClojarsFetchError['code']> = new Set(['ERR_ABORTED', 'ERR_CONFIG', 'ERR_LOCAL_REPOSITORY']);
