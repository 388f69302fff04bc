import fc from 'fast-check';
import { expect, it } from 'vitest';

import { runSchedule, scheduleArbitrary } from './schedule.js';

/** So many at once, since a schedule in which everybody fails waits for its retries. */
const atOnce = 40;

it('for any schedule of delays, failures and lies the result is the same bytes or an error', async () => {
  const kinds = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(scheduleArbitrary, { minLength: atOnce, maxLength: atOnce }), async (schedules) => {
      const verdicts = await Promise.all(schedules.map(runSchedule));
      for (const [index, { kind, violation }] of verdicts.entries()) {
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
        // Not shrunk: what depends on the moment does not fail again for a smaller schedule, and takes minutes to try.
        expect(violation, JSON.stringify(schedules[index])).toBeNull();
      }
    }),
    { numRuns: 8, endOnFailure: true },
  );
  // The property would hold of a client that always fails.
  for (const kind of ['resolved', 'ERR_CHECKSUM', 'ERR_UNREACHABLE']) expect([...kinds.keys()]).toContain(kind);
  expect(kinds.get('resolved') ?? 0).toBeGreaterThan(40);
}, 180_000);
