/** The folder in which a plan or a result is made, next to the file that it becomes. */
import { basename, dirname, join } from 'node:path';

import { localRepositoryError } from '../../../base/disk/file-error.js';
import { makeFolders } from '../../../base/disk/make-folders.js';

/** @param output absolute @throws {ClojarsFetchError} `ERR_LOCAL_REPOSITORY` */
export function makeWorkFolder(output: string): string {
  const folder = join(dirname(output), `.${basename(output)}.work`);
  try {
    makeFolders(folder);
    return folder;
  } catch (error) {
    throw localRepositoryError(error, output);
  }
}
