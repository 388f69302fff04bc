/** OpenStack Swift with its S3 API as a server of buckets, on the loopback interface. */
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { expect } from 'vitest';

import { Cancellation } from '../../src/base/async/cancellation.js';
import type { Asking } from '../../src/network/s3/ask.js';
import { askingAt } from '../support/s3/asking.js';
import type { Workbench } from '../support/workbench.js';
import { missingPrograms, runProgram, type Skippable, skipUnlessThere } from './programs.js';

export const python = '/usr/bin/python3';

/** A server, and the keys to it. */
export interface Place {
  readonly endpoint: string;
  readonly id: string;
  readonly secret: string;
}

/** Skips the test if Swift or one of these programs is missing. */
export async function needSwift(context: Skippable, programs: readonly string[]): Promise<void> {
  const modules = await runProgram(python, ['-c', 'import boto3, swift.common'], { home: '/tmp', cwd: '/' }).catch(() => null);
  const missing = missingPrograms(['memcached', ...programs]);
  skipUnlessThere(context, modules?.code === 0 ? missing : [...missing, 'python3-boto3 and python3-swift']);
}

/** Starts Swift in a folder of the test. */
export async function startSwift(bench: Workbench): Promise<Place> {
  const folder = join(bench.folder, 'swift');
  mkdirSync(folder);
  const child = spawn(python, [join(import.meta.dirname, 'run-swift.py'), folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  bench.atEnd(async () => {
    child.stdin.end();
    await ended;
  });
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (text: Buffer) => resolve(text.toString().trim()));
    child.once('exit', () => reject(new Error('Swift did not start')));
  });
  return { endpoint: `http://127.0.0.1:${port}`, id: 'test:tester', secret: 'secret' };
}

/** Makes a bucket in Swift. */
export async function createBucket(bench: Workbench, { endpoint, id, secret }: Place): Promise<Asking> {
  const env = { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret };
  const asking = askingAt(bench, `s3://bucket/?region=eu-central-1&endpoint=${endpoint}`, env);
  const created = await asking.bucket.request({ method: 'PUT', key: '', maxBytes: 4096, signal: new Cancellation() });
  created.answer.cancel();
  expect(created.error).toBeNull();
  return asking;
}

/** Stores objects as if they had come at another time, by Swift's own API, since S3 has no such request. */
export async function storeAt({ endpoint, id, secret }: Place, objects: ReadonlyMap<string, Buffer>, timeMs: number): Promise<void> {
  const { headers } = await fetch(`${endpoint}/auth/v1.0`, { headers: { 'x-auth-user': id, 'x-auth-key': secret } });
  const [token, storage] = ['x-auth-token', 'x-storage-url'].map((name) => headers.get(name) ?? '');
  for (const [key, body] of objects) {
    const { status } = await fetch(`${storage}/bucket/${key}`, {
      method: 'PUT',
      body: Uint8Array.from(body),
      headers: { 'x-auth-token': token ?? '', 'x-timestamp': (timeMs / 1000).toFixed(5) },
    });
    expect(status).toBe(201);
  }
}
