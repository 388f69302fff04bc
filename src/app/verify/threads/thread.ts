/**
 * Threads that check files alongside the event loop: reading, hashing and checking signatures would otherwise share one
 * processor core. They only save time: work that a thread does not do, or does not finish, is done in the main thread.
 */
import { Worker } from 'node:worker_threads';

import type { ClientEvent } from '../../../base/event.js';
import type { Job } from '../checks/job.js';
import type { VerifiedFile } from '../report/report.js';

/** A message of a thread; see `src/app/verify/threads/verify-thread.ts`. */
export type ThreadAnswer = { readonly ready: true } | { readonly files: readonly VerifiedFile[]; readonly events: readonly ClientEvent[] };

export interface VerifyThread {
  /** Returns entries in the order of the jobs; null if the thread has ended. Calls are answered in order. */
  check(jobs: readonly Job[]): Promise<readonly VerifiedFile[] | null>;
  /** Ends the thread. Open calls are answered with null. */
  close(): void;
}

/**
 * Starts a thread. Resolves when it is ready; null if it cannot be started.
 * @param script absolute; CommonJS
 * @param workerData plain data
 * @param emit receives the events of the thread
 */
export async function startThread(script: string, workerData: unknown, emit: (event: ClientEvent) => void): Promise<VerifyThread | null> {
  let worker: Worker;
  try {
    worker = new Worker(script, { workerData });
  } catch {
    // No memory, no permission, or an option that is not plain data.
    return null;
  }
  const thread = new WorkerThread(worker, emit);
  return (await thread.ready()) ? thread : null;
}

class WorkerThread implements VerifyThread {
  readonly #worker: Worker;
  readonly #emit: (event: ClientEvent) => void;
  readonly #waiting: ((answer: ThreadAnswer | null) => void)[] = [];
  #ended = false;

  constructor(worker: Worker, emit: (event: ClientEvent) => void) {
    this.#worker = worker;
    this.#emit = emit;
    // An idle thread must not keep the process alive.
    worker.unref();
    worker.on('message', (answer: ThreadAnswer) => this.#waiting.shift()?.(answer));
    worker.on('error', () => this.#end());
    worker.on('exit', () => this.#end());
  }

  /** Resolves to false if the thread ends before it is ready. */
  async ready(): Promise<boolean> {
    return (await this.#nextAnswer()) !== null;
  }

  async check(jobs: readonly Job[]): Promise<readonly VerifiedFile[] | null> {
    if (this.#ended) return null;
    this.#worker.postMessage(jobs);
    this.#worker.ref();
    const answer = await this.#nextAnswer();
    if (this.#waiting.length === 0) this.#worker.unref();
    if (answer === null || !('files' in answer)) return null;
    for (const event of answer.events) this.#emit(event);
    return answer.files;
  }

  close(): void {
    this.#end();
    void this.#worker.terminate();
  }

  #nextAnswer(): Promise<ThreadAnswer | null> {
    return new Promise((resolve) => (this.#ended ? resolve(null) : this.#waiting.push(resolve)));
  }

  #end(): void {
    this.#ended = true;
    for (const answer of this.#waiting.splice(0)) answer(null);
  }
}
