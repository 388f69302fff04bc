/**
 * The comparisons of one operation: made beside its work, and waited for at its end only while answers come, so that
 * a repository that nothing is fetched from can neither slow down nor fail what is.
 */

import type { ComparisonMode } from '../repository/comparison.js';

/** How long the end of an operation waits for the next answer; as long as for a silent repository (inquiry.ts). */
const patienceMs = 1_000;

export interface Comparisons {
  readonly mode: ComparisonMode;
  /** Ids of repositories of which it was said that they do not answer: it is said once. */
  readonly silent: Set<string>;
  /** Begins one. It must not reject; its signal aborts when nobody waits for it any more. */
  begin(compare: (signal: AbortSignal) => Promise<void>): void;
  /** Waits as said above, then ends those that are left. */
  finish(): Promise<void>;
  /** Ends all. */
  abandon(): Promise<void>;
}

/** For one operation. */
export function createComparisons(mode: ComparisonMode): Comparisons {
  const controller = new AbortController();
  const underWay = new Set<Promise<void>>();
  const abandon = async (): Promise<void> => {
    controller.abort(new Error('no longer waited for'));
    await Promise.all(underWay);
  };
  return {
    mode,
    silent: new Set(),
    begin(compare) {
      const running = compare(controller.signal).finally(() => underWay.delete(running));
      underWay.add(running);
    },
    async finish() {
      while (underWay.size > 0) {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<'late'>((resolve) => {
          timer = setTimeout(() => resolve('late'), patienceMs);
        });
        const first = await Promise.race([late, ...underWay]);
        clearTimeout(timer);
        if (first === 'late') break;
      }
      await abandon();
    },
    abandon,
  };
}
