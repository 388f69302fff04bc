import type { Attempt } from '../error.js';

/** The reason with which an operation's signal aborts once its time is up. Collects the requests that were still awaited. */
export class DeadlineError extends Error {
  readonly attempts: Attempt[] = [];

  constructor() {
    super('the deadline passed');
  }
}
