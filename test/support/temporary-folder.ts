import { onTestFinished } from 'vitest';

import { createTemporaryFolder } from './folder.js';

/** Makes a folder that is removed after the test; for tests, their helpers and `beforeEach`. */
export async function temporaryFolder(): Promise<string> {
  const { path, remove } = await createTemporaryFolder();
  onTestFinished(remove);
  return path;
}
