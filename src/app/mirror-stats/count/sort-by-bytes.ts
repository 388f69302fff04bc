/**
 * Sorts numbers by the bytes of their keys, in place: multikey quicksort, which compares each byte of a shared beginning once
 * instead of with each comparison. A million keys take a second; the sort of typed arrays would copy them to a list first.
 *
 * Source: Bentley and Sedgewick, Fast Algorithms for Sorting and Searching Strings, 1997.
 */

/** Returns the byte of a key, and -1 beyond its end. */
type ByteAt = (key: number, index: number) => number;

/** Smaller ranges are sorted by insertion. */
const fewKeys = 12;

export function sortByBytes(keys: Uint32Array, byteAt: ByteAt): void {
  const ranges: number[] = [0, keys.length, 0];
  while (ranges.length > 0) {
    const index = ranges.pop() ?? 0;
    const end = ranges.pop() ?? 0;
    const start = ranges.pop() ?? 0;
    if (end - start <= fewKeys) {
      sortFew(keys, start, end, index, byteAt);
      continue;
    }
    const pivot = medianByte(keys, start, end, index, byteAt);
    let [less, at, greater] = [start, start, end];
    while (at < greater) {
      const byte = byteAt(keys[at] ?? 0, index);
      if (byte < pivot) swap(keys, less++, at++);
      else if (byte > pivot) swap(keys, at, --greater);
      else at += 1;
    }
    ranges.push(start, less, index, greater, end, index);
    // Keys that ended here are equal.
    if (pivot !== -1) ranges.push(less, greater, index + 1);
  }
}

function medianByte(keys: Uint32Array, start: number, end: number, index: number, byteAt: ByteAt): number {
  const a = byteAt(keys[start] ?? 0, index);
  const b = byteAt(keys[(start + end) >>> 1] ?? 0, index);
  const c = byteAt(keys[end - 1] ?? 0, index);
  return a < b ? (b < c ? b : Math.max(a, c)) : a < c ? a : Math.max(b, c);
}

function swap(keys: Uint32Array, one: number, other: number): void {
  const key = keys[one] ?? 0;
  keys[one] = keys[other] ?? 0;
  keys[other] = key;
}

function sortFew(keys: Uint32Array, start: number, end: number, index: number, byteAt: ByteAt): void {
  for (let next = start + 1; next < end; next++) {
    const key = keys[next] ?? 0;
    let at = next;
    for (; at > start && compare(keys[at - 1] ?? 0, key, index, byteAt) > 0; at--) keys[at] = keys[at - 1] ?? 0;
    keys[at] = key;
  }
}

function compare(one: number, other: number, from: number, byteAt: ByteAt): number {
  for (let index = from; ; index++) {
    const byte = byteAt(one, index);
    const difference = byte - byteAt(other, index);
    if (difference !== 0 || byte === -1) return difference;
  }
}
