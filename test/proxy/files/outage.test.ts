/** An outage is known to every request of its repository, by whichever path it comes. */
import { describe, expect, vi } from 'vitest';

import { JointOutage } from '../../../src/app/proxy/files/joint-outage.js';
import { Outage } from '../../../src/app/proxy/files/outage.js';
import { withPatience } from '../../../src/app/proxy/files/patience.js';
import { ClojarsFetchError } from '../../../src/base/error.js';
import { jar, metadata } from '../../support/workbench.js';
import { it } from '../bench.js';

const other = 'org/example/other/maven-metadata.xml';

describe('an outage', () => {
  it.for([
    [`r/${metadata}`, `all/${other}`],
    [`all/${metadata}`, `r/${other}`],
    [`all/${metadata}`, `all/${other}`],
    [`r/${jar}`, `all/${metadata}`],
  ] as const)('that %s waited for is not waited for again by %s', async ([first, second], { bench }) => {
    const elapsed = performance.now.bind(performance);
    let skippedMs = 0;
    bench.atEnd(() => Promise.resolve(vi.restoreAllMocks()));
    vi.spyOn(performance, 'now').mockImplementation(() => elapsed() + skippedMs);
    const patienceMs = 20_000;
    const outOfReach = (): { status: number } => {
      // The clock moves on when the server is asked: the first request has used up the patience, however busy the machine is.
      skippedMs += patienceMs;
      return { status: 503 };
    };
    const server = await bench.serve(new Map(), { fault: outOfReach });
    const proxy = await bench.inFrontOf(server.url, { patienceMs });
    expect((await bench.get(proxy, first)).status).toBe(503);
    server.setFault({ status: 503 });
    server.clear();
    expect((await bench.get(proxy, second)).status).toBe(503);
    expect(server.count(second.slice(second.indexOf('/') + 1))).toBe(1);
  });

  it('of one repository is not that of another which is asked with it', async () => {
    const unreachable = new ClojarsFetchError('ERR_UNREACHABLE', { reason: 'refused', message: 'out of reach' });
    const { signal } = new AbortController();
    const [long, short] = [new Outage(), new Outage()];
    let nowMs = 100_000;
    long.failed(40_000, 99_000);
    const tries = async (failing: readonly Outage[]): Promise<number> => {
      let count = 0;
      const given = { patienceMs: 5_000, now: () => nowMs };
      const outage = new JointOutage(given);
      const work = async (own: AbortSignal): Promise<void> => {
        count += 1;
        nowMs += 3_000;
        await Promise.all(failing.map((one) => outage.ask(one, () => Promise.reject(unreachable), own)));
      };
      await withPatience(work, { ...given, signal, outage }).catch(() => undefined);
      return count;
    };
    expect(await tries([long])).toBe(1);
    expect(await tries([long, short])).toBe(2);
    expect(await tries([long, short])).toBe(1);
    expect(await tries([])).toBe(1);
  });
});
