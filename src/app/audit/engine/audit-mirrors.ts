/** An audit from its plan to its result, on one machine. */
import { rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import { matchesPlan } from '../plan/matches-plan.js';
import { planAudit } from '../plan/plan-audit.js';
import type { PlanAuditOptions } from '../plan/plan-options.js';
import type { AuditSummary } from '../result/audit-summary.js';
import { runAudit } from './run-audit.js';
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
 * @throws {ClojarsFetchError} as {@link planAudit} and {@link runAudit} do
 */
export async function auditMirrors({ plan: planOptions, run, output }: AuditMirrorsOptions): Promise<AuditSummary> {
  const file = resolve(output);
  const plan = join(dirname(file), `.${basename(file)}.plan.jsonl.gz`);
  if (!(await matchesPlan(plan, planOptions))) await planAudit({ ...planOptions, output: plan });
  const summary = await runAudit({ ...run, plan, output: file });
  rmSync(plan, { force: true });
  return summary;
}
