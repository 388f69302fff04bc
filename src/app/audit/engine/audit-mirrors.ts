/** An audit from its plan to its result, on one machine. */
import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { openMatchingPlan } from '../plan/open-matching-plan.js';
import { planAudit } from '../plan/plan-audit.js';
import { PlanFile } from '../plan/plan-file.js';
import type { PlanAuditOptions } from '../plan/plan-options.js';
import type { AuditSummary } from '../result/audit-summary.js';
import { runPlan } from './run-audit.js';
import type { RunAuditOptions } from './run-options.js';

/** Sets what {@link auditMirrors} asks, and where the result goes. */
export interface AuditMirrorsOptions {
  readonly plan: Omit<PlanAuditOptions, 'output'>;
  readonly run: Omit<RunAuditOptions, 'plan' | 'output' | 'shard'>;
  /** The file to write. */
  readonly output: string;
}

/**
 * Plans an audit of all mirrors and runs it. If it is killed, the next call with the same output goes on with the same plan, unless it asks for another one.
 *
 * @throws {ClojarsFetchError} as {@link planAudit} and runAudit do
 */
export async function auditMirrors({ plan: planOptions, run, output }: AuditMirrorsOptions): Promise<AuditSummary> {
  const file = resolve(output);
  const planned = join(dirname(file), `.${basename(file)}.plan.jsonl.gz`);
  // Millions of lines: the plan of a run that was killed is read once, to see that it is whole, and not again to run it.
  const plan = (await openMatchingPlan(planned, planOptions)) ?? (await makePlan(planned, planOptions));
  const summary = await runPlan(plan, { ...run, output: file });
  rmSync(planned, { force: true });
  return summary;
}

async function makePlan(file: string, options: AuditMirrorsOptions['plan']): Promise<PlanFile> {
  await planAudit({ ...options, output: file });
  return PlanFile.open(file, options.signal ?? new AbortController().signal);
}
