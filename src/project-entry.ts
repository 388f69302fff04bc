/**
 * `clojars-fetch/project`: what a build file needs, and bringing all of it into the local repository.
 *
 * @packageDocumentation
 */
import { createClient } from './client.js';
import type { ProjectModel } from './project/model.js';
import { readProjectWith, resolveProjectWith, type ProjectOptions, type ProjectReadOptions, type ProjectResolution } from './resolve-project.js';
import type { ClientOptions } from './settings/client-options.js';

/**
 * Reads a build file, and evaluates nothing. A pom.xml may need parents and BOMs, which are fetched as the project's
 * repositories have them; nothing else asks anybody.
 *
 * @param file project.clj, deps.edn, build.boot, shadow-cljs.edn, bb.edn, pom.xml, or a folder that has one
 * @throws {ClojarsFetchError} ERR_CONFIG: `unreadable`, `malformed` with line and column; ERR_LIMIT, ERR_COORDINATE,
 * ERR_POM; for a pom.xml also as `Client.resolveArtifact`
 */
export async function readProject(file: string, options: ProjectReadOptions & ClientOptions = {}): Promise<ProjectModel> {
  return readProjectWith(createClient, file, options);
}

/**
 * Brings everything that a project needs into the local repository, so that its tool can work offline.
 *
 * @param file as {@link readProject}
 * @throws {ClojarsFetchError} as {@link readProject} and `Client.resolveDependencies`
 */
export async function resolveProject(file: string, options: ProjectOptions & ClientOptions = {}): Promise<ProjectResolution> {
  return resolveProjectWith(createClient, file, options);
}

export type { ProjectOptions, ProjectReadOptions, ProjectResolution } from './resolve-project.js';
export { isBuildFile } from './project-lockfile.js';
export type { NotOurs, ProjectMirror, ProjectModel, ProjectProblem, ProjectRepository, ProjectTool } from './project/model.js';
