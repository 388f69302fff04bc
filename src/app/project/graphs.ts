/** The dependency graphs that a build file asks for: what is resolved, from which repositories, by which rules. */
import type { DependencyOptions } from '../../fetch/resolution/resolution.js';
import type { Reactor } from '../../maven/build-file/maven/reactor.js';
import type { ProjectModel, ProjectRepository } from '../../maven/build-file/model/model.js';
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import type { ProjectOptions } from './options.js';

/** One graph to resolve. */
export interface ProjectGraph {
  readonly repositories: readonly ProjectRepository[];
  readonly roots: readonly Dependency[];
  readonly options: DependencyOptions;
}

/** Leiningen, Boot and Maven load every scope of the direct dependencies; tools.deps knows no scopes. */
const everyScope: readonly string[] = ['compile', 'runtime', 'provided', 'test'];

/**
 * Returns the graph of a project's dependencies; null if it has none.
 * @param repositories those of the file that was opened, which all modules of a reactor share
 */
export function dependencyGraph(
  model: ProjectModel,
  reactor: Reactor | null,
  repositories: readonly ProjectRepository[],
  options: ProjectOptions,
): ProjectGraph | null {
  if (model.roots.length === 0) return null;
  return { repositories, roots: model.roots, options: dependencyOptions(model, reactor, options) };
}

/** Returns the graph of the plugins that the tool loads; null if it has none, or if they are left out. */
export function pluginGraph(model: ProjectModel, options: ProjectOptions): ProjectGraph | null {
  if (options.plugins === false || model.plugins.length === 0) return null;
  const { managed: _managed, ...rest } = dependencyOptions(model, null, options);
  // A file may list one repository for both.
  const further = model.pluginRepositories.filter(({ id }) => !model.repositories.some((known) => known.id === id));
  return { repositories: [...model.repositories, ...further], roots: model.plugins, options: rest };
}

/** The repositories of a file: for a reactor, those of all its modules. */
export function repositoriesOf(model: ProjectModel): readonly ProjectRepository[] {
  return model.tool === 'maven' ? allRepositories(model) : model.repositories;
}

function dependencyOptions(
  model: ProjectModel,
  reactor: Reactor | null,
  { download, scopes, conflicts, attachments, systemProperties }: ProjectOptions,
): DependencyOptions {
  return {
    managed: model.managed,
    scopes: scopes ?? (model.conflicts === 'tools-deps' ? ['compile', 'runtime'] : everyScope),
    conflicts: conflicts ?? model.conflicts,
    localLibraries: model.localLibraries,
    localPoms: reactor === null ? undefined : new Map([...reactor.byLabel].map(([label, pom]) => [label, pom.bytes])),
    download,
    attachments,
    systemProperties,
  };
}

function allRepositories(model: ProjectModel): readonly ProjectRepository[] {
  const all = [...model.repositories, ...model.modules.flatMap(({ repositories }) => repositories)];
  // Central is last in each list, and stays last.
  const unique = [...new Map(all.map((repository) => [repository.id, repository])).values()];
  return [...unique.filter(({ id }) => id !== 'central'), ...unique.filter(({ id }) => id === 'central')];
}
