import { expect, it } from 'vitest';

import { runKills } from './kill-run.js';
import { runLoad } from './load-run.js';

/** `npm run soak` lets them fetch two thousand. */
it('four processes that fetch the same 20 artifacts into one empty local repository share the work', async () => {
  const { requestsPerFile, violations } = await runLoad(4, 20);
  expect(violations).toEqual([]);
  expect(requestsPerFile).toHaveLength(40);
  expect(Math.min(...requestsPerFile)).toBe(1);
  const requests = requestsPerFile.reduce((sum, count) => sum + count, 0);
  // Once, or little more: a hedge on a busy machine, a lock given up.
  expect(requests).toBeLessThanOrEqual(44);
}, 180_000);

/** `npm run soak` kills a thousand. */
it('kill -9 at any moment leaves no wrong or partial file, and the next run completes', async () => {
  let shown = 0;
  // On a busy machine, all kills may come too early or too late to show anything.
  for (let times = 0; shown === 0 && times < 5; times++) {
    const result = await runKills({ kills: 3, artifacts: 20, random: Math.random, timeLimitMs: 150_000 });
    expect(result.violations).toEqual([]);
    expect(result.killed).toBe(3);
    shown = result.halfWay + result.withTemporaries;
  }
  expect(shown).toBeGreaterThan(0);
}, 240_000);
