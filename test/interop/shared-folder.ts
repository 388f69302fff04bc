/** A folder for what all files of a run share: the local repository with Maven's plugin, which the first file makes. A set-up of Vitest. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const variable = 'CLOJARS_FETCH_SHARED_FOLDER';

/** Sets the folder for the workers. Returns what removes it. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'clojars-fetch-shared-'));
  process.env[variable] = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The folder of this run. */
export function sharedFolder(): string {
  const folder = process.env[variable];
  if (folder === undefined) throw new Error(`run these tests with vitest.interop.config.ts, which sets ${variable}`);
  return folder;
}
