import type { ClientOptions } from '../../local/settings/client-options.js';
import type { ProjectModel } from '../../maven/build-file/model/model.js';
import { createClient } from '../client/client.js';
import { checkProjectWith, type OfflineCheck } from './check-offline.js';
import type { ProjectOptions, ProjectReadOptions } from './options.js';
import { type CheckedProjectResolution, readProjectWith, resolveProjectWith } from './resolve-project.js';

/**
 * Reads a build file without evaluating it. Only a pom.xml uses the network, for parents and BOMs that are not on this
 * disk; they are fetched from the project's repositories.
 *
 * @param file absolute, or relative to the working folder: project.clj, deps.edn, build.boot, shadow-cljs.edn, bb.edn or
 * pom.xml, or a folder, of which the first of these is read
 * @param options default: the configuration of the user, and the profiles that the tool activates by itself
 * @throws {ClojarsFetchError} ERR_CONFIG: `unreadable`, `malformed` with line and column, `bad-value` for an unknown profile
 * or alias; ERR_LIMIT; ERR_COORDINATE; ERR_POM; for a pom.xml also as `Client.resolveArtifact`
 */
export async function readProject(file: string, options: ProjectReadOptions & ClientOptions = {}): Promise<ProjectModel> {
  return readProjectWith(createClient, file, options);
}

/**
 * Fetches everything that a project needs into the local repository, so that its build tool can work offline:
 * dependencies, their POMs, and plugins. Modules of a Maven reactor are resolved one after the other.
 *
 * @param file as for {@link readProject}
 * @throws {ClojarsFetchError} as {@link readProject} and `Client.resolveDependencies`
 */
export async function resolveProject(file: string, options: ProjectOptions & ClientOptions = {}): Promise<CheckedProjectResolution> {
  return resolveProjectWith(createClient, file, options);
}

/**
 * Checks, without sending requests, whether the project's build tool can go on without the network: whether the local
 * repository has every file that the tool needs. With `check: true`, `resolveProject` does the same at its end.
 *
 * @param file as for {@link readProject}
 * @throws {ClojarsFetchError} as {@link readProject}; ERR_LOCAL_REPOSITORY. Missing files are part of the result, not errors.
 */
export async function checkProject(file: string, options: ProjectOptions & ClientOptions = {}): Promise<OfflineCheck> {
  return checkProjectWith(createClient, file, options);
}
