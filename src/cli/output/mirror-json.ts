/** The `--json` documents of `mirror` and `mirrors check`: docs/schema has a JSON Schema for each. */
import type { CheckedMirror, CountReport, MirrorAdmission, MirrorsCheck, MirrorSetupFile, MirrorSyncReport } from '../../mirror.js';

function head(warnings: readonly string[]): { readonly schemaVersion: 1; readonly warnings: readonly string[] } {
  return { schemaVersion: 1, warnings: [...new Set(warnings)] };
}

/** Formats the document of `mirror stats`. Fields are copied by name, so that the contract does not grow by accident. */
export function statisticsDocument({ isUnderstood, logs, days, merged }: CountReport, warnings: readonly string[]) {
  return {
    ...head(warnings),
    isUnderstood,
    logs: logs.map(({ name, lines, understood, formats, isDamaged, countedBefore }) => ({
      name,
      lines,
      understood,
      formats,
      isDamaged,
      countedBefore,
    })),
    days: days.map(({ date, downloads, artifacts, versions, file }) => ({ date, downloads, artifacts, versions, file })),
    merged: merged && { file: merged.file, downloads: merged.downloads, artifacts: merged.artifacts, versions: merged.versions },
  };
}

/** Formats the document of `mirror sync`. */
export function syncDocument(report: MirrorSyncReport, warnings: readonly string[]) {
  const { source, target, dryRun, kind, plan, estimate, published, traffic } = report;
  const { deletions, filter, findings, findingCounts, isComplete, milliseconds } = report;
  const { listed, leftOut, unchanged, missing, suspect, gone, bytes } = plan;
  return {
    ...head([...report.warnings, ...warnings]),
    source,
    target,
    dryRun,
    kind,
    plan: { listed, leftOut, unchanged, missing, suspect, gone, bytes },
    estimate: estimate && { requests: estimate.requests, seconds: estimate.seconds },
    published: { files: published.files, bytes: published.bytes },
    traffic: { requests: traffic.requests, bytes: traffic.bytes },
    deletions: { tombstones: deletions.tombstones, due: deletions.due, deleted: deletions.deleted, withheld: deletions.withheld },
    filter: filter && { metadata: filter.metadata, versions: filter.versions },
    findings: findings.map((finding) => ({ kind: finding.kind, key: finding.key, detail: finding.detail })),
    findingCounts,
    isComplete,
    milliseconds,
  };
}

/** Formats the document of `mirrors check`. */
export function mirrorsCheckDocument({ checkedAt, seed, samples, mirrors }: MirrorsCheck, warnings: readonly string[]) {
  return {
    ...head(warnings),
    checkedAt,
    seed,
    samples: samples.map(({ repository, newest, old }) => ({ repository, newest, old })),
    mirrors: mirrors.map((mirror) => ({ ...checkedMirrorEntry(mirror), audit: mirror.audit })),
  };
}

/** Formats the document of `mirrors check --admit`. */
export function admissionDocument(admission: MirrorAdmission, warnings: readonly string[]) {
  const { url, admitted, conditions, mirror, checkedAt, seed, sample } = admission;
  return { ...head(warnings), checkedAt, seed, url, admitted, conditions, sample, mirror: checkedMirrorEntry(mirror) };
}

function checkedMirrorEntry(mirror: CheckedMirror) {
  const { repository, url, operator, canonical, verdict, problems, ipv4, ipv6, certificate, latency, trace, lastSync } = mirror;
  const { newest, old, checksums, metadata, hoursBehind, goodChecks, checks, score, history } = mirror;
  return {
    repository,
    url,
    operator,
    canonical,
    verdict,
    problems,
    ipv4,
    ipv6,
    certificate,
    latency,
    trace,
    lastSync,
    newest,
    old,
    checksums,
    metadata,
    hoursBehind,
    goodChecks,
    checks,
    score,
    history,
  };
}

/** Formats the document of `mirror setup`. */
export function setupFilesDocument(files: readonly MirrorSetupFile[], written: boolean, warnings: readonly string[]) {
  return { ...head(warnings), written, files: files.map(({ path, state, diff }) => ({ path, state, diff })) };
}
