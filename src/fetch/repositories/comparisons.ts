/**
 * Runs an operation's comparisons in the background. At the end they get a short grace period, so a repository that is
 * only compared with can neither delay nor fail a download.
 */
import { setMaxListeners } from 'node:events';

import { onAbort } from '../../base/async/on-abort.js';
import { settlesWithin } from '../../base/async/settles-within.js';
import type { ComparisonMode } from '../../network/mirrors/comparison.js';
import type { Comparisons } from '../context.js';

/** Time that the end of an operation waits for the next answer; the same as for a silent repository (repository-turns.ts). */
export const patienceMs = 1_000;
/** Total time that it waits if answers trickle in. */
const mostMs = 5_000;

/** Creates the comparisons of one operation, whose signal ends them too. */
export function createComparisons(mode: ComparisonMode, operation: AbortSignal): Comparisons {
  return new BackgroundComparisons(mode, operation);
}

class BackgroundComparisons implements Comparisons {
  readonly mode: ComparisonMode;
  readonly #operation: AbortSignal;
  /** Null until there is something to compare: most operations compare nothing. */
  #controller: AbortController | null = null;
  readonly #running = new Set<Promise<void>>();
  /** Repositories that were reported as not answering. */
  readonly #silent = new Set<string>();
  #failed = false;

  constructor(mode: ComparisonMode, operation: AbortSignal) {
    this.mode = mode;
    this.#operation = operation;
  }

  begin(compare: (signal: AbortSignal) => Promise<void>): void {
    const running = compare(this.#signal()).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  tellsSilence(repositoryId: string): boolean {
    if (this.#failed || this.#silent.has(repositoryId)) return false;
    this.#silent.add(repositoryId);
    return true;
  }

  async finish(): Promise<void> {
    const untilMs = Date.now() + mostMs;
    while (this.#running.size > 0) {
      if (!(await settlesWithin(Promise.race(this.#running), Math.min(patienceMs, untilMs - Date.now())))) break;
    }
    await this.#end();
  }

  async abandon(): Promise<void> {
    this.#failed = true;
    await this.#end();
  }

  #signal(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      setMaxListeners(0, this.#controller.signal); // each comparison listens: that is not a leak to warn about
      onAbort(this.#operation, () => void this.abandon());
    }
    return this.#controller.signal;
  }

  async #end(): Promise<void> {
    this.#controller?.abort(new Error('the operation no longer waits for comparisons'));
    await Promise.all(this.#running);
  }
}
