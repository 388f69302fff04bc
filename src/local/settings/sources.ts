/** Chooses among the sources of a setting, and records which one its value came from. */

/** A value in effect, and where it came from. */
export interface ValueSource {
  /** For people; no secrets. */
  readonly value: string;
  /** `built-in`, a file, a variable, or `options`. */
  readonly from: string;
}

/** A source and its value; `undefined` if it has none. */
export type Candidate<T> = readonly [from: string, value: T | undefined];

/** Collects {@link ValueSource}s by key. */
export class SourceRecord {
  readonly #sources = new Map<string, ValueSource>();

  note(key: string, value: string, from: string): void {
    this.#sources.set(key, { value, from });
  }

  /** Returns the value of the first candidate that has one (strongest first), otherwise the standard. */
  choose<T>(key: string, candidates: readonly Candidate<T>[], standard: T, show: (value: T) => string = String): T {
    for (const [from, value] of candidates) {
      if (value === undefined) continue;
      this.note(key, show(value), from);
      return value;
    }
    this.note(key, show(standard), 'built-in');
    return standard;
  }

  /** Returns the values of all candidates, strongest first. */
  gather<T>(key: string, candidates: readonly Candidate<readonly T[]>[], show: (value: T) => string = String): readonly T[] {
    const given = candidates.filter(([, values]) => values !== undefined && values.length > 0);
    const all = given.flatMap(([, values]) => values ?? []);
    this.note(key, all.length === 0 ? 'none' : all.map(show).join(', '), given.map(([from]) => from).join(', ') || 'built-in');
    return all;
  }

  entries(): Readonly<Record<string, ValueSource>> {
    return Object.fromEntries(this.#sources);
  }
}
