/**
 * Sorts numbers by the bytes of their keys, in place, four bytes at a time: a radix sort, whose steps are sorts of numbers. Comparing
 * keys byte by byte takes four times as long, since each comparison looks at two distant places in memory.
 *
 * Keys with zero bytes are ordered as if the zeros at their end were missing.
 */

/** Returns four bytes of a key as a number, with zeros beyond its end; -1 if it has ended before. */
type WordAt = (key: number, index: number) => number;

const wordLength = 4;

/** A word is multiplied by this to make room for the place of its key: together they have 53 bits. */
const places = 2 ** 20;

interface Range {
  readonly start: number;
  readonly end: number;
  readonly index: number;
}

/** @param keys at most 2^20 */
export function sortByWords(keys: Uint32Array, wordAt: WordAt): void {
  const ranked = new Float64Array(keys.length);
  const before = new Uint32Array(keys.length);
  const ranges: Range[] = [{ start: 0, end: keys.length, index: 0 }];
  for (let range = ranges.pop(); range !== undefined; range = ranges.pop()) {
    const { start, end, index } = range;
    for (let at = start; at < end; at++) ranked[at] = (wordAt(keys[at] ?? 0, index) + 1) * places + (at - start);
    sortNumbers(ranked, start, end);
    before.set(keys.subarray(start, end), start);
    let runStart = start;
    let runWord = -1;
    for (let at = start; at < end; at++) {
      const rank = ranked[at] ?? 0;
      const word = Math.floor(rank / places);
      keys[at] = before[start + (rank - word * places)] ?? 0;
      if (word === runWord) continue;
      addRange(ranges, runStart, at, runWord, index);
      [runStart, runWord] = [at, word];
    }
    addRange(ranges, runStart, end, runWord, index);
  }
}

/** Keys with the same word are sorted by the next one, unless all of them have ended. */
function addRange(ranges: Range[], start: number, end: number, word: number, index: number): void {
  if (end - start > 1 && word > 0) ranges.push({ start, end, index: index + wordLength });
}

const fewNumbers = 24;

function sortNumbers(numbers: Float64Array, start: number, end: number): void {
  if (end - start > fewNumbers) {
    numbers.subarray(start, end).sort();
    return;
  }
  for (let next = start + 1; next < end; next++) {
    const number = numbers[next] ?? 0;
    let at = next;
    for (; at > start && (numbers[at - 1] ?? 0) > number; at--) numbers[at] = numbers[at - 1] ?? 0;
    numbers[at] = number;
  }
}
