/**
 * What runs in a thread of `verifyFiles()`: takes lists of jobs, answers each with their entries. A file of its own in
 * the package. Any failure ends the thread; the jobs are then done by who asked, where the error is the caller's.
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
  // Nobody is asked about what comes here.
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
  // The caller's own session was opened before, and told the same.
  events = [];
  port.on('message', (jobs: readonly Job[]) => {
    void Promise.all(jobs.map((job) => checkJob(job, run))).then((files) => {
      answer({ files, events });
      events = [];
    });
  });
  answer({ ready: true });
}

/** What is in them is checked when the session is opened. */
function isOptions(value: unknown): value is ClientOptions {
  return typeof value === 'object' && value !== null;
}

const given: unknown = workerData;
if (parentPort !== null && isOptions(given)) void serve(parentPort, given);
