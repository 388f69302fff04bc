import fc from 'fast-check';
import { expect, test } from 'vitest';

import { advance, type SteadyTime } from '../../src/app/mirror/sync/steady-clock.js';

const hour = 3_600_000;

test.each([
  ['runs on', 2 * hour, 9 * hour, 2 * hour],
  ['has a clock that jumps ahead', 9000 * hour, 8 * hour, hour],
  ['has a clock that is set back', -9000 * hour, 8 * hour, 0],
  ['was started again', 5 * hour, 3 * hour, 3 * hour],
  ['was started again, with a clock that jumps ahead', 9000 * hour, 3 * hour, 3 * hour],
  ['is another one that has run for longer', 2 * hour, 900 * hour, 2 * hour],
  ['does not tell its uptime', 2 * hour, null, 2 * hour],
] as const)('a machine that %s', (_, wallMs, uptimeMs, passedMs) => {
  const earlier = { wallMs: 10_000 * hour, uptimeMs: 7 * hour, steadyMs: 500 * hour };
  expect(advance(earlier, { wallMs: earlier.wallMs + wallMs, uptimeMs })).toMatchObject({ steadyMs: 500 * hour + passedMs });
});

test('the first sync takes the time of the machine', () => {
  expect(advance(null, { wallMs: 5, uptimeMs: 3 })).toEqual({ wallMs: 5, uptimeMs: 3, steadyMs: 5 });
});

test('it never goes back and never ahead of the true time, whatever the clock of the machine says', () => {
  const step = fc.record({ passed: fc.nat(100), isStarted: fc.boolean(), ran: fc.nat(100), error: fc.integer({ min: -1000, max: 1000 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let [trueMs, uptimeMs] = [1_000_000, 50];
      const first: SteadyTime = advance(null, { wallMs: trueMs, uptimeMs });
      let time = first;
      for (const { passed, isStarted, ran, error } of steps) {
        trueMs += passed;
        uptimeMs = isStarted ? Math.min(ran, passed) : uptimeMs + passed;
        const next = advance(time, { wallMs: trueMs + error, uptimeMs });
        expect(next.steadyMs).toBeGreaterThanOrEqual(time.steadyMs);
        expect(next.steadyMs - first.steadyMs).toBeLessThanOrEqual(trueMs - 1_000_000);
        time = next;
      }
    }),
  );
});
