/** Finds out which dependencies a project declares, for the look-ahead. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { ProjectModel } from '../../../maven/build-file/model/model.js';
import type { Dependency } from '../../../maven/coordinate/coordinate.js';
import { projectFileNames } from '../../project/project-text.js';
import { readProject } from '../../project/read-project.js';
import type { ExpectedDependencies, FindExpected } from './ahead-session.js';
import { ToolRepository } from './tool-repository.js';

export interface ExpectedProject {
  /** The build file, or the folder that has one. */
  readonly place: string;
  readonly profiles?: readonly string[] | undefined;
  readonly aliases?: readonly string[] | undefined;
  /** The local repository that the command names; undefined if it names none. */
  readonly namedRepository: string | undefined;
  /** The user's local repository. */
  readonly localRepository: string;
}

/**
 * Returns the function that reads the project; null if there is no build file. Dependencies that are in the tool's local
 * repository are left out: if others are missing there that these depend on, the tool's first question starts the look-ahead.
 */
export function expectedOf({ place, profiles, aliases, namedRepository, localRepository }: ExpectedProject): FindExpected | null {
  if (!isBuildFile(place) && !projectFileNames.some((name) => existsSync(join(place, name)))) return null;
  const repositoryOf = (chosen: string | undefined): ToolRepository => new ToolRepository(namedRepository ?? chosen ?? localRepository);
  return async (poms, environment) => {
    const { model } = await readProject(place, {
      profiles,
      aliases,
      environment: () => Promise.resolve(environment),
      poms: (built) => repositoryOf(chosenIn(built)).before(poms),
    });
    const models = withModules(model);
    const local = repositoryOf(chosenIn(model));
    return {
      dependencies: models.flatMap(dependenciesOf).filter((one) => !local.has(one)),
      managed: models.flatMap(({ managed }) => managed),
    } satisfies ExpectedDependencies;
  };
}

function isBuildFile(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isFile() === true;
}

/** The local repository that the project names. */
function chosenIn({ file, localRepository }: Pick<ProjectModel, 'file' | 'localRepository'>): string | undefined {
  return localRepository === undefined || localRepository === '' ? undefined : resolve(dirname(file), localRepository);
}

function withModules(model: ProjectModel): readonly ProjectModel[] {
  return [model, ...model.modules.flatMap(withModules)];
}

function dependenciesOf({ roots, plugins, localLibraries }: ProjectModel): readonly Dependency[] {
  return [...roots, ...[...(localLibraries?.values() ?? [])].flat(), ...plugins];
}
