/** Audits that are killed without notice (`kill -9`) and started again give the bytes of one that was never disturbed. */
import { expect, test } from 'vitest';

import { killAudits } from '../soak/audit/kill-run.js';

const kills = 5;

test('an audit may be killed at any moment', async () => {
  const { done, violations } = await killAudits({ kills, seed: 18, endMs: Infinity, onProgress: () => undefined });
  expect(violations).toEqual([]);
  expect(done).toBe(kills);
}, 900_000);
