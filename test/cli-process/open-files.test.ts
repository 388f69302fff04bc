/** A low limit on open files (`ulimit -n`), which connections and files share. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { startFaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { cliPath } from '../support/processes.js';
import { useSurroundings } from './surroundings.js';

const here = useSurroundings();
const names = Array.from({ length: 60 }, (_, index) => `lib${index}`);
const { files } = createFixtureRepository({
  artifacts: names.map((artifact) => ({ group: 'org.example', artifact, versions: ['1.0'], size: 600_000 })),
});

test.skipIf(process.platform === 'win32').each([24, 40])('everything is fetched with at most %i open files', async (limit) => {
  const server = await startFaultServer({ files, fault: null });
  const coordinates = names.map((name) => `org.example:${name}:1.0`);
  const options = ['--repo', `example=${server.url}`, '--local-repo', here.localRepository, '--no-config', '--json'];
  const words = ['-c', `ulimit -n ${limit}; exec "$0" "$@"`, process.execPath, cliPath, 'deps', ...coordinates, ...options];
  const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) => {
    const child = execFile(
      'bash',
      words,
      { env: { PATH: process.env['PATH'], HOME: here.home }, maxBuffer: 1 << 26 },
      (_error, _out, text) => resolve({ code: child.exitCode ?? -1, stderr: text }),
    );
  });
  await server.close();
  expect([code, stderr]).toEqual([0, '']);
  const placed = await readdir(here.home, { recursive: true });
  expect(placed.filter((name) => name.endsWith('.jar'))).toHaveLength(names.length);
  expect(placed.filter((name) => /\.lock$|\.owner$|-tmp$/.test(name))).toEqual([]);
});
