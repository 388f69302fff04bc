/** The `--json` documents of `mirror`: docs/schema/mirror-stats.json and mirror-sync.json. */
import type { CountReport, MirrorSyncReport } from '../../mirror.js';

function head(warnings: readonly string[]): { readonly schemaVersion: 1; readonly warnings: readonly string[] } {
  return { schemaVersion: 1, warnings: [...new Set(warnings)] };
}

/** Formats the document of `mirror stats`. Fields are copied by name, so that the contract does not grow by accident. */
export function statisticsDocument({ isUnderstood, logs, days }: CountReport, warnings: readonly string[]) {
  return {
    ...head(warnings),
    isUnderstood,
    logs: logs.map(({ name, lines, understood, formats, isDamaged }) => ({ name, lines, understood, formats, isDamaged })),
    days: days.map(({ date, downloads, artifacts, versions, file }) => ({ date, downloads, artifacts, versions, file })),
  };
}

/** Formats the document of `mirror sync`. */
export function syncDocument(report: MirrorSyncReport, warnings: readonly string[]) {
  const { source, target, dryRun, plan, published, traffic, findings, findingCounts, isComplete, milliseconds } = report;
  const { listed, unchanged, missing, suspect, gone, bytes } = plan;
  return {
    ...head(warnings),
    source,
    target,
    dryRun,
    plan: { listed, unchanged, missing, suspect, gone, bytes },
    published: { files: published.files, bytes: published.bytes },
    traffic: { requests: traffic.requests, bytes: traffic.bytes },
    findings: findings.map(({ kind, key, detail }) => ({ kind, key, detail })),
    findingCounts,
    isComplete,
    milliseconds,
  };
}
