/** Many files at a time, with threads of every kind: helpful, dying, silent. What they do must never show in the result. */
import { writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { runBounded } from '../../src/app/client/operation.js';
import { openSession, type Session } from '../../src/app/client/session.js';
import { checkJob, type Job } from '../../src/app/verify/checks/job.js';
import type { VerifiedFile } from '../../src/app/verify/report/report.js';
import { checkJobs, type JobQueue, type PlacedJob, type ThreadedVerifyRun } from '../../src/app/verify/threads/check-jobs.js';
import type { VerifyThread } from '../../src/app/verify/threads/thread.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { digest } from '../support/workbench.js';

const count = 600;
let folder: string;
let session: Session;
let jobs: readonly Job[];

/** Every third file is pinned, every third is pinned to something else, every third has nothing that speaks for it. */
beforeEach(async () => {
  folder = await temporaryFolder();
  const pins: string[] = [];
  const made: Job[] = [];
  for (let index = 0; index < count; index += 1) {
    const [name, bytes] = [`file-${index}.jar`, Buffer.from(`file ${index}`)];
    await writeFile(join(folder, name), bytes);
    if (index % 3 < 2) pins.push(`${digest('sha256', index % 3 === 0 ? bytes : Buffer.from('other'))}  ${name}`);
    made.push({ kind: 'plain', file: join(folder, name) });
  }
  jobs = made;
  const list = join(folder, 'pins.sha256');
  await writeFile(list, `${pins.join('\n')}\n`);
  session = await openSession({
    options: {
      settings: false,
      trustedChecksums: [list],
      localRepository: join(folder, 'm2'),
      cacheFolder: join(folder, 'cache'),
      stateFolder: join(folder, 'state'),
    },
    env: {},
    homeFolder: folder,
    emit: () => undefined,
  });
});
afterEach(() => session.close());

interface Run {
  readonly files: VerifiedFile[];
  readonly threadsStarted: number;
  readonly closed: number;
}

type StartThread = ThreadedVerifyRun['startThread'];

async function run(given: readonly Job[], startThread: StartThread, signal = new AbortController().signal): Promise<Run> {
  const files: VerifiedFile[] = [];
  const counts = { threadsStarted: 0, closed: 0 };
  let at = 0;
  const queue: JobQueue = {
    get known() {
      return given.length;
    },
    next: () => {
      const job = given[at];
      return Promise.resolve<PlacedJob | null>(job === undefined ? null : { index: at++, job });
    },
    put: (index, verified) => {
      expect(files[index], `entry ${index} is put once`).toBeUndefined();
      files[index] = verified;
    },
  };
  const started: StartThread = async () => {
    counts.threadsStarted += 1;
    const thread = await startThread();
    return thread === null ? null : { check: (share) => thread.check(share), close: () => ((counts.closed += 1), thread.close()) };
  };
  await checkJobs(queue, { ...surroundings(signal), startThread: started });
  return { files, ...counts };
}

const surroundings = (signal: AbortSignal): Omit<ThreadedVerifyRun, 'startThread'> => ({
  context: session.context({ signal, comparisons: null }),
  bounded: (subject, work) => runBounded(subject, [signal], 60_000, work),
});

/** Does the work here, until it was asked so often. */
function createThread(
  dies: number,
  answerOf: (files: VerifiedFile[]) => readonly VerifiedFile[] | null = (files) => files,
): VerifyThread & { readonly entries: () => number } {
  let entries = 0;
  let asked = 0;
  return {
    entries: () => entries,
    async check(share) {
      if (asked++ >= dies) return null;
      const files: VerifiedFile[] = [];
      for (const job of share) files.push(await checkJob(job, surroundings(new AbortController().signal)));
      entries += files.length;
      return answerOf(files);
    },
    close: () => undefined,
  };
}

/** Answers only when it is ended. */
function createSilentThread(onClose: () => void): StartThread {
  let end: (value: null) => void = () => undefined;
  const asked = new Promise<null>((resolve) => (end = resolve));
  return () =>
    Promise.resolve({
      check: () => asked,
      close() {
        onClose();
        end(null);
      },
    });
}

const never = new Promise<never>(() => undefined);
const statuses = ({ files }: Run): string[] =>
  files.map(({ path, status, error }) => `${path.slice(folder.length + 1)} ${status} ${error?.code ?? ''}`);
const expected = (): string[] =>
  Array.from(
    { length: count },
    (_, index) => `file-${index}.jar ${['ok ', 'failed ERR_CHECKSUM', 'failed ERR_SIGNATURE'][index % 3] ?? ''}`,
  );

describe('every file gets its entry, in its place, whatever the threads do:', () => {
  it.each<[string, () => Promise<VerifyThread | null>]>([
    ['there are none', () => Promise.resolve(null)],
    ['they do their share', () => Promise.resolve(createThread(Infinity))],
    ['they die at the first share', () => Promise.resolve(createThread(0))],
    ['they die later', () => Promise.resolve(createThread(3))],
    ['they answer half', () => Promise.resolve(createThread(Infinity, (files) => files.slice(0, 5)))],
    ['they never get ready', () => never],
    ['they cannot be started', () => Promise.reject(new Error('no memory'))],
  ])('%s', async (_, start) => {
    expect(statuses(await run(jobs, start))).toEqual(expected());
  });
});

it.skipIf(availableParallelism() < 2)('a thread gets work, and is ended', async () => {
  const threads: ReturnType<typeof createThread>[] = [];
  const done = await run(jobs, () => {
    const thread = createThread(Infinity);
    threads.push(thread);
    return Promise.resolve(thread);
  });
  expect(done.threadsStarted).toBe(Math.min(4, availableParallelism()) - 1);
  expect(done.closed).toBe(done.threadsStarted);
  expect(threads.reduce((sum, thread) => sum + thread.entries(), 0)).toBeGreaterThan(0);
});

it('checks a few files without threads', async () => {
  const done = await run(jobs.slice(0, 255), () => Promise.resolve(createThread(Infinity)));
  expect(done.files).toHaveLength(255);
  expect(done.threadsStarted).toBe(0);
});

it('an error that does not concern a file ends the run and the threads', async () => {
  let closed = 0;
  const silent = createSilentThread(() => (closed += 1));
  const failing: Job = {
    kind: 'artifact',
    found: { path: '../outside', coordinate: { group: 'g', artifact: 'a', version: '1', classifier: '', extension: 'jar' } },
  };
  await expect(run([...jobs.slice(0, 400), failing, ...jobs.slice(400)], silent)).rejects.toBeInstanceOf(Error);
  if (availableParallelism() > 1) expect(closed).toBeGreaterThan(0);
});

it('an abort takes effect amid small files, and reaches a silent thread', async () => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new Error('enough')), 0);
  await expect(
    run(
      jobs,
      createSilentThread(() => undefined),
      controller.signal,
    ),
  ).rejects.toThrow('enough');
});
