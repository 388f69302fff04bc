/** Names the default lockfile of a project, which is next to the build file. */
import { dirname, resolve } from 'node:path';

import { lockfileName } from '../../local/lockfile/name.js';
import { isBuildFile } from '../../maven/build-file/is-build-file.js';

/**
 * Returns the absolute path of the lockfile.
 * @param project a build file, or its folder
 */
export function projectLockfile(project: string): string {
  return resolve(isBuildFile(project) ? dirname(project) : project, lockfileName);
}
