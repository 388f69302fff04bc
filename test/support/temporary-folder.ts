import { onTestFinished } from 'vitest';

import { createTemporaryFolder, type TemporaryFolderOptions } from './folder.js';

/** Makes a folder that is removed after the test; for tests, their helpers and `beforeEach`. */
export async function temporaryFolder(options: TemporaryFolderOptions = {}): Promise<string> {
  const { path, remove } = await createTemporaryFolder(options);
  onTestFinished(remove);
  return path;
}
