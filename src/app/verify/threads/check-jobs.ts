/** Checks jobs concurrently, and uses worker threads as well when there are many. */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';

import { checkJob, type Job, type VerifyRun } from '../checks/job.js';
import type { VerifiedFile } from '../report/report.js';
import type { VerifyThread } from './thread.js';

/** Files checked at the same time. They take turns hashing, and wait for mirrors in parallel. */
const atOnce = 24;
/** Number of files that justifies threads: starting one costs about as much CPU time as a hundred small files. */
const threadsFrom = 256;
/** Files handed to a thread at a time. */
const threadShare = 24;
/** Hashing small files never yields to the event loop by itself; yield this often so that aborts, progress and worker messages get through. */
const turnMs = 4;
/** Includes the main thread. More would wait for the disk. */
const maxThreads = 4;

export interface ThreadedVerifyRun extends VerifyRun {
  /** Starts a worker thread; null if the platform has none to offer. */
  readonly startThread: () => Promise<VerifyThread | null>;
}

/** Supplies the jobs and takes the entries. */
export interface JobQueue {
  /** Returns null at the end, on every further call too. */
  next(): Promise<PlacedJob | null>;
  /** Number of jobs known so far, taken or not. */
  readonly known: number;
  put(index: number, verified: VerifiedFile): void;
}

export interface PlacedJob {
  readonly index: number;
  readonly job: Job;
}

/**
 * Resolves when the queue is empty and every entry has been put.
 * @throws the first error of a job or of the queue, after all other workers have stopped at their next file
 */
// Long because workers, threads and the turn of the event loop share one set of running tasks and one stop flag.
export async function checkJobs(queue: JobQueue, surroundings: ThreadedVerifyRun): Promise<void> {
  let stopped = false;
  const next = async (): Promise<PlacedJob | null> => (stopped ? null : queue.next());
  const checkHere = async ({ index, job }: PlacedJob): Promise<void> => queue.put(index, await checkJob(job, surroundings));

  const threads: VerifyThread[] = [];
  const closeThreads = (): void => {
    for (const thread of threads) thread.close();
  };
  const employ = (thread: VerifyThread | null): void => {
    if (thread === null) return;
    threads.push(thread);
    if (stopped) closeThreads();
    // Keep two shares under way, so that the thread never waits for the next one.
    else for (let feeds = 0; feeds < 2; feeds += 1) run(() => feed(thread));
  };
  let started = 1;
  const startThreads = (): void => {
    for (const most = Math.min(maxThreads, availableParallelism()); started < most; started += 1)
      void surroundings.startThread().then(employ, () => undefined);
  };
  const feed = async (thread: VerifyThread): Promise<void> => {
    for (let done: readonly VerifiedFile[] | null = []; done !== null;) {
      const share: PlacedJob[] = [];
      for (let placed; share.length < threadShare && (placed = await next()) !== null;) {
        // Only the main thread asks mirrors, since it knows their health.
        if (placed.job.kind === 'plain' || surroundings.context.run.offline) share.push(placed);
        else await checkHere(placed);
      }
      if (share.length === 0) return;
      done = await thread.check(share.map(({ job }) => job));
      for (const [at, placed] of share.entries()) {
        const verified = done?.[at];
        if (verified !== undefined) queue.put(placed.index, verified);
        else if (!stopped) await checkHere(placed);
      }
    }
  };
  let turnEndMs = performance.now() + turnMs;
  let turn: Promise<void> | null = null;
  const othersTurn = (): Promise<void> | null => {
    if (performance.now() < turnEndMs) return null;
    return (turn ??= setImmediate().then(() => {
      turn = null;
      turnEndMs = performance.now() + turnMs;
    }));
  };
  const work = async (): Promise<void> => {
    for (let placed; (placed = await next()) !== null;) {
      if (queue.known >= threadsFrom) startThreads();
      await checkHere(placed);
      await othersTurn();
    }
  };

  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  const run = (task: () => Promise<void>): void => {
    const promise = task()
      .catch((error: unknown) => {
        failures.push(error);
        stopped = true;
        closeThreads();
      })
      .finally(() => running.delete(promise));
    running.add(promise);
  };
  const { signal } = surroundings.context.run;
  // Closing a thread returns its share, which then ends here.
  signal.addEventListener('abort', closeThreads, { once: true });
  for (let workers = 0; workers < atOnce; workers += 1) run(work);
  while (running.size > 0) await Promise.all(running);
  stopped = true;
  closeThreads();
  signal.removeEventListener('abort', closeThreads);
  if (failures.length > 0) throw failures[0];
}
