/** Temporary folders for tests and for programs that run without Vitest; `temporaryFolder` is for a single test. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { temporaryFoldersOnDisk } from './folders-in-memory.js';

export interface TemporaryFolder {
  readonly path: string;
  /** Removes the folder and all it holds, even if it is gone already. */
  readonly remove: () => Promise<void>;
}

export interface TemporaryFolderOptions {
  /** `disk` is for tests of moments that memory makes too short to meet: flushes, and temporary files that are soon renamed. */
  readonly on?: 'disk';
}

export async function createTemporaryFolder({ on }: TemporaryFolderOptions = {}): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(on === 'disk' ? temporaryFoldersOnDisk() : tmpdir(), 'clojars-fetch-test-'));
  // A process that was just killed may still close files there.
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}
