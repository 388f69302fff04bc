/**
 * Runs in a worker thread of `verifyFiles()`: receives lists of jobs, and answers each list with its entries. A separate
 * file in the package. Any failure ends the thread; the main thread then does the jobs, and reports the error.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';

import type { ClientEvent } from '../../../base/event.js';
import type { ClientOptions } from '../../../local/settings/client-options.js';
import { userEnvironment } from '../../../local/settings/machine/user-environment.js';
import { runBounded } from '../../client/operation.js';
import { openSession } from '../../client/session.js';
import { checkJob, type Job, type VerifyRun } from '../checks/job.js';
import { readOnly } from '../checks/read-only.js';
import type { ThreadAnswer } from './thread.js';

async function serve(port: MessagePort, options: ClientOptions): Promise<void> {
  let events: ClientEvent[] = [];
  // Offline, because only the main thread asks servers.
  const session = await openSession({
    options: { ...options, offline: true },
    ...userEnvironment(),
    emit: (event) => events.push(event),
  });
  const run: VerifyRun = {
    context: readOnly(session.context({ signal: new AbortController().signal, comparisons: null })),
    bounded: (subject, work) => runBounded(subject, [], session.configuration.timeoutMs, work),
  };
  const answer = (value: ThreadAnswer): void => port.postMessage(value);
  // The session of the main thread has emitted the same events.
  events = [];
  port.on('message', (jobs: readonly Job[]) => {
    void Promise.all(jobs.map((job) => checkJob(job, run))).then((files) => {
      answer({ files, events });
      events = [];
    });
  });
  answer({ ready: true });
}

/** Checks no member: opening the session does. */
function isOptions(value: unknown): value is ClientOptions {
  return typeof value === 'object' && value !== null;
}

const given: unknown = workerData;
if (parentPort !== null && isOptions(given)) void serve(parentPort, given);
