/** Shared by the tests of the built CLI: a local server as repository, a home folder, and reproducible output. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

import { type HereOptions, runCliHere } from '../support/cli-here.js';
import type { FaultServer, FaultServerOptions } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { cliPath, runCli, type RunOptions, type RunResult } from '../support/processes.js';
import { Workbench } from '../support/workbench.js';

export const { files } = createFixtureRepository({
  artifacts: [
    { group: 'org.example', artifact: 'greeter', versions: ['1.0.0', '1.1.0', '2.0.0-beta'], size: 100_000 },
    { group: 'org.example', artifact: 'tool', versions: ['0.1'] },
  ],
});
export const jarPath = 'org/example/greeter/1.0.0/greeter-1.0.0.jar';

/** A workbench with the built CLI, whose home is the folder of the bench. */
export class CliBench extends Workbench {
  #servers: FaultServer[] = [];

  override async open(): Promise<void> {
    if (!existsSync(cliPath)) throw new Error('dist is missing: run `npm run build` first');
    this.#servers = [];
    await super.open();
  }

  get home(): string {
    return this.folder;
  }

  get localRepository(): string {
    return join(this.folder, 'repository');
  }

  /** Starts one more server of the same files. */
  async start(fault: FaultServerOptions['fault'] = null): Promise<FaultServer> {
    const server = await this.serve(files, { fault });
    this.#servers.push(server);
    return server;
  }

  /** Runs the CLI with one repository, `example`, at these places in order, and no user configuration. */
  run(words: readonly string[], places: readonly FaultServer[], more: RunOptions = {}): Promise<RunResult> {
    return runCli(this.#words(words, places), { home: this.home, ...more });
  }

  /** Does the same in this process, for what does not depend on the process. */
  runHere(words: readonly string[], places: readonly FaultServer[], more: Partial<HereOptions> = {}): Promise<RunResult> {
    return runCliHere(this.#words(words, places), { home: this.home, ...more });
  }

  #words(words: readonly string[], places: readonly FaultServer[]): readonly string[] {
    return [...words, ...this.options(places), '--local-repo', this.localRepository, '--no-config'];
  }

  /** The words that {@link CliBench.run} adds for these places. */
  options(places: readonly FaultServer[]): string[] {
    return places.flatMap(({ url }, index) => (index === 0 ? ['--repo', `example=${url}`] : ['--mirror', `example=${url}`]));
  }

  /** Replaces ports, times, folders and the version of Node, so that output can be compared. */
  normalise(text: string): string {
    let result = text.replaceAll(this.home, '<home>');
    for (const [index, { origin, port }] of this.#servers.entries()) {
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
  }
}

/** One {@link CliBench} for the tests and helpers of a file, opened for each test. Called at the top of the file. */
export function useSurroundings(): CliBench {
  const bench = new CliBench();
  beforeEach(() => bench.open());
  afterEach(() => bench.close());
  return bench;
}

/** Path of the golden file with this name. */
export const golden = (name: string): string => `../golden/cli/process/${name}`;
