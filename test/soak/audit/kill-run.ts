/**
 * Runs of an audit that are killed without notice (`kill -9`) while they ask, and while they write. What is under the name of the result is
 * always whole, and the run that is not killed ends in the bytes of one that was never disturbed.
 */
import { existsSync, rmSync, watch } from 'node:fs';
import { join } from 'node:path';

import { ResultReader } from '../../../src/app/audit/result/result-reader.js';
import { makeWorld, type World } from '../../audit/stage.js';
import { type Chance, createChance } from '../../support/chance.js';
import { createTemporaryFolder } from '../../support/folder.js';
import { startAudit, timelessLines } from './audit-process.js';

export interface AuditKillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly endMs: number;
  readonly onProgress: (line: string) => void;
}

export interface AuditKillResult {
  readonly done: number;
  readonly detail: string;
  readonly violations: readonly string[];
}

/** Kills of one audit, before it may end. */
const mostInRow = 4;

export async function killAudits({ kills, seed, endMs, onProgress }: AuditKillOptions): Promise<AuditKillResult> {
  const home = await createTemporaryFolder();
  const world = await makeWorld(home.path, { artifacts: 14, differences: 12 });
  try {
    const run = new KillRun(world, home.path, createChance(seed));
    await run.undisturbed();
    let told = 0;
    while (run.killed < kills && run.violations.length === 0 && performance.now() < endMs) {
      await run.audit(Math.min(mostInRow, kills - run.killed));
      if (run.killed - told >= 100) onProgress(`  ${(told = run.killed)} audits killed`);
    }
    const detail = `${run.whileWriting} while the result was written; ${run.ended} audits gave the undisturbed result`;
    return { done: run.killed, detail, violations: run.violations };
  } finally {
    await world.close();
    await home.remove();
  }
}

class KillRun {
  killed = 0;
  whileWriting = 0;
  ended = 0;
  readonly violations: string[] = [];
  #isWriting = false;
  readonly #world: World;
  readonly #home: string;
  readonly #chance: Chance;
  #expected: readonly string[] = [];
  /** Requests of the undisturbed run. */
  #requests = 0;

  constructor(world: World, home: string, chance: Chance) {
    this.#world = world;
    this.#home = home;
    this.#chance = chance;
  }

  async undisturbed(): Promise<void> {
    const { said, code } = await startAudit(this.#words('undisturbed.jsonl'), this.#home).ended;
    if (code !== 4) throw new Error(`the undisturbed audit ended with ${code}: ${said}`);
    this.#expected = timelessLines(join(this.#home, 'undisturbed.jsonl'));
    this.#requests = this.#sites.reduce((sum, { requests }) => sum + requests, 0);
  }

  /** Audits, and kills so often on the way; less often if the audit is done before. */
  async audit(kills: number): Promise<void> {
    const file = join(this.#home, 'result.jsonl');
    for (let left = kills, isKilled = true; isKilled; left -= 1) {
      isKilled = await this.#run(left > 0);
      if (existsSync(file)) this.#checkWhole(file, isKilled);
    }
    if (this.violations.length > 0) return;
    const lines = timelessLines(file);
    const at = this.#expected.findIndex((line, index) => line !== lines[index]);
    if (at !== -1 || lines.length !== this.#expected.length)
      this.violations.push(
        `line ${at + 1} of ${lines.length} is not that of ${this.#expected.length}: ${lines[at]} in place of ${this.#expected[at]}`,
      );
    this.ended += 1;
    rmSync(file);
  }

  /** Returns whether it was killed. */
  async #run(mayKill: boolean): Promise<boolean> {
    this.#isWriting = false;
    const audit = startAudit(this.#words('result.jsonl'), this.#home);
    const stop = mayKill ? this.#planKill(audit.kill) : () => undefined;
    const { code, said } = await audit.ended;
    stop();
    if (code !== null && code !== 4) this.violations.push(`the audit ended with ${code}: ${said}`);
    if (code !== null) return false;
    this.killed += 1;
    if (this.#isWriting) this.whileWriting += 1;
    return true;
  }

  /** Kills after some request, or a moment after the result began to be written. Returns how to call it off. */
  #planKill(kill: () => void): () => void {
    if (this.#chance.happens(0.3)) {
      const later = this.#chance.below(4);
      const watcher = watch(this.#home, (_, name) => {
        if (name?.startsWith('result.jsonl.') !== true) return;
        this.#isWriting = true;
        watcher.close();
        setTimeout(kill, later);
      });
      return () => watcher.close();
    }
    let left = 1 + this.#chance.below(this.#requests / 2);
    for (const site of this.#sites)
      site.trick = () => {
        left -= 1;
        if (left === 0) kill();
        return false;
      };
    return () => {
      for (const site of this.#sites) site.trick = () => false;
    };
  }

  #checkWhole(file: string, isKilled: boolean): void {
    const reader = new ResultReader(file);
    try {
      reader.end();
    } catch (error) {
      this.violations.push(`${isKilled ? 'a killed' : 'an'} audit left a result that is not whole: ${String(error)}`);
    } finally {
      reader.close();
    }
  }

  get #sites() {
    return [this.#world.origin, ...Object.values(this.#world.mirrors)];
  }

  #words(output: string): readonly string[] {
    return ['run', '--plan', this.#world.plan.file, '--output', join(this.#home, output), '--full', '--rate', '100000'];
  }
}
