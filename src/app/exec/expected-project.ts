/** Finds out which dependencies the project of a folder declares, for the look-ahead. */
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import type { ProjectModel } from '../../maven/build-file/model/model.js';
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import { projectFileNames } from '../project/project-text.js';
import { readProject } from '../project/read-project.js';
import type { ExpectedDependencies, FindExpected } from '../proxy/ahead/ahead-session.js';
import type { RunOptions } from './exec-options.js';
import { ToolRepository } from './tool-repository.js';

export interface ExpectedProject extends Pick<RunOptions, 'profiles' | 'aliases'> {
  readonly folder: string;
  /** The local repository that the command names; undefined if it names none. */
  readonly namedRepository: string | undefined;
  /** The user's local repository. */
  readonly localRepository: string;
}

/**
 * Returns the function that reads the folder's project; null if the folder has no build file. Dependencies that are in the tool's local
 * repository are left out: if others are missing there that these depend on, the tool's first question starts the look-ahead.
 */
export function expectedOf({ folder, profiles, aliases, namedRepository, localRepository }: ExpectedProject): FindExpected | null {
  if (!projectFileNames.some((name) => existsSync(join(folder, name)))) return null;
  const repositoryOf = (chosen: string | undefined): ToolRepository => new ToolRepository(namedRepository ?? chosen ?? localRepository);
  return async (poms, environment) => {
    const { model } = await readProject(folder, {
      profiles,
      aliases,
      environment: () => Promise.resolve(environment),
      poms: (place) => repositoryOf(chosenIn(place)).before(poms),
    });
    const models = withModules(model);
    const local = repositoryOf(chosenIn(model));
    return {
      dependencies: models.flatMap(dependenciesOf).filter((one) => !local.has(one)),
      managed: models.flatMap(({ managed }) => managed),
    } satisfies ExpectedDependencies;
  };
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
