/**
 * Threads that check files beside the event loop: reading, hashing and checking signatures is all arithmetic, which
 * one thread does on one processor core. They only save time: without them, and when one fails, the same is done here.
 */
import { Worker } from 'node:worker_threads';

import type { ClientEvent } from '../../../base/event.js';
import type { Job } from '../checks/job.js';
import type { VerifiedFile } from '../report/report.js';

/** What a thread says; see `src/app/verify/threads/verify-thread.ts`. */
export type ThreadAnswer = { readonly ready: true } | { readonly files: readonly VerifiedFile[]; readonly events: readonly ClientEvent[] };

export interface VerifyThread {
  /** Entries in the order of the jobs; null where the thread cannot be asked (any more). Calls are answered in their order. */
  check(jobs: readonly Job[]): Promise<readonly VerifiedFile[] | null>;
  /** Ends the thread; what it was asked is answered with null. */
  close(): void;
}

/**
 * Starts a thread. Resolves when it is ready: until then its work is done elsewhere.
 * @param script absolute; CommonJS
 * @param workerData plain data
 * @param emit told what happened in the thread
 */
export async function startThread(script: string, workerData: unknown, emit: (event: ClientEvent) => void): Promise<VerifyThread | null> {
  let worker: Worker;
  try {
    worker = new Worker(script, { workerData });
  } catch {
    // No memory, no permission, or an option that is no plain data.
    return null;
  }
  const waiting: ((answer: ThreadAnswer | null) => void)[] = [];
  let ended = false;
  const end = (): void => {
    ended = true;
    for (const tell of waiting.splice(0)) tell(null);
  };
  const nextAnswer = (): Promise<ThreadAnswer | null> => new Promise((resolve) => (ended ? resolve(null) : waiting.push(resolve)));
  // A thread that nobody waits for must not keep the process alive.
  worker.unref();
  worker.on('message', (answer: ThreadAnswer) => waiting.shift()?.(answer));
  worker.on('error', end);
  worker.on('exit', end);
  const thread: VerifyThread = {
    async check(jobs) {
      if (ended) return null;
      worker.postMessage(jobs);
      worker.ref();
      const answer = await nextAnswer();
      if (waiting.length === 0) worker.unref();
      if (answer === null || !('files' in answer)) return null;
      for (const event of answer.events) emit(event);
      return answer.files;
    },
    close() {
      end();
      void worker.terminate();
    },
  };
  return (await nextAnswer()) === null ? null : thread;
}
