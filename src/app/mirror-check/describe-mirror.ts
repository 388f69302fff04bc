/** Turns what was found out about a mirror into the result of the public API. */
import type { MirrorTrace, TraceFilter } from '../../maven/mirror-trace/trace.js';
import type { ExaminedMirror } from './repository-check.js';
import type { OwnFile } from './verdict/findings.js';
import { type History, type PastCheck, scorePartsOf, summarizeHistory } from './verdict/history.js';
import { latencyOf } from './verdict/latency.js';
import type { AuditedMirror, CheckedFilter, CheckedMirror, CheckedTrace } from './verdict/model.js';
import { scoreOf } from './verdict/score.js';

/** Records of earlier times. */
export interface Records {
  /** With this check in it; null to rate the mirror by this check alone. */
  readonly history: History | null;
  /** By the URL of the mirror. */
  readonly audit: ReadonlyMap<string, AuditedMirror>;
}

export function describeMirror(repository: string, examined: ExaminedMirror, { history, audit }: Records, nowMs: number): CheckedMirror {
  const { mirror, findings, judgement } = examined;
  const { verdict, problems, newest, old, checksums, metadata, hoursBehind, goodChecks, checks } = judgement;
  const past = history?.get(mirror.url.href) ?? null;
  return {
    repository,
    url: mirror.url.href,
    operator: mirror.operator,
    canonical: mirror.canonical,
    verdict,
    problems,
    ipv4: findings.ipv4,
    ipv6: findings.ipv6,
    certificate: findings.certificate,
    latency: latencyOf(findings.timesMs),
    trace: describeTrace(findings.trace),
    lastSync: findings.lastSync.state === 'read' ? new Date(findings.lastSync.value).toISOString() : null,
    newest,
    old,
    checksums,
    metadata,
    hoursBehind,
    goodChecks,
    checks,
    score: scoreOf(scorePartsOf(past ?? [pastCheckOf(examined, nowMs)])),
    history: past === null ? null : summarizeHistory(past, nowMs),
    audit: audit.get(mirror.url.href) ?? null,
  };
}

/** Returns what a history keeps of a check. */
export function pastCheckOf({ findings, judgement }: ExaminedMirror, nowMs: number): PastCheck {
  const { verdict, hoursBehind, goodChecks, checks } = judgement;
  const { requests, meanMs, deviationMs } = latencyOf(findings.timesMs) ?? { requests: 0, meanMs: 0, deviationMs: 0 };
  return { atMs: nowMs, verdict, hoursBehind, requests, meanMs, deviationMs, goodChecks, checks };
}

function describeTrace(trace: OwnFile<MirrorTrace>): CheckedTrace | null {
  if (trace.state !== 'read') return null;
  const { operator, contact, source, finishedMs, intervalSeconds, filter } = trace.value;
  return {
    operator,
    contact,
    source,
    finished: new Date(finishedMs).toISOString(),
    intervalSeconds,
    filter: filter && describeFilter(filter),
  };
}

function describeFilter({ groups, sinceMs, snapshots, latest, metadata }: TraceFilter): CheckedFilter {
  return { groups, since: sinceMs === null ? null : new Date(sinceMs).toISOString(), snapshots, latest, metadata };
}
