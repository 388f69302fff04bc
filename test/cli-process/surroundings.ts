/** Shared by the tests of the built CLI: a local server as repository, a home folder, and reproducible output. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

import { type FaultServer, type FaultServerOptions, startFaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { cliPath, runCli, type RunOptions, type RunResult } from '../support/processes.js';

export const { files } = createFixtureRepository({
  artifacts: [
    { group: 'org.example', artifact: 'greeter', versions: ['1.0.0', '1.1.0', '2.0.0-beta'], size: 100_000 },
    { group: 'org.example', artifact: 'tool', versions: ['0.1'] },
  ],
});
export const jarPath = 'org/example/greeter/1.0.0/greeter-1.0.0.jar';

export interface Surroundings {
  readonly home: string;
  readonly localRepository: string;
  /** Starts one more server of the same files, closed after the test. */
  start(fault?: FaultServerOptions['fault']): Promise<FaultServer>;
  /** Runs the CLI with one repository, `example`, at these places in order, and no user configuration. */
  run(words: readonly string[], places: readonly FaultServer[], options?: RunOptions): Promise<RunResult>;
  /** The words that {@link Surroundings.run} adds. */
  options(places: readonly FaultServer[]): string[];
  /** Replaces ports, times, folders and the version of Node, so that output can be compared. */
  normalise(text: string): string;
}

/** Makes fresh surroundings for each test; called at the top of a test file. */
export function useSurroundings(): Surroundings {
  let home = '';
  let servers: FaultServer[] = [];
  beforeEach(async () => {
    if (!existsSync(cliPath)) throw new Error('dist is missing: run `npm run build` first');
    home = await mkdtemp(join(tmpdir(), 'clojars-fetch-cli-'));
  });
  afterEach(async () => {
    await Promise.all(servers.map((server) => server.close()));
    servers = [];
    await rm(home, { recursive: true, force: true, maxRetries: 3 });
  });
  const options = (places: readonly FaultServer[]): string[] =>
    places.flatMap(({ url }, index) => (index === 0 ? ['--repo', `example=${url}`] : ['--mirror', `example=${url}`]));
  return {
    get home() {
      return home;
    },
    get localRepository() {
      return join(home, 'repository');
    },
    async start(fault = null) {
      const server = await startFaultServer({ files, fault });
      servers.push(server);
      return server;
    },
    options,
    run: (words, places, more = {}) =>
      runCli([...words, ...options(places), '--local-repo', join(home, 'repository'), '--no-config'], { home, ...more }),
    normalise(text) {
      let result = text.replaceAll(home, '<home>');
      for (const [index, { origin, port }] of servers.entries()) {
        result = result.replaceAll(origin, `http://<server ${index + 1}>`).replaceAll(`127.0.0.1:${port}`, `<server ${index + 1}>`);
      }
      return (
        result
          .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
          .replace(/"ms": \d+/g, '"ms": 0')
          .replace(/"p95Ms": [\d.]+/g, '"p95Ms": 0')
          .replace(/ +\d+ ms( \(\d+ times\))?/g, ' <n> ms')
          .replace(/\d+ failed attempts? on the way; --verbose shows (it|them)/g, '<n> failed attempts on the way')
          // The lengths of folders and ports determine the padding of columns.
          .replace(/(?<=\S) {2,}/g, '  ')
          .replace(/\d+ MB free/g, '<n> MB free')
          .replace(/within \d+ s/g, 'within <n> s')
          .replaceAll(process.versions.node, '<node>')
      );
    },
  };
}

/** Path of the golden file with this name. */
export const golden = (name: string): string => `../golden/cli/process/${name}`;
