/** Kills a fetching process again and again, and checks what each one left behind. Also for the soak run. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { startFaultServer } from '../support/fault-server.js';
import { createTemporaryFolder } from '../support/folder.js';
import { bundleChild, createFixture, expectedLine, inspect, startChild } from './support.js';

export interface KillRunOptions {
  /** Number of processes to kill while they fetch. */
  readonly kills: number;
  readonly artifacts: number;
  /** Seed for the moments of the kills. */
  readonly random: () => number;
  /** Ends early after this many milliseconds. */
  readonly timeLimitMs: number;
  /** Called after each kill. */
  readonly onKill?: (done: number) => void;
}

export interface KillRunResult {
  /** Processes that died by the signal. */
  readonly killed: number;
  /** Processes that had finished before. */
  readonly finished: number;
  /** Kills after which some files were present and some were not. */
  readonly halfWay: number;
  /** Kills that left temporary files. */
  readonly withTemporaries: number;
  /** Subsequent runs, each of which had to complete. */
  readonly completions: number;
  readonly violations: readonly string[];
}

/**
 * Kills one fetch of all artifacts at random moments, three times over the same local repository; then the next run has to complete it.
 * Continues with a new local repository, and so on.
 */
export async function runKills(options: KillRunOptions): Promise<KillRunResult> {
  const fixture = createFixture(options.artifacts, 20_000);
  const home = await createTemporaryFolder({ on: 'disk' });
  const server = await startFaultServer({ files: fixture.files, fault: () => ({ delayMs: Math.floor(options.random() * 120) }) });
  const violations: string[] = [];
  let killed = 0;
  let finished = 0;
  let halfWay = 0;
  let withTemporaries = 0;
  let completions = 0;
  try {
    const script = await bundleChild(home.path);
    const endMs = performance.now() + options.timeLimitMs;
    const all = options.artifacts * 2;
    let durationMs = 0;
    for (let round = 0; killed < options.kills && performance.now() < endMs; round++) {
      const folder = join(home.path, String(round));
      // The first is never killed: it shows how long a whole fetch takes.
      for (let kill = 0; durationMs > 0 && kill < 3 && killed < options.kills; kill++) {
        const child = startChild(script, server.url, folder, fixture.coordinates);
        await child.started;
        await sleep(options.random() * durationMs);
        child.process.kill('SIGKILL');
        const { signal } = await child.ended;
        if (signal === null) finished += 1;
        else killed += 1;
        const seen = await inspect(join(folder, 'repository'), fixture.files);
        violations.push(...seen.damaged.map((path) => `after kill ${killed}: ${path}`));
        if (seen.present.length > 0 && seen.present.length < all) halfWay += 1;
        if (seen.temporaries.length > 0) withTemporaries += 1;
        // The speed of the machine varies: aim earlier if the process had finished, later if it had not begun.
        if (signal === null) durationMs *= 0.9;
        else if (seen.present.length === 0 && seen.temporaries.length === 0) durationMs *= 1.1;
        options.onKill?.(killed);
      }
      const child = startChild(script, server.url, folder, fixture.coordinates);
      await child.started;
      const startedMs = performance.now();
      const { code, lines, stderr } = await child.ended;
      if (durationMs === 0) durationMs = performance.now() - startedMs;
      completions += 1;
      if (code !== 0)
        violations.push(`the run after kill ${killed} ended with ${code}: ${lines.find((line) => !line.startsWith('ok')) ?? ''} ${stderr}`);
      lines.forEach((line, index) => {
        if (line !== expectedLine(fixture, folder, index)) violations.push(`the run after kill ${killed} said: ${line}`);
      });
      const seen = await inspect(join(folder, 'repository'), fixture.files);
      violations.push(...seen.damaged.map((path) => `the run after kill ${killed} left: ${path}`));
      if (seen.present.length !== all) violations.push(`the run after kill ${killed} left ${seen.present.length} of ${all} files`);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  } finally {
    await server.close();
    await home.remove();
  }
  return { killed, finished, halfWay, withTemporaries, completions, violations };
}
