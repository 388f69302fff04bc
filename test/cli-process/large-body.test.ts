/** Bodies that are hashed on another thread: where threads are forbidden, and when a mirror breaks off. */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { useSurroundings } from './surroundings.js';

const here = useSurroundings();
const { files } = createFixtureRepository({ artifacts: [{ group: 'org.example', artifact: 'large', versions: ['1.0'], size: 20 << 20 }] });
const path = 'org/example/large/1.0/large-1.0.jar';
const sha256 = createHash('sha256')
  .update(files.get(path) ?? '')
  .digest('hex');
const sha256OfFile = async (file: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(file))
    .digest('hex');

async function withServers<T>(faults: readonly FaultServer[], run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } finally {
    await Promise.all(faults.map((server) => server.close()));
  }
}

describe('a body of 20 MiB', () => {
  test.each([
    ['cannot be started', "worker_threads.Worker = class { constructor() { throw new Error('no threads here'); } };"],
    [
      'end at once',
      "const { Worker } = worker_threads; worker_threads.Worker = class extends Worker { constructor(code, options) { super('process.exit(1)', options); } };",
    ],
  ])('is verified when threads %s', async (_, code) => {
    const server = await startFaultServer({ files, fault: null });
    await withServers([server], async () => {
      const preload = join(here.home, 'preload.cjs');
      await writeFile(preload, `const worker_threads = require('node:worker_threads');\n${code}\n`);
      const result = await here.run(['org.example/large', '1.0'], [server], { nodeArguments: ['-r', preload] });
      expect(result.code, result.stderr).toBe(0);
      expect(await sha256OfFile(result.stdout.trim())).toBe(sha256);
    });
  });

  test('is continued from the next mirror, and has the right checksum', async () => {
    const broken = await startFaultServer({ files, fault: { fault: 'truncate', match: /\.jar$/ } });
    const sound = await startFaultServer({ files, fault: null });
    // A hedge would ask the sound mirror before the other one breaks off, so the hedge clock hardly moves.
    const preload = join(here.home, 'slow-clock.cjs');
    await writeFile(
      preload,
      'const { setTimeout } = globalThis; globalThis.setTimeout = (action, ms, ...rest) => setTimeout(action, ms <= 1000 ? 100 * ms : ms, ...rest);\n',
    );
    await withServers([broken, sound], async () => {
      const result = await here.run(['org.example/large', '1.0', '--json'], [broken, sound], { nodeArguments: ['-r', preload] });
      expect(result.code, result.stderr).toBe(0);
      expect(JSON.parse(result.stdout)).toMatchObject({ artifacts: [{ sha256, size: files.get(path)?.length, mirror: sound.url }] });
      const ranges = sound.requests.filter((request) => request.path === path).map((request) => request.headers['range']);
      expect(ranges).toEqual([expect.stringMatching(/^bytes=\d+-$/)]);
      expect(await sha256OfFile(`${here.localRepository}/${path}`)).toBe(sha256);
    });
  });
});
