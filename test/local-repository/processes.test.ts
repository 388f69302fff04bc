import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

import { createFirstSeenRecord } from '../../src/local/ledger/first-seen.js';
import { createLocalRepository } from '../../src/local/repository/local-repository.js';
import { parseProperties } from '../../src/local/repository/properties.js';
import { createTemporaryFolder } from '../support/folder.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const processes = 4;
let folder = '';
let script = '';

beforeAll(async () => {
  const { path, remove } = await createTemporaryFolder({ on: 'disk' });
  folder = path;
  script = join(folder, 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('./child.ts', import.meta.url))],
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  return remove;
});

interface Child {
  readonly child: ChildProcess;
  /** Resolves with the first output. */
  readonly started: Promise<string>;
  readonly ended: Promise<{ code: number | null; output: string }>;
}

function start(...args: string[]): Child {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const started = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      resolve(output);
    });
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, output }));
  return { child, started, ended };
}

/** Runs a job in {@link processes} processes at the same time. */
async function together(job: string, root: string): Promise<string[]> {
  const children = Array.from({ length: processes }, (_, index) => start(job, root, String(index)));
  const results = await Promise.all(children.map((one) => one.ended));
  expect(results.map((result) => result.code)).toEqual(Array(processes).fill(0));
  return results.map((result) => result.output);
}

describe('several processes', () => {
  it('download the same artifact once', async () => {
    const root = await temporaryFolder({ on: 'disk' });
    await together('once', root);
    expect((await readFile(join(root, 'downloads.txt'), 'utf8')).trim().split('\n')).toHaveLength(1);
    expect(await readdir(join(root, 'org/lib/1.0'))).toEqual(['lib-1.0.jar']);
    expect((await stat(join(root, 'org/lib/1.0/lib-1.0.jar'))).size).toBe(100_000);
  });

  it('exclude each other', async () => {
    const root = await temporaryFolder({ on: 'disk' });
    await together('count', root);
    expect(await readFile(join(root, 'counter.txt'), 'utf8')).toBe(String(processes * 10));
    expect(await readdir(join(root, '.clojars-fetch-locks'))).toEqual([]);
  });

  it('lose no line of _remote.repositories', async () => {
    const root = await temporaryFolder({ on: 'disk' });
    await together('record', root);
    const text = await readFile(join(root, 'org/lib/1.0/_remote.repositories'), 'latin1');
    expect(parseProperties(text).size).toBe(processes * 5);
    expect(await readdir(join(root, 'org/lib/1.0'))).toEqual(['_remote.repositories']);
  });

  it('agree on the first-seen record', async () => {
    const root = await temporaryFolder({ on: 'disk' });
    const answers = await together('firstSeen', root);
    expect(new Set(answers).size).toBe(1);
    const log = createFirstSeenRecord(root);
    expect((await log.check('org/lib/1.0/lib-1.0.jar'))?.sha256).toBe(answers[0]);
    for (let digit = 0; digit < processes; digit++) {
      for (let index = 0; index < 20; index++) expect(await log.check(`org/p${digit}/${index}`)).not.toBeNull();
    }
  });
});

describe('kill -9', () => {
  it('half-way through leaves nothing under the final name, and the lock is taken over', async () => {
    const root = await temporaryFolder({ on: 'disk' });
    const { child, started, ended } = start('halfWay', root);
    await started;
    child.kill('SIGKILL');
    await ended;
    const local = createLocalRepository({ root });
    expect(await local.find('org/lib/1.0/lib-1.0.jar')).toBeNull();
    const release = await local.lock('org/lib/1.0/lib-1.0.jar', AbortSignal.timeout(20_000));
    const temporary = await local.createTemporary('org/lib/1.0/lib-1.0.jar');
    await temporary.write(Buffer.from('whole'));
    expect((await temporary.commit()).placed).toBe(true);
    await release();
    expect(await readFile(local.file('org/lib/1.0/lib-1.0.jar'), 'utf8')).toBe('whole');
  });

  it('at any moment leaves only whole files', async () => {
    const root = await temporaryFolder({ on: 'disk' });
    const local = createLocalRepository({ root });
    for (let round = 0; round < 3; round++) {
      const { child, started, ended } = start('place', root, String(round));
      await started;
      await new Promise((resolve) => setTimeout(resolve, 5 + round * 46));
      child.kill('SIGKILL');
      await ended;
      const names = await readdir(join(root, 'org/lib', String(round))).catch(() => []);
      for (const name of names.filter((one) => one.endsWith('.jar'))) {
        expect((await stat(join(root, 'org/lib', String(round), name))).size).toBe(320_000);
      }
      await local.recordOrigin(`org/lib/${round}/after.jar`, 'clojars');
      expect(await local.usable(`org/lib/${round}/after.jar`, ['clojars'])).toBe(true);
    }
  });
});
