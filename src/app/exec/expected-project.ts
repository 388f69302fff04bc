/** Finds out which dependencies the project of a folder declares, for the look-ahead. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import type { ProjectModel } from '../../maven/build-file/model/model.js';
import type { Dependency } from '../../maven/coordinate/coordinate.js';
import { projectFileNames } from '../project/project-text.js';
import { readProject } from '../project/read-project.js';
import type { ExpectedDependencies, FindExpected } from '../proxy/ahead/ahead-session.js';
import type { RunOptions } from './exec-options.js';

/** Returns the function that reads the folder's project; null if the folder has no build file. */
export function expectedOf(folder: string, { profiles, aliases }: Pick<RunOptions, 'profiles' | 'aliases'>): FindExpected | null {
  if (!projectFileNames.some((name) => existsSync(join(folder, name)))) return null;
  return async (poms, environment) => {
    const { model } = await readProject(folder, {
      profiles,
      aliases,
      environment: () => Promise.resolve(environment),
      poms: () => poms,
    });
    const models = withModules(model);
    return {
      dependencies: models.flatMap(dependenciesOf),
      managed: models.flatMap(({ managed }) => managed),
    } satisfies ExpectedDependencies;
  };
}

function withModules(model: ProjectModel): readonly ProjectModel[] {
  return [model, ...model.modules.flatMap(withModules)];
}

function dependenciesOf({ roots, plugins, localLibraries }: ProjectModel): readonly Dependency[] {
  return [...roots, ...[...(localLibraries?.values() ?? [])].flat(), ...plugins];
}
