/** Remembers which repositories have a mirror that asked for fewer requests: a guess must not add to its load. */
import { ClojarsFetchError } from '../../../base/error.js';
import type { ClientEvent } from '../../../base/event.js';

/** How long the look-ahead leaves a repository alone after one of its mirrors has answered 429. */
const restMs = 60_000;

export class Throttle {
  readonly #now: () => number;
  /** When a mirror of the repository last answered 429, by id. */
  readonly #lastMs = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes the answers of mirrors. */
  note(event: ClientEvent): void {
    if (event.type === 'attempt-ended' && event.status === 429) this.#lastMs.set(event.repository, this.#now());
  }

  isOn(repository: string): boolean {
    const lastMs = this.#lastMs.get(repository);
    return lastMs !== undefined && Math.abs(this.#now() - lastMs) < restMs;
  }
}

/** The error of a file that is not fetched ahead of time now. */
export function resting(repository: string, path: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'status',
    coordinate: path,
    message: `${path}: ${repository} has asked for fewer requests`,
    hint: 'Try again in a minute.',
  });
}
