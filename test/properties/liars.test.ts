/** Downloads from honest mirrors and one liar, with redirects among them at random. */
import fc from 'fast-check';
import { expect } from 'vitest';

import { it } from '../support/workbench.js';
import { liarCases, runLiarCase } from './liars.js';

/** `npm run soak` runs twenty thousand. */
it('never hands over the bytes of one liar, who never counts twice, in any order of arrival', async ({ bench }) => {
  const outcomes = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(liarCases, async (given) => {
      const outcome = await runLiarCase(given, bench.folder);
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(outcome).toMatch(/^(?:published|refused)$/);
    }),
    { numRuns: 80, seed: 13 },
  );
  // Both happen: the liar does not prevent every download, and is not believed.
  for (const outcome of ['published', 'refused']) expect(outcomes.get(outcome) ?? 0, outcome).toBeGreaterThan(5);
});
