/** Files that other programs place next to those that were noted: when they are counted. */
import { afterEach, describe, expect, it, vi } from 'vitest';

import { digest, jar, open, place, write } from './support.js';

const limitBytes = 1_000_000;

/** A cache with a file of its own, and next to it one that the cache does not know. Its clock is set by hand. */
async function begin() {
  const cache = await open({ limitBytes, freeBytes: () => null });
  await cache.counted();
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  await place(cache, jar('1'), 'a jar');
  await write(cache, `${jar('1')}.sha1`, digest('sha1', 'a jar'));
  expect(cache.stats().files).toBe(1);
  return cache;
}

describe('a file next to one that was noted', () => {
  afterEach(() => {
    // The records are written when their timer says so.
    vi.runOnlyPendingTimers();
    vi.useRealTimers();
  });

  it('counts a second later', async () => {
    const cache = await begin();
    vi.advanceTimersByTime(1_000);
    expect(cache.stats().files).toBe(2);
  });

  it('counts once no more files come, and after 15 seconds all the same', async () => {
    const cache = await begin();
    let noted = 1;
    for (let ms = 900; ms < 15_000; ms += 900) {
      vi.advanceTimersByTime(900);
      noted += 1;
      await place(cache, jar(String(noted)), 'another jar');
      expect(cache.stats().files).toBe(noted);
    }
    vi.advanceTimersByTime(899);
    expect(cache.stats().files).toBe(noted + 1);
    await write(cache, `${jar('2')}.sha1`, digest('sha1', 'another jar'));
    await place(cache, jar('2', 'other'), 'a third jar');
    vi.advanceTimersByTime(1_000);
    expect(cache.stats().files).toBe(noted + 2);
  });

  it('counts before room is made', async () => {
    const cache = await begin();
    const giveBack = await cache.reserve(limitBytes);
    expect(cache.stats()).toMatchObject({ files: 0, evictedFiles: 2 });
    giveBack();
  });
});

describe('a cache that is counted later', () => {
  async function openLater(countAfterMs: number) {
    const earlier = await open();
    await write(earlier, jar('1'), 'a jar');
    await earlier.close();
    return open({ folder: earlier.root, countAfterMs });
  }

  it('is counted once room is needed', async () => {
    const cache = await openLater(3_600_000);
    expect(cache.stats()).toMatchObject({ files: 0, isCounted: false });
    (await cache.reserve(1))();
    await vi.waitFor(() => expect(cache.stats()).toMatchObject({ files: 1, isCounted: true }));
  });

  it('is counted once its time has come', async () => {
    const cache = await openLater(1);
    await vi.waitFor(() => expect(cache.stats()).toMatchObject({ files: 1, isCounted: true }));
  });

  it('is closed without a count', async () => {
    const cache = await openLater(3_600_000);
    await cache.close();
    expect(cache.stats()).toMatchObject({ files: 0, isCounted: false });
  });
});
