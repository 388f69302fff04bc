/**
 * `clojars-fetch/audit`: holds mirrors against the canonical repository.
 *
 * @packageDocumentation
 */

export type {
  AuditedScope,
  AuditPlace,
  DigestLine,
  EndLine,
  Evidence,
  Facts,
  Finding,
  FindingClass,
  FindingCounts,
  FindingKind,
  PlaceSummary,
  PlanEntry,
  PlanHeader,
  PlanSidecar,
  ResultHeader,
  Shard,
} from './app/audit/contract.js';
export { findingClasses, originName } from './app/audit/contract.js';
export type { CompareAuditsOptions } from './app/audit/compare-audits.js';
export { compareAudits } from './app/audit/compare-audits.js';
export { earlierResults } from './app/audit/earlier-results.js';
export type { MergeAuditsOptions } from './app/audit/merge-audits.js';
export { mergeAudits } from './app/audit/merge-audits.js';
export type { ClassCounts } from './app/audit/result/tally.js';
export { countsByClass } from './app/audit/result/tally.js';
export type { AuditSummary } from './app/audit/result/audit-summary.js';
export type { PlannedAudit } from './app/audit/plan/plan-audit.js';
export { planAudit } from './app/audit/plan/plan-audit.js';
export type { AuditClientOptions, PlanAuditOptions } from './app/audit/plan/plan-options.js';
export type { AuditPageOptions } from './app/audit/page/write-audit-page.js';
export { checkAuditPage, writeAuditPage } from './app/audit/page/write-audit-page.js';
export type { AuditKey, CreateAuditKeyOptions } from './app/audit/note/create-key.js';
export { createAuditKey } from './app/audit/note/create-key.js';
export type { SignAuditOptions, SignedAudit } from './app/audit/note/sign-audit.js';
export { readAuditKey, signAudit } from './app/audit/note/sign-audit.js';
export { runAudit } from './app/audit/engine/run-audit.js';
export type { AuditProgress, RunAuditOptions } from './app/audit/engine/run-options.js';
export type { AuditMirrorsOptions } from './app/audit/engine/audit-mirrors.js';
export { auditMirrors } from './app/audit/engine/audit-mirrors.js';
export { shardOf } from './app/audit/engine/shard-of.js';
export type { AuditListsOptions } from './app/audit/lists/audit-lists.js';
export { auditLists } from './app/audit/lists/audit-lists.js';
