/** Real threads, with scripts that behave, die, and do not start. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, expect, it } from 'vitest';

import type { Job } from '../../src/app/verify/checks/job.js';
import { nothingProven, type VerifiedFile } from '../../src/app/verify/report/report.js';
import { startThread, type VerifyThread } from '../../src/app/verify/threads/thread.js';
import type { ClientEvent } from '../../src/base/event.js';
import { createTemporaryFolder } from '../support/folder.js';

let folder: string;
beforeAll(async () => {
  const { path, remove } = await createTemporaryFolder();
  folder = path;
  return remove;
});

const jobs: readonly Job[] = [
  { kind: 'plain', file: '/a.jar' },
  { kind: 'plain', file: '/b.jar' },
];
const entry = (path: string): VerifiedFile => ({
  path,
  coordinate: null,
  repository: null,
  size: 1,
  sha256: null,
  status: 'ok',
  verification: nothingProven,
  why: '',
  warnings: [],
  error: null,
});

async function start(
  code: string,
  workerData: unknown = {},
  emit: (event: ClientEvent) => void = () => undefined,
): Promise<VerifyThread | null> {
  const script = join(folder, `${Math.random().toString(36).slice(2)}.cjs`);
  await writeFile(script, `const { parentPort, workerData } = require('node:worker_threads');\n${code}`);
  return startThread(script, workerData, emit);
}

const ready = 'parentPort.postMessage({ ready: true });';
const echo = `parentPort.on('message', (jobs) => parentPort.postMessage({ files: jobs.map(({ file }) => ({ ...workerData.entry, path: file })), events: [{ type: 'warning', warning: 'keys', message: 'a broken key' }] }));`;

it('answers with the entries in the order of the calls, and passes events on', async () => {
  const events: ClientEvent[] = [];
  const thread = await start(`${echo}${ready}`, { entry: entry('') }, (event) => events.push(event));
  const [first, second] = await Promise.all([thread?.check(jobs), thread?.check(jobs.slice(1))]);
  expect(first).toEqual([entry('/a.jar'), entry('/b.jar')]);
  expect(second).toEqual([entry('/b.jar')]);
  expect(events).toEqual([1, 2].map(() => ({ type: 'warning', warning: 'keys', message: 'a broken key' })));
  thread?.close();
  expect(await thread?.check(jobs)).toBeNull();
});

it('returns null if the thread does not start', async () => {
  expect(await start('throw new Error("broken");')).toBeNull();
  expect(await start('')).toBeNull();
  expect(await start('process.exit(3);')).toBeNull();
  expect(await startThread(join(folder, 'absent.cjs'), {}, () => undefined)).toBeNull();
  // A function is not plain data.
  expect(await start(ready, { onEvent: () => undefined })).toBeNull();
});

it('answers null to every open call if the thread dies or is ended', async () => {
  const dying = await start(`parentPort.on('message', () => { throw new Error('dead'); });${ready}`);
  expect(await Promise.all([dying?.check(jobs), dying?.check(jobs)])).toEqual([null, null]);
  const leaving = await start(`parentPort.on('message', () => process.exit(0));${ready}`);
  expect(await leaving?.check(jobs)).toBeNull();
  const silent = await start(`parentPort.on('message', () => undefined);${ready}`);
  const asked = silent?.check(jobs);
  silent?.close();
  expect(await asked).toBeNull();
});
