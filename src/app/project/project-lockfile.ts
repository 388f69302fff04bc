/** Where the lockfile of a project is, when nobody says: beside its build file. */
import { dirname, resolve } from 'node:path';

import { lockfileName } from '../../local/lockfile/name.js';
import { isBuildFile } from '../../maven/build-file/is-build-file.js';

/** @param project a build file, or the folder of one; @returns an absolute path */
export function projectLockfile(project: string): string {
  return resolve(isBuildFile(project) ? dirname(project) : project, lockfileName);
}
