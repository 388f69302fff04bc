/** Chains of POMs: parents, BOMs that import each other, and relocations. They may be endless, or cycles. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { maxLineage } from './model.js';
import { createProblem, type PomProblem } from './problem.js';

/**
 * Length of a chain of parents, or of BOMs that import each other, at which the walk ends. Cycles are found earlier; this
 * limit is for a server that invents a new POM for every request. {@link maxLineage} applies once the chain is known.
 */
export const maxWalk = { parents: 5 * maxLineage, imports: 100 } as const;

/**
 * Length of a chain that is followed at once, on the call stack. Longer ones, and cycles, are left to the walk that waits for each
 * POM, which knows how to report them.
 */
export const maxNow = 32;

/**
 * Creates the error for an endless chain of POMs. Not a tolerated problem, because the POM at which the chain is cut may
 * depend on the order of requests.
 */
export function endlessChain(what: string, label: string, most: number): ClojarsFetchError {
  const shown = escapeForDisplay(label, 300);
  return new ClojarsFetchError('ERR_LIMIT', {
    reason: 'too-deep',
    coordinate: shown,
    message: `POM ${shown} is reached through more than ${most} ${what} in a row`,
    hint: 'No real POM needs so many: check the repository that serves it.',
  });
}

/** Creates the problem of a POM whose parent or BOM is absent. */
export function absentPom(what: string, wanted: string, label: string): PomProblem {
  const why = `no repository has its ${what} ${escapeForDisplay(wanted, 300)}`;
  return createProblem('unresolvable', 'absent', label, why, { absent: wanted });
}

/** Prevents deadlocks among builds that wait for each other's results, by recording which build waits for which. */
export class Waits {
  readonly #waiting = new Map<string, string>();

  /** Awaits the result; returns null at once if the result is itself waiting for the waiter. */
  async waitFor<T>(waiter: string, wanted: string, result: Promise<T>): Promise<{ readonly value: T } | null> {
    for (let at: string | undefined = wanted; at !== undefined; at = this.#waiting.get(at)) if (at === waiter) return null;
    this.#waiting.set(waiter, wanted);
    try {
      return { value: await result };
    } finally {
      this.#waiting.delete(waiter);
    }
  }
}
