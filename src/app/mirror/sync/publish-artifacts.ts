/** Publishes all artifacts of a plan, several at once, so that the requests never run out. */
import { setMaxListeners } from 'node:events';

import { linkedAbort } from '../../../base/async/linked-abort.js';
import { preparedArtifacts } from './plan-reader.js';
import { publishArtifact } from './publish-artifact.js';
import type { PublishContext } from './publish-context.js';

export interface PublishArtifactsOptions {
  /** Absolute path. */
  readonly plan: string;
  /** Artifacts at once. */
  readonly atOnce: number;
  readonly context: PublishContext;
  /** Called after each artifact. */
  readonly onEnd: () => void;
}

/**
 * Ends all work before it throws: nothing may be written after the sync has given up its lock.
 * @throws {ClojarsFetchError} if the target as a whole cannot be written, or the source is gone
 */
export async function publishArtifacts({ plan, atOnce, context, onEnd }: PublishArtifactsOptions): Promise<void> {
  const stop = linkedAbort(context.signal);
  const { signal } = stop;
  setMaxListeners(0, signal); // each request that waits listens: that is not a leak to warn about
  const running = new Set<Promise<void>>();
  try {
    for await (const actions of preparedArtifacts(plan, { ...context, signal })) {
      const work: Promise<void> = publishArtifact(actions, { ...context, signal })
        .catch((error: unknown) => stop.abort(error))
        .finally(() => {
          running.delete(work);
          onEnd();
        });
      running.add(work);
      if (running.size >= atOnce) await Promise.race(running);
      if (signal.aborted) break;
    }
  } catch (error) {
    stop.abort(error);
  }
  await Promise.all(running);
  stop.release();
  signal.throwIfAborted();
}
