import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { createTemporaryFolder, type TemporaryFolder } from '../support/folder.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { replacements } from './replacements.js';
import { bundleChild } from './support.js';

let home: TemporaryFolder;
let script = '';

beforeAll(async () => {
  home = await createTemporaryFolder({ on: 'disk' });
  script = await bundleChild(home.path, 'replace-child.ts');
});
afterAll(() => home.remove());

const temporariesOf = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('tmp'));

/** Lets a child replace a file again and again, and kills it while its temporary file exists. */
async function killHalfWay(kind: string, folder: string): Promise<void> {
  const child = spawn(process.execPath, [script, kind, folder], { stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = once(child, 'close');
  while (temporariesOf(folder).length === 0) {
    if (child.exitCode !== null) throw new Error(`the child ended with ${child.exitCode}`);
    await sleep(1);
    if (temporariesOf(folder).length === 0) continue;
    // Stopped before it is killed, to make sure that it had not renamed the file yet.
    child.kill('SIGSTOP');
    await sleep(20);
    if (temporariesOf(folder).length === 0) child.kill('SIGCONT');
  }
  child.kill('SIGKILL');
  await ended;
}

it.each(Object.entries(replacements))(
  'a process killed while it replaces a file leaves a temporary that the next write removes: %s',
  async (kind, replace) => {
    const folder = await temporaryFolder({ on: 'disk' });
    await killHalfWay(kind, folder);
    expect(temporariesOf(folder)).toHaveLength(1);
    await replace(folder, 1_000_001);
    expect(temporariesOf(folder)).toEqual([]);
  },
  60_000,
);
