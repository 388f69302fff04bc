/** The connection to the second mirror is made while the first one may still answer. */
import { describe, expect, vi } from 'vitest';

import { greeter, it, pom } from '../support/workbench.js';

const files = greeter();
/** Half of it is a multiple of 16 ms, to which delays are rounded up. */
const hedgeDelayMs = 320;

describe('a second mirror', () => {
  it.for(['hang', 'black-hole'] as const)(
    'is connected to, but not asked, while the first one (%s) may still answer',
    async (fault, { bench }) => {
      const first = await bench.serve(files, { fault });
      const second = await bench.serve(files);
      const client = bench.client({ repositories: [{ id: 'r', url: first.url, mirrors: [second.url] }] }, { hedgeDelayMs });
      // The clock stands still unless the test moves it, so that a busy machine makes no difference. Sockets do not depend on it.
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const fetched = client.resolveArtifact({ group: 'org.example', artifact: 'greeter', version: '1.0.0', extension: 'pom' });
        await expect.poll(() => bench.of('attempt-started').length, { timeout: 20_000 }).toBe(1);
        expect(second.connections).toBe(0);
        vi.advanceTimersByTime(hedgeDelayMs / 2);
        await expect.poll(() => second.connections, { timeout: 20_000 }).toBeGreaterThan(0);
        expect([second.requests.length, bench.of('failed-over').length]).toEqual([0, 0]);
        vi.advanceTimersByTime(hedgeDelayMs);
        expect((await fetched).mirror).toBe(second.url);
        expect(second.count(pom)).toBe(1);
      } finally {
        vi.useRealTimers();
      }
    },
  );
});
