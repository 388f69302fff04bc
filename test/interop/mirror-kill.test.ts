/**
 * Syncs of each kind, into a folder and into a bucket, that are killed without notice (`kill -9`): at each moment a reader finds nothing
 * half, and the next sync goes on.
 */
import { expect, test } from 'vitest';

import { killSyncs } from '../soak/mirror/kill-run.js';

const kills = 100;

test('a sync may be killed at any moment', async () => {
  const { done, detail, violations } = await killSyncs({ kills, seed: 17, endMs: Infinity, hasTwin: false, onProgress: () => undefined });
  expect(violations).toEqual([]);
  expect(done).toBe(kills);
  expect(detail).toMatch(/^[1-9]\d* of full syncs, [1-9]\d* of increment syncs, [1-9]\d* of deletion syncs; /);
}, 900_000);
