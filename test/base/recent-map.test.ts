import { describe, expect, it } from 'vitest';

import { RecentMap } from '../../src/base/recent-map.js';

describe('a map of what was used lately', () => {
  it('never holds more than its limit, and always the last half', () => {
    const map = new RecentMap<number, string>(10);
    for (let n = 0; n < 1_000; n += 1) {
      map.set(n, String(n));
      expect(map.size).toBeLessThanOrEqual(10);
      for (let late = Math.max(0, n - 4); late <= n; late += 1) expect(map.get(late)).toBe(String(late));
    }
    expect(map.get(900)).toBeUndefined();
  });

  it('keeps what is asked for again and again', () => {
    const map = new RecentMap<string, number>(10);
    map.set('hot', 1);
    for (let n = 0; n < 1_000; n += 1) {
      map.set(`cold ${n}`, n);
      expect(map.get('hot')).toBe(1);
    }
  });

  it('forgets what is deleted, in whichever half it is, and takes the last value', () => {
    const map = new RecentMap<number, string>(4);
    for (const n of [1, 2, 3]) map.set(n, 'before');
    map.set(1, 'after');
    expect(map.get(1)).toBe('after');
    map.delete(1);
    map.delete(2);
    expect([1, 2, 3].map((n) => map.get(n))).toEqual([undefined, undefined, 'before']);
  });
});
