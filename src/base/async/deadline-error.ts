import type { Attempt } from '../error.js';

/** `Symbol.for`, since the command line's files contain copies of this class that `instanceof` does not recognize. */
const brand = Symbol.for('clojars-fetch.deadline-error');

/** The reason with which an operation's signal aborts once its time is up. Collects the requests that were still awaited. */
export class DeadlineError extends Error {
  readonly attempts: Attempt[] = [];
  readonly [brand] = true;

  constructor() {
    super('the deadline passed');
  }
}

export function isDeadlineError(value: unknown): value is DeadlineError {
  return value instanceof Error && brand in value;
}
