/** A part of a soak run. */
export interface SoakPart {
  readonly name: string;
  readonly asked: number;
  readonly done: number;
  readonly seconds: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

/**
 * The page with these results in place of earlier ones of the same parts. `run` tells date, commit, seed and load.
 *
 * @throws {Error} if the page has no place for results
 */
export declare function withResults(page: string, parts: readonly SoakPart[], run: string): string;

/** A table with these rows. */
export declare function resultsTable(rows: readonly string[]): string;

/** The row of a part. */
export declare function rowOf(part: SoakPart, run: string): string;
