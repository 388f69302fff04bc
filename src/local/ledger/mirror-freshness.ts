/** Keeps in the cache folder how fresh mirrors were when they were last checked. */
import { join } from 'node:path';

import { createStateFile, type StateFile } from '../../base/disk/state-file.js';
import { Freshness, type FreshnessSnapshot } from '../../network/mirrors/freshness.js';

/** Returns what earlier checks found out. */
export async function readFreshness(cacheFolder: string): Promise<Freshness> {
  return new Freshness(await fileIn(cacheFolder).read(), Date.now);
}

/** Adds the results of a check. Never throws: the order of mirrors only saves time. */
export async function rememberFreshness(cacheFolder: string, latest: FreshnessSnapshot): Promise<void> {
  const known = await readFreshness(cacheFolder);
  await fileIn(cacheFolder)
    .write(known.extended(latest))
    .catch(() => undefined);
}

/** Its records are checked when they are used. */
function fileIn(cacheFolder: string): StateFile<FreshnessSnapshot> {
  return createStateFile<FreshnessSnapshot>(join(cacheFolder, 'mirror-freshness.json'), (value) => (isSnapshot(value) ? value : null));
}

function isSnapshot(value: unknown): value is FreshnessSnapshot {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
