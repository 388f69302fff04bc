/**
 * Cuts a row of runs into as many blocks as wanted, whose sizes differ by at most the largest run. Such a cut always exists (Bárány and
 * Grinberg, "Block partitions of sequences"); cutting at multiples of the mean would leave differences of nearly two runs.
 *
 * If all blocks have sizes from `least` to `least` + the largest run, then the places where the k-th block can end are neighbours: those
 * between two that are found by always cutting as early, or as late, as possible. With the largest `least` for which early cuts still give
 * enough blocks, the end of the row is among them.
 */

/**
 * Returns where each block ends, as numbers of runs; the last is the number of all runs.
 * @param sizes of the runs, none negative
 */
export function cutEvenly(sizes: readonly number[], blocks: number): readonly number[] {
  const row = new Row(sizes);
  const least = row.largestLeast(blocks);
  const ends: number[] = [];
  let end = sizes.length;
  for (const { early, late } of row.ranges(least, blocks).reverse()) {
    if (ends.length > 0) end = Math.max(early, Math.min(late, row.lastWithin((row.sums[end] ?? 0) - least)));
    ends.push(end);
  }
  return ends.reverse();
}

interface Range {
  readonly early: number;
  readonly late: number;
}

class Row {
  /** The size of everything before each place. */
  readonly sums: Float64Array;
  readonly #largest: number;

  constructor(sizes: readonly number[]) {
    this.sums = new Float64Array(sizes.length + 1);
    sizes.forEach((size, index) => (this.sums[index + 1] = (this.sums[index] ?? 0) + size));
    this.#largest = sizes.reduce((largest, size) => Math.max(largest, size), 0);
  }

  get #length(): number {
    return this.sums.length - 1;
  }

  largestLeast(blocks: number): number {
    let least = 0;
    let tooMuch = Math.floor((this.sums[this.#length] ?? 0) / blocks) + 1;
    while (tooMuch - least > 1) {
      const middle = Math.floor((least + tooMuch) / 2);
      if (this.#fits(middle, blocks)) least = middle;
      else tooMuch = middle;
    }
    return least;
  }

  /** Returns where each block can end. */
  ranges(least: number, blocks: number): Range[] {
    const ranges: Range[] = [];
    let range: Range = { early: 0, late: 0 };
    for (let block = 0; block < blocks; block += 1) {
      range = {
        early: this.#firstFrom((this.sums[range.early] ?? 0) + least),
        late: this.lastWithin((this.sums[range.late] ?? 0) + least + this.#largest),
      };
      ranges.push(range);
    }
    return ranges;
  }

  /** Returns the last place with at most so much before it. */
  lastWithin(sum: number): number {
    return this.#firstFrom(sum + 1) - 1;
  }

  #fits(least: number, blocks: number): boolean {
    let place = 0;
    for (let block = 0; block < blocks && place <= this.#length; block += 1) place = this.#firstFrom((this.sums[place] ?? 0) + least);
    return place <= this.#length;
  }

  /** Returns the first place with at least so much before it; the place after the last one if there is none. */
  #firstFrom(sum: number): number {
    let from = 0;
    let to = this.sums.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.sums[middle] ?? 0) < sum) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}
