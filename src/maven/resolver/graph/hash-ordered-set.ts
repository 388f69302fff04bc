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
  readonly #members = new Set<number>();
  #buckets: (number[] | undefined)[] = new Array<number[] | undefined>(16);

  get size(): number {
    return this.#members.size;
  }

  /** Adds a member. Returns false if it was already present. */
  add(value: number): boolean {
    if (this.#members.has(value)) return false;
    this.#members.add(value);
    const bucket = this.#bucketOf(value);
    bucket.push(value);
    if (bucket.length > 8 && this.#buckets.length < 64) this.#grow();
    if (this.#members.size > this.#buckets.length * 0.75) this.#grow();
    return true;
  }

  /** Returns the members in Java's order. */
  list(): number[] {
    const values: number[] = [];
    for (const bucket of this.#buckets) if (bucket !== undefined) values.push(...bucket);
    return values;
  }

  #bucketOf(value: number): number[] {
    return (this.#buckets[(value ^ (value >>> 16)) & (this.#buckets.length - 1)] ??= []);
  }

  #grow(): void {
    const old = this.#buckets;
    this.#buckets = new Array<number[] | undefined>(old.length * 2);
    for (const bucket of old) if (bucket !== undefined) for (const value of bucket) this.#bucketOf(value).push(value);
  }
}
