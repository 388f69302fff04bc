/** Temporary folders for tests and for programs that run without Vitest; `temporaryFolder` is for a single test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryFolder {
  readonly path: string;
  /** Removes the folder and all it holds, even if it is gone already. */
  readonly remove: () => Promise<void>;
}

export async function createTemporaryFolder(): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'clojars-fetch-test-'));
  // A process that was just killed may still close files there.
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
