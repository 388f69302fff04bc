import fc from 'fast-check';
import { expect, it } from 'vitest';

import { runSchedule, scheduleArbitrary } from './schedule.js';

/** So many at once because a schedule in which every mirror fails waits for its retries. */
const atOnce = 40;

/** `npm run soak` runs ten thousand. */
it('any schedule of delays, failures and lies ends in the same bytes or an error', async () => {
  const kinds = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(scheduleArbitrary, { minLength: atOnce, maxLength: atOnce }), async (schedules) => {
      const verdicts = await Promise.all(schedules.map(runSchedule));
      for (const [index, { kind, violation }] of verdicts.entries()) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        // Not shrunk: a failure that depends on timing does not recur for a smaller schedule, and shrinking takes minutes.
        expect(violation, JSON.stringify(schedules[index])).toBeNull();
      }
    }),
    { numRuns: 2, endOnFailure: true },
  );
  // A client that always fails would satisfy the property.
  expect(kinds.get('resolved') ?? 0).toBeGreaterThan(10);
  expect([...kinds.keys()]).toContain('ERR_CHECKSUM');
}, 180_000);
