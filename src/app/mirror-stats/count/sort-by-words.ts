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

/** @param keys at most 2^20 */
export function sortByWords(keys: Uint32Array, wordAt: WordAt): void {
  const ranked = new Float64Array(keys.length);
  const before = new Uint32Array(keys.length);
  /** Start, end and index of each range that is left. An object for each would be a million objects. */
  const ranges: number[] = [0, keys.length, 0];
  while (ranges.length > 0) {
    const index = ranges.pop() ?? 0;
    const end = ranges.pop() ?? 0;
    const start = ranges.pop() ?? 0;
    const first = wordAt(keys[start] ?? 0, index);
    let isSame = true;
    for (let at = start; at < end; at++) {
      const word = wordAt(keys[at] ?? 0, index);
      isSame &&= word === first;
      ranked[at] = (word + 1) * places + (at - start);
    }
    // Long beginnings are shared by many keys.
    if (isSame) addRange(ranges, start, end, first, index);
    else splitRange(keys, { ranked, before, ranges, start, end, index });
  }
}

interface Split {
  readonly ranked: Float64Array;
  readonly before: Uint32Array;
  readonly ranges: number[];
  readonly start: number;
  readonly end: number;
  readonly index: number;
}

/** Sorts a range by its ranks, and adds a range for each word that several keys have. */
function splitRange(keys: Uint32Array, { ranked, before, ranges, start, end, index }: Split): void {
  sortNumbers(ranked, start, end);
  for (let at = start; at < end; at++) before[at] = keys[at] ?? 0;
  let runStart = start;
  let runWord = Math.floor((ranked[start] ?? 0) / places);
  for (let at = start; at < end; at++) {
    const rank = ranked[at] ?? 0;
    const word = Math.floor(rank / places);
    keys[at] = before[start + (rank - word * places)] ?? 0;
    if (word === runWord) continue;
    addRange(ranges, runStart, at, runWord - 1, index);
    runStart = at;
    runWord = word;
  }
  addRange(ranges, runStart, end, runWord - 1, index);
}

/** Keys with the same word are sorted by the next one, unless all of them have ended. */
function addRange(ranges: number[], start: number, end: number, word: number, index: number): void {
  if (end - start > 1 && word >= 0) ranges.push(start, end, index + wordLength);
}

const fewNumbers = 24;
const manyNumbers = 4096;

/** Sorts small ranges without a view of them, which costs more than their sort. */
function sortNumbers(numbers: Float64Array, start: number, end: number): void {
  if (end - start > manyNumbers) {
    numbers.subarray(start, end).sort();
    return;
  }
  let [low, high] = [start, end];
  while (high - low > fewNumbers) {
    const middle = partition(numbers, low, high);
    // The smaller part first, so that the stack stays small.
    if (middle - low < high - middle) {
      sortNumbers(numbers, low, middle);
      low = middle;
    } else {
      sortNumbers(numbers, middle, high);
      high = middle;
    }
  }
  for (let next = low + 1; next < high; next++) {
    const number = numbers[next] ?? 0;
    let at = next;
    for (; at > low && (numbers[at - 1] ?? 0) > number; at--) numbers[at] = numbers[at - 1] ?? 0;
    numbers[at] = number;
  }
}

/** Hoare's partition, by the number in the middle. Returns where the second part begins; neither is empty. */
function partition(numbers: Float64Array, start: number, end: number): number {
  const pivot = numbers[(start + end - 1) >>> 1] ?? 0;
  let [left, right] = [start - 1, end];
  for (;;) {
    do left += 1;
    while ((numbers[left] ?? 0) < pivot);
    do right -= 1;
    while ((numbers[right] ?? 0) > pivot);
    if (left >= right) return right + 1;
    const number = numbers[left] ?? 0;
    numbers[left] = numbers[right] ?? 0;
    numbers[right] = number;
  }
}
