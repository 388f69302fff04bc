/**
 * `clojars-fetch/project`: reads build files, and fetches everything they need into the local repository.
 *
 * @packageDocumentation
 */

export type { MissingFile, OfflineCheck } from './app/project/check-offline.js';
export type { ProjectOptions, ProjectReadOptions } from './app/project/options.js';
export { checkProject, readProject, resolveProject } from './app/project/project.js';
export type { CheckedProjectResolution, ProjectResolution } from './app/project/resolve-project.js';
export { isBuildFile } from './maven/build-file/is-build-file.js';
export type {
  NotOurs,
  ProjectMirror,
  ProjectModel,
  ProjectProblem,
  ProjectRepository,
  SecretVariable,
  ProjectTool,
} from './maven/build-file/model/model.js';
