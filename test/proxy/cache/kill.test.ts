import { join } from 'node:path';

import { expect, it } from 'vitest';

import { temporaryFolder } from '../../support/temporary-folder.js';
import { bundleCacheChild, killCache } from './kill-run.js';

it.each([
  ['one process', 1],
  ['two processes on one folder', 2],
])('counts are right after %s was killed at any moment', async (_, processes) => {
  const home = await temporaryFolder({ on: 'disk' });
  const script = await bundleCacheChild(home);
  const folder = join(home, 'cache');
  let hits = 0;
  for (let round = 0; round < 2; round += 1) {
    const afterMs = Array.from({ length: processes }, (_, index) => 60 + 80 * round + 10 * index);
    const result = await killCache({ script, folder, afterMs, seed: round * processes });
    expect(result.violations).toEqual([]);
    hits += result.hits;
  }
  expect(hits).toBeGreaterThan(0);
});
