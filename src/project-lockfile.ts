/** Where the lockfile of a project is, when nobody says: beside its build file. */
import { dirname, resolve } from 'node:path';

import { lockfileName } from './lockfile/name.js';

/** @param project a build file, or the folder of one; @returns an absolute path */
export function projectLockfile(project: string): string {
  return resolve(isBuildFile(project) ? dirname(project) : project, lockfileName);
}

/** Whether text names a build file, by its name alone. */
export function isBuildFile(text: string): boolean {
  return /(?:^|[/\\])(?:project\.clj|deps\.edn|build\.boot|shadow-cljs\.edn|bb\.edn|pom\.xml|[^/\\]+\.(?:clj|edn|boot|xml))$/i.test(text);
}
