/** Errors of the program rsync. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, expect, test, vi } from 'vitest';

import { RsyncRun } from '../../src/app/mirror/source/rsync-run.js';
import { temporaryFolder } from '../support/temporary-folder.js';

afterEach(() => void vi.unstubAllEnvs());

async function runOf(script: string): Promise<RsyncRun> {
  const folder = await temporaryFolder();
  const program = join(folder, 'rsync');
  writeFileSync(program, `#!/bin/sh\n${script}\n`);
  chmodSync(program, 0o755);
  vi.stubEnv('PATH', `${folder}:${process.env['PATH'] ?? ''}`);
  return new RsyncRun([], AbortSignal.timeout(60_000));
}

test('the lines of an error are told in one, without control characters of the server', async () => {
  const run = await runOf(`printf '@ERROR: \\033[2J no module\\nrsync error: code 5\\n' >&2; exit 5`);
  expect(await run.ended).toEqual({
    problem: 'rsync ended with code 5: @ERROR: \\u001b[2J no module; rsync error: code 5',
    isPartial: false,
  });
});

test('a run that ends well has no problem, whatever it says', async () => {
  const run = await runOf('echo a warning >&2');
  expect((await run.ended).problem).toBeNull();
});
