/**
 * A set of small numbers that iterates in the order of Java's `HashSet<Integer>`.
 *
 * Maven sorts conflicts topologically and visits the children of each in the order of such a set. If the sort leaves a
 * choice, this order decides which conflict is resolved first and so, in graphs with cycles, which version wins.
 *
 * Source of the rule: OpenJDK 17 `java.util.HashMap` (table of 16, doubled over a load of 0.75, or when a bucket gets
 * its ninth entry in a table below 64). Buckets that Java turns into trees keep their order of insertion here.
 */
export class HashOrderedSet {
  /** In the order of insertion. */
  readonly #few: number[] = [];
  #table: HashTable | null = null;

  /** Adds a member. Returns false if it was already present. */
  add(value: number): boolean {
    if (this.#table !== null) return this.#table.add(value);
    if (this.#few.includes(value)) return false;
    this.#few.push(value);
    if (this.#few.length > mostFew) this.#table = tableOf(this.#few);
    return true;
  }

  /** Returns the members in Java's order. */
  list(): readonly number[] {
    if (this.#table !== null) return this.#table.list();
    return this.#few.length < 2 ? this.#few : this.#few.toSorted(compareBuckets);
  }
}

/** So many members never make the table grow. Most sets have fewer. */
const mostFew = 8;
const firstBuckets = 16;

/** Members of one bucket stay in the order of insertion. */
function compareBuckets(a: number, b: number): number {
  return bucketOf(a, firstBuckets) - bucketOf(b, firstBuckets);
}

function bucketOf(value: number, buckets: number): number {
  return (value ^ (value >>> 16)) & (buckets - 1);
}

function tableOf(values: readonly number[]): HashTable {
  const table = new HashTable();
  for (const value of values) table.add(value);
  return table;
}

class HashTable {
  readonly #members = new Set<number>();
  #buckets = new Array<number[] | undefined>(firstBuckets);

  add(value: number): boolean {
    if (this.#members.has(value)) return false;
    this.#members.add(value);
    const bucket = this.#bucketOf(value);
    bucket.push(value);
    if (bucket.length > 8 && this.#buckets.length < 64) this.#grow();
    if (this.#members.size > this.#buckets.length * 0.75) this.#grow();
    return true;
  }

  list(): readonly number[] {
    const values: number[] = [];
    for (const bucket of this.#buckets) if (bucket !== undefined) values.push(...bucket);
    return values;
  }

  #bucketOf(value: number): number[] {
    return (this.#buckets[bucketOf(value, this.#buckets.length)] ??= []);
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = new Array<number[] | undefined>(old.length * 2);
    for (const bucket of old) if (bucket !== undefined) for (const value of bucket) this.#bucketOf(value).push(value);
  }
}
