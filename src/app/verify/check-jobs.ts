/** Checks jobs, some at a time, and where there are many, in threads besides. */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';

import { checkJob, type Job, type JobSurroundings } from './job.js';
import type { VerifiedFile } from './report.js';
import type { VerifyThread } from './thread.js';

/** Files at the same time: their hashing takes turns, waiting for mirrors does not. */
const atOnce = 24;
/** From so many files on threads are started: each costs the processor about as much as a hundred small files. */
const threadsFrom = 256;
/** Files that a thread is given at a time. */
const threadShare = 24;
/** Small files never wait: so often everything else has its turn, such as an abort, a progress bar, and the threads. */
const turnMs = 4;
/** This one included. More would wait for the disk. */
const maxThreads = 4;

export interface CheckingSurroundings extends JobSurroundings {
  /** A thread that checks too; null where there is none. */
  readonly startThread: () => Promise<VerifyThread | null>;
}

/** Where the jobs come from and the entries go. */
export interface JobQueue {
  /** Null at the end, again and again. */
  next(): Promise<PlacedJob | null>;
  /** Jobs that are known of: those taken, and maybe more. */
  readonly known: number;
  put(index: number, verified: VerifiedFile): void;
}

export interface PlacedJob {
  readonly index: number;
  readonly job: Job;
}

/**
 * Resolves when the queue is empty and all entries are put.
 * @throws the first error of a job or of the queue; the others end at their next file, nothing runs on
 */
export async function checkJobs(queue: JobQueue, surroundings: CheckingSurroundings): Promise<void> {
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
    // Two shares are under way, so that it need not wait for the next one.
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
        // Mirrors are asked by one machine, which knows how they are.
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
  // What a thread was given comes back, and ends here.
  signal.addEventListener('abort', closeThreads, { once: true });
  for (let workers = 0; workers < atOnce; workers += 1) run(work);
  while (running.size > 0) await Promise.all(running);
  stopped = true;
  closeThreads();
  signal.removeEventListener('abort', closeThreads);
  if (failures.length > 0) throw failures[0];
}
