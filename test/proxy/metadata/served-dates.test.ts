/** The dates of files that change: a client that asks with the date of the bytes it has never hears that they are still right if they are not. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { newest, ServedDates } from '../../../src/app/proxy/metadata/served-dates.js';
import { dateToKeep } from '../../../src/local/cache/date-to-keep.js';

const second = 1_000;
const startMs = 1_700_000_000_000;

/** The answers of mirrors about one file, one a second: some content, and any date of the past. */
const answers = fc.array(
  fc.record({ sha256: fc.constantFrom('a', 'b', 'c'), agoMs: fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: null }) }),
);

/** Whether no two states that differ were served with dates that let the later one pass for the earlier one. */
function neverHidesChange(served: readonly { readonly sha256: string; readonly lastModifiedMs: number | null }[]): boolean {
  return served.every(({ sha256, lastModifiedMs }, at) => {
    const before = served.slice(0, at).filter((one) => one.lastModifiedMs !== null && one.sha256 !== sha256);
    return (
      lastModifiedMs === null || before.every((one) => Math.floor(lastModifiedMs / second) > Math.floor((one.lastModifiedMs ?? 0) / second))
    );
  });
}

describe('the dates of files that change', () => {
  it('hide no change, and are never in the future', () => {
    fc.assert(
      fc.property(answers, (list) => {
        const dates = new ServedDates();
        let build = 0;
        const served = list.map(({ sha256: content, agoMs }, at) => {
          if (list[at - 1]?.sha256 !== content) build += 1;
          const sha256 = String(build);
          const nowMs = startMs + (at + 1) * second;
          const lastModifiedMs = dates.dateOf('file', { sha256, lastModifiedMs: agoMs === null ? null : nowMs - agoMs }, nowMs);
          expect(lastModifiedMs === null || lastModifiedMs <= nowMs).toBe(true);
          return { sha256, lastModifiedMs };
        });
        expect(neverHidesChange(served)).toBe(true);
      }),
    );
  });

  it('stay for the same bytes, whatever the next mirror says', () => {
    const dates = new ServedDates();
    const dateOf = (sha256: string, lastModifiedMs: number | null): number | null =>
      dates.dateOf('file', { sha256, lastModifiedMs }, startMs);
    expect([dateOf('a', 5_000), dateOf('a', 9_000), dateOf('a', null), dateOf('b', 9_000)]).toEqual([5_000, 5_000, 5_000, 9_000]);
    expect(dateOf('c', 9_999)).toBe(startMs);
    expect(dates.dateOf('other', { sha256: 'a', lastModifiedMs: startMs + 1 }, startMs)).toBe(startMs);
  });

  it('are not served before the clock has reached them, after it was set back', () => {
    const dates = new ServedDates();
    const dateOf = (sha256: string, nowMs: number): number | null => dates.dateOf('file', { sha256, lastModifiedMs: 5_000 }, nowMs);
    expect([dateOf('a', startMs), dateOf('b', startMs)]).toEqual([5_000, startMs]);
    expect(dateOf('c', startMs - 60_000)).toBeNull();
    expect(dateOf('c', startMs + second)).toBe(startMs + second);
    // Two changes within a second.
    expect([dateOf('d', startMs + second), dateOf('d', startMs + 2 * second)]).toEqual([null, startMs + 2 * second]);
  });

  it('of several are the newest', () => {
    expect([newest([null, 1, 3, 2]), newest([null]), newest([])]).toEqual([3, null, null]);
  });
});

describe('the dates that the cache records', () => {
  it('hide no change of a snapshot that is replaced', () => {
    fc.assert(
      fc.property(answers, (list) => {
        let record: Parameters<typeof dateToKeep>[1] = null;
        let build = 0;
        const served = list.map(({ sha256, agoMs }, at) => {
          const mtimeMs = startMs + (at + 1) * second;
          if (record?.sha256 !== sha256) build += 1;
          const lastModifiedMs = dateToKeep({ sha256, lastModifiedMs: agoMs === null ? null : mtimeMs - agoMs }, record);
          record = { sha256, mtimeMs, lastModifiedMs };
          return { sha256: String(build), lastModifiedMs: lastModifiedMs ?? mtimeMs };
        });
        expect(neverHidesChange(served)).toBe(true);
      }),
    );
  });

  it('are kept for the same bytes', () => {
    const earlier = { sha256: 'a', mtimeMs: 50_000, lastModifiedMs: 5_000 };
    expect(dateToKeep({ sha256: 'a', lastModifiedMs: null }, earlier)).toBe(5_000);
    expect(dateToKeep({ sha256: 'a', lastModifiedMs: 4_000 }, earlier)).toBe(5_000);
    expect(dateToKeep({ sha256: 'a', lastModifiedMs: 6_000 }, earlier)).toBe(6_000);
    expect(dateToKeep({ sha256: 'b', lastModifiedMs: 5_999 }, earlier)).toBeNull();
    expect(dateToKeep({ sha256: 'b', lastModifiedMs: 6_000 }, earlier)).toBe(6_000);
    expect(dateToKeep({ sha256: 'a', lastModifiedMs: null }, null)).toBeNull();
  });
});
