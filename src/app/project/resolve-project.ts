/** Reads a build file and resolves what it needs. The caller creates the clients, because `lock` gives them a lockfile. */
import type { Resolution } from '../../fetch/resolution/resolution.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { ProjectModel } from '../../maven/build-file/model/model.js';
import { checkOffline, type OfflineCheck } from './check-offline.js';
import { dependencyGraph, pluginGraph, type ProjectGraph, repositoriesOf } from './graphs.js';
import { type CreateClient, openProject } from './open-project.js';
import type { ProjectOptions, ProjectReadOptions } from './options.js';

/** A project with its closure. */
export interface ProjectResolution {
  readonly model: ProjectModel;
  /** The closure of its dependencies; null if it has none. */
  readonly resolution: Resolution | null;
  /** The closure of its plugins; null if it has none, or if `plugins` was false. */
  readonly plugins: Resolution | null;
  /** Modules of a Maven reactor, in the order written; empty for other tools. */
  readonly modules: readonly ProjectResolution[];
}

/** A project that was resolved as a whole. */
export interface CheckedProjectResolution extends ProjectResolution {
  /** Whether the build tool can go on without the network; null if the option `check` was not set. */
  readonly check: OfflineCheck | null;
}

/** Does as `readProject` of project.ts, with the caller's clients. */
export async function readProjectWith(
  create: CreateClient,
  file: string,
  options: ProjectReadOptions & ClientOptions,
): Promise<ProjectModel> {
  const { model, close } = await openProject(create, file, options);
  await close();
  return model;
}

/** Does as `resolveProject` of project.ts, with the caller's clients. */
export async function resolveProjectWith(
  create: CreateClient,
  file: string,
  options: ProjectOptions & ClientOptions,
): Promise<CheckedProjectResolution> {
  const project = await openProject(create, file, options);
  const { model, reactor, clientFor, close } = project;
  try {
    const repositories = repositoriesOf(model);
    const resolve = async (graph: ProjectGraph | null): Promise<Resolution | null> =>
      graph === null ? null : clientFor(graph.repositories, 'online').resolveDependencies(graph.roots, graph.options);
    const resolveOne = async (one: ProjectModel): Promise<ProjectResolution> => ({
      model: one,
      resolution: await resolve(dependencyGraph(one, reactor, repositories, options)),
      plugins: await resolve(pluginGraph(one, options)),
      modules: await inTurn(one.modules, resolveOne),
    });
    const resolved = await resolveOne(model);
    return { ...resolved, check: options.check === true ? await checkOffline(project, options) : null };
  } finally {
    await close();
  }
}

async function inTurn<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}
