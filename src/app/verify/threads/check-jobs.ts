/** Checks jobs concurrently, and uses worker threads as well when there are many. */
import { availableParallelism } from 'node:os';

import { onAbort } from '../../../base/async/on-abort.js';
import { checkJob, type Job, type VerifyRun } from '../checks/job.js';
import type { VerifiedFile } from '../report/report.js';
import { EventLoopTurns } from './event-loop-turns.js';
import type { VerifyThread } from './thread.js';

/** Files checked at the same time. They take turns hashing, and wait for mirrors in parallel. */
const atOnce = 24;
/** Number of files that justifies threads: starting one costs about as much CPU time as a hundred small files. */
const threadsFrom = 256;
/** Files handed to a thread at a time. */
const threadShare = 24;
/** Shares that a thread has at the same time, so that it never waits for the next one. */
const sharesAhead = 2;
/** Includes the main thread. More would wait for the disk. */
const maxThreads = 4;

export interface ThreadedVerifyRun extends VerifyRun {
  /** Starts a worker thread; null if the platform offers none. */
  readonly startThread: () => Promise<VerifyThread | null>;
}

/** Supplies the jobs and takes the entries. */
export interface JobQueue {
  /** Returns null at the end, and on every further call. */
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
export function checkJobs(queue: JobQueue, run: ThreadedVerifyRun): Promise<void> {
  return new JobWorkers(queue, run).finish();
}

class JobWorkers {
  readonly #queue: JobQueue;
  readonly #run: ThreadedVerifyRun;
  readonly #running = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  readonly #threads: VerifyThread[] = [];
  /** The main thread is the first. */
  #threadsStarted = 1;
  readonly #turns = new EventLoopTurns();
  #stopped = false;

  constructor(queue: JobQueue, run: ThreadedVerifyRun) {
    this.#queue = queue;
    this.#run = run;
  }

  async finish(): Promise<void> {
    const { signal } = this.#run.context.run;
    // A closed thread returns its share, and the worker that waits for it sees the abort.
    const stopListening = onAbort(signal, () => this.#closeThreads());
    for (let workers = 0; workers < atOnce; workers += 1) this.#start(() => this.#work());
    while (this.#running.size > 0) await Promise.all(this.#running);
    this.#stop();
    stopListening();
    if (this.#failures.length > 0) throw this.#failures[0];
  }

  #start(task: () => Promise<void>): void {
    const promise = task()
      .catch((error: unknown) => {
        this.#failures.push(error);
        this.#stop();
      })
      .finally(() => this.#running.delete(promise));
    this.#running.add(promise);
  }

  #stop(): void {
    this.#stopped = true;
    this.#closeThreads();
  }

  #closeThreads(): void {
    for (const thread of this.#threads) thread.close();
  }

  /** Checks files in this thread until the queue is empty. */
  async #work(): Promise<void> {
    for (let placed; (placed = await this.#next()) !== null;) {
      if (this.#queue.known >= threadsFrom) this.#startThreads();
      await this.#checkHere(placed);
      // Checking small files never waits, and would otherwise hold up aborts, progress and the messages of threads.
      await this.#turns.due();
    }
  }

  async #next(): Promise<PlacedJob | null> {
    return this.#stopped ? null : this.#queue.next();
  }

  async #checkHere({ index, job }: PlacedJob): Promise<void> {
    this.#queue.put(index, await checkJob(job, this.#run));
  }

  #startThreads(): void {
    const most = Math.min(maxThreads, availableParallelism());
    for (; this.#threadsStarted < most; this.#threadsStarted += 1)
      void this.#run.startThread().then(
        (thread) => this.#employ(thread),
        () => undefined,
      );
  }

  #employ(thread: VerifyThread | null): void {
    if (thread === null) return;
    this.#threads.push(thread);
    if (this.#stopped) this.#closeThreads();
    else for (let shares = 0; shares < sharesAhead; shares += 1) this.#start(() => this.#feed(thread));
  }

  /** Hands shares to a thread until the queue is empty or the thread ends. */
  async #feed(thread: VerifyThread): Promise<void> {
    for (let done: readonly VerifiedFile[] | null = []; done !== null;) {
      const share = await this.#nextShare();
      if (share.length === 0) return;
      done = await thread.check(share.map(({ job }) => job));
      for (const [at, placed] of share.entries()) {
        const verified = done?.[at];
        if (verified !== undefined) this.#queue.put(placed.index, verified);
        else if (!this.#stopped) await this.#checkHere(placed);
      }
    }
  }

  async #nextShare(): Promise<readonly PlacedJob[]> {
    const share: PlacedJob[] = [];
    for (let placed; share.length < threadShare && (placed = await this.#next()) !== null;) {
      // Only the main thread asks mirrors, since it knows their health.
      if (placed.job.kind === 'plain' || this.#run.context.run.offline) share.push(placed);
      else await this.#checkHere(placed);
    }
    return share;
  }
}
