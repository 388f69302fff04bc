/** The order of a `HashSet<Integer>` in Java: few members are sorted, more are kept in a table. Both must give the same. */
import fc from 'fast-check';
import { expect, test } from 'vitest';

import { HashOrderedSet } from '../../src/maven/resolver/graph/hash-ordered-set.js';

/** As OpenJDK's `HashMap` without trees: lists of entries that a larger table splits. */
function inJavaOrder(values: readonly number[]): readonly number[] {
  let buckets: number[][] = Array.from({ length: 16 }, () => []);
  const put = (value: number): number => buckets[(value ^ (value >>> 16)) & (buckets.length - 1)]?.push(value) ?? 0;
  const grow = (): void => {
    const members = buckets.flat();
    buckets = Array.from({ length: buckets.length * 2 }, () => []);
    for (const member of members) put(member);
  };
  for (const value of new Set(values)) {
    if (put(value) > 8 && buckets.length < 64) grow();
    if (buckets.flat().length > buckets.length * 0.75) grow();
  }
  return buckets.flat();
}

const numbers = fc.oneof(
  fc.nat(40),
  fc.nat(200_000),
  fc.nat(7).map((n) => n * 16),
  fc.nat(7).map((n) => n * 0x1_00_01),
);

test('members come in the order of Java', () => {
  fc.assert(
    fc.property(fc.array(numbers, { maxLength: 30 }), (values) => {
      const set = new HashOrderedSet();
      const added = values.filter((value) => set.add(value));
      expect(added).toEqual([...new Set(values)]);
      expect(set.list()).toEqual(inJavaOrder(values));
    }),
  );
});
