/**
 * Runs an operation's comparisons in the background. At the end they get a short grace period, so a repository that is
 * only compared with can neither delay nor fail a download.
 */
import { settlesWithin } from '../../base/async/settles-within.js';
import type { ComparisonMode } from '../../network/mirrors/comparison.js';
import type { Comparisons } from '../context.js';

/** How long the end of an operation waits for the next answer; as long as for a silent repository (repository-turns.ts). */
export const patienceMs = 1_000;
/** How long it waits in all, if answers trickle in. */
const mostMs = 5_000;

/** For one operation, whose signal ends them too. */
export function createComparisons(mode: ComparisonMode, operation: AbortSignal): Comparisons {
  const controller = new AbortController();
  const underWay = new Set<Promise<void>>();
  const silent = new Set<string>();
  let failed = false;
  const end = async (): Promise<void> => {
    controller.abort(new Error('no longer waited for'));
    await Promise.all(underWay);
  };
  const abandon = async (): Promise<void> => {
    failed = true;
    await end();
  };
  operation.addEventListener('abort', () => void abandon(), { once: true });
  return {
    mode,
    begin(compare) {
      const running = compare(controller.signal).finally(() => underWay.delete(running));
      underWay.add(running);
    },
    tellsSilence(repositoryId) {
      if (failed || silent.has(repositoryId)) return false;
      silent.add(repositoryId);
      return true;
    },
    async finish() {
      const untilMs = Date.now() + mostMs;
      while (underWay.size > 0) {
        if (!(await settlesWithin(Promise.race(underWay), Math.min(patienceMs, untilMs - Date.now())))) break;
      }
      await end();
    },
    abandon,
  };
}
