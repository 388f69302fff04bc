import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

/** A real folder, removed after the test that asks for it. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-local-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
