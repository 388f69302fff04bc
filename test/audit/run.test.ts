import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Finding } from '../../src/app/audit/contract.js';
import { runAudit } from '../../src/app/audit/engine/run-audit.js';
import type { RunAuditOptions } from '../../src/app/audit/engine/run-options.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { clientOf, keyOf, makeWorld, type World, type WorldOptions } from './stage.js';

export interface Audited {
  readonly world: World;
  readonly home: string;
  readonly run: (output: string, options?: Partial<RunAuditOptions>) => Promise<readonly Finding[]>;
}

async function stage(options: WorldOptions): Promise<Audited> {
  const home = await temporaryFolder();
  const world = await makeWorld(home, options);
  onTestFinished(world.close);
  return {
    world,
    home,
    run: async (output, more) => {
      await runAudit({ plan: world.plan.file, output: join(home, output), client: clientOf(home), rate: 100_000, patience: 0.1, ...more });
      return findingsOf(join(home, output));
    },
  };
}

function findingsOf(file: string): readonly Finding[] {
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Finding)
    .filter((line) => 'finding' in line);
}

test('a full audit finds each planted difference, and nothing else', async () => {
  const { world, run } = await stage({ artifacts: 60, differences: 48 });

  const found = await run('result.jsonl', { full: true });

  expect(new Set(found.map(keyOf))).toEqual(world.planted);
  expect(world.origin.downloads).toBe(0);
});
