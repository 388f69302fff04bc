/**
 * Puts a union of ranges into the order in which Maven lists it.
 *
 * Maven keeps the ranges of a union in a `HashSet` and prints them in that set's order. The order decides nothing (a
 * version is in a union or not), but it appears in messages, and users compare our output with Maven's. This file
 * therefore reproduces Java's hash codes. Source of the rule: Maven Resolver 1.6.3 `UnionVersionRange`, `GenericVersionRange`, `VersionRange.Bound`,
 * `GenericVersion`; Java 17 `HashMap`, `BigInteger`.
 */
import type { VersionBound, VersionInterval } from './interval.js';
import { hashText } from './java-text.js';
import { compareVersions, parseVersionItems, type VersionItem } from './order.js';

/** Converting a longer number to binary takes quadratic time; the order of such a union may differ from Java's. */
const longestHashedNumber = 1000;

function hashBigInteger(digits: string): number {
  let rest = BigInt(digits.slice(0, longestHashedNumber));
  const words: number[] = [];
  while (rest > 0n) {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  }
  return words.reduceRight((hash, word) => (Math.imul(hash, 31) + word) | 0, 0);
}

function hashItem(item: VersionItem): number {
  switch (item.kind) {
    case 'min':
      return hashText('min');
    case 'max':
      return hashText('max') + 8 * 31;
    case 'number':
      return item.digits.length < 10 ? Number(item.digits) + 4 * 31 : hashBigInteger(item.digits) + 5 * 31;
    case 'qualifier':
      return item.rank + 2 * 31;
    case 'word':
      return hashText(item.text) + 3 * 31;
  }
}

function hashVersion(version: string): number {
  return parseVersionItems(version).reduce((hash, item) => (Math.imul(hash, 31) + hashItem(item)) | 0, 1);
}

function hashBound(bound: VersionBound | null): number {
  if (bound === null) return 0;
  return (Math.imul(Math.imul(17, 31) + hashVersion(bound.version), 31) + (bound.inclusive ? 1 : 0)) | 0;
}

function sameBound(a: VersionBound | null, b: VersionBound | null): boolean {
  if (a === null || b === null) return a === b;
  return a.inclusive === b.inclusive && compareVersions(a.version, b.version) === 0;
}

/** Returns the intervals in the order of Java's `HashSet`, without duplicates. Does not turn crowded buckets into trees, as Java does. */
export function unionOrder(intervals: readonly VersionInterval[]): readonly VersionInterval[] {
  let buckets = 16;
  const wanted = Math.max(Math.floor(intervals.length / 0.75) + 1, 16);
  while (buckets < wanted) buckets *= 2;
  const table = new Map<number, { readonly hash: number; readonly interval: VersionInterval }[]>();
  for (const interval of intervals) {
    const hash = (Math.imul(Math.imul(17, 31) + hashBound(interval.upper), 31) + hashBound(interval.lower)) | 0;
    const place = (hash ^ (hash >>> 16)) & (buckets - 1);
    const bucket = table.get(place) ?? [];
    const known = bucket.some(
      (entry) => entry.hash === hash && sameBound(entry.interval.lower, interval.lower) && sameBound(entry.interval.upper, interval.upper),
    );
    if (!known) bucket.push({ hash, interval });
    table.set(place, bucket);
  }
  return [...table.keys()].sort((a, b) => a - b).flatMap((place) => (table.get(place) ?? []).map((entry) => entry.interval));
}
