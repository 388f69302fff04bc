import type { ClientOptions } from '../../local/settings/client-options.js';
import type { ProjectModel } from '../../maven/build-file/model/model.js';
import { createClient } from '../client/client.js';
import {
  type ProjectOptions,
  type ProjectReadOptions,
  type ProjectResolution,
  readProjectWith,
  resolveProjectWith,
} from './resolve-project.js';

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
