/** Hostile metadata and other server texts; `npm run soak` runs a million of them. */
import { expect, test } from 'vitest';

import { attackTexts } from '../soak/hostile-texts.js';
import { createChance } from '../support/chance.js';

test('10,000 hostile texts are read or refused, and no unsafe text is shown', () => {
  const { done, detail, violations } = attackTexts(10_000, createChance(20_241_124), { endMs: Infinity, onProgress: () => undefined });
  expect(violations).toEqual([]);
  expect(done).toBe(10_000);
  expect(detail).toMatch(/^\d{3,} were read, \d{3,} refused$/);
});
