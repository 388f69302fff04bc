/** Judges the answers of one mirror. Pure. */
import type { FileState, MetadataFinding, MirrorFindings, SampleFinding } from './findings.js';
import { allowedHours, hoursBehind, hoursByReleases, hoursByTrace, isInFuture } from './freshness.js';
import type { MetadataTally, MirrorProblem, MirrorProblemKind, MirrorVerdict, SampleTally } from './model.js';

/** A certificate that ends sooner is reported: renewal should have succeeded by then. */
const soonDays = 14;

export interface Judgement {
  readonly verdict: MirrorVerdict;
  readonly problems: readonly MirrorProblem[];
  readonly newest: SampleTally;
  readonly old: SampleTally;
  readonly checksums: { readonly compared: number; readonly agreeing: number };
  readonly metadata: MetadataTally;
  readonly hoursBehind: number | null;
  readonly isStale: boolean;
  readonly goodChecks: number;
  readonly checks: number;
}

/** Problems that do not make a mirror faulty: a build does not run into them, or not yet. */
const harmless: ReadonlySet<MirrorProblemKind> = new Set(['address', 'certificate-ends-soon', 'trace', 'stale', 'failed-requests']);

export function judge(findings: MirrorFindings, nowMs: number): Judgement {
  const behind = hoursOf(findings, nowMs);
  const interval = findings.trace.state === 'read' ? findings.trace.value.intervalSeconds : null;
  const allowed = allowedHours(interval);
  const isStale = behind !== null && behind > allowed;
  const metadata = tallyMetadata(findings.metadata);
  const newest = tally(findings.newest);
  const old = tally(findings.old);
  // One that only redirects to another mirror does answer, but not by itself.
  const isUnreachable = findings.failure !== null && findings.elsewhere.length === 0;
  const problems = isUnreachable
    ? [problem('unreachable', findings.failure), ...connectionProblems(findings)]
    : [
        ...connectionProblems(findings),
        ...traceProblems(findings, nowMs),
        ...(isStale ? [problem('stale', `${behind.toFixed(1)} hours behind, ${allowed.toFixed(1)} are allowed`)] : []),
        ...sampleProblems(findings, old),
        ...metadataProblems(findings.metadata, metadata),
        ...behaviourProblems(findings),
      ];
  const isFaulty = problems.some(({ kind }) => !harmless.has(kind));
  const checksums = [...findings.newest, ...findings.old].map(({ checksum }) => checksum).filter((state) => state !== 'unknown');
  return {
    verdict: isUnreachable ? 'unreachable' : isFaulty ? 'faulty' : isStale ? 'stale' : 'good',
    problems,
    newest,
    old,
    checksums: { compared: checksums.length, agreeing: checksums.filter((state) => state === 'right').length },
    metadata,
    hoursBehind: behind,
    isStale,
    ...countChecks(findings),
  };
}

function problem(kind: MirrorProblemKind, detail: string): MirrorProblem {
  return { kind, detail };
}

function hoursOf({ trace, lastSync, newest }: MirrorFindings, nowMs: number): number | null {
  const finishedMs = trace.state === 'read' ? trace.value.finishedMs : null;
  const lastSyncMs = lastSync.state === 'read' ? lastSync.value : null;
  const releases = newest.flatMap(({ releasedMs, file }) => (releasedMs === null ? [] : [{ releasedMs, state: file }]));
  return hoursBehind(hoursByTrace(finishedMs, lastSyncMs, nowMs), hoursByReleases(releases, nowMs));
}

function tally(samples: readonly SampleFinding[]): SampleTally {
  const count = (...states: readonly FileState[]): number => samples.filter(({ file }) => states.includes(file)).length;
  return {
    asked: samples.length,
    right: count('right'),
    missing: count('missing'),
    wrong: count('wrong'),
    unknown: count('failed', 'unknown'),
    bad: samples.filter(({ file }) => file === 'missing' || file === 'wrong').map(({ coordinate }) => coordinate),
  };
}

function tallyMetadata(findings: readonly MetadataFinding[]): MetadataTally {
  const absent = (isUpstream: boolean): string[] =>
    findings.flatMap((one) =>
      one.absentVersion !== null && one.isUpstream === isUpstream ? [`${one.artifact}:${one.absentVersion}`] : [],
    );
  return {
    checked: findings.filter(({ state }) => state === 'read').length,
    dangling: absent(true),
    upstreamDangling: absent(false),
    outdated: findings.filter(({ namesSample }) => namesSample === false).map(({ artifact }) => artifact),
  };
}

function connectionProblems({ ipv4, ipv6, certificate }: MirrorFindings): readonly MirrorProblem[] {
  const families = [
    ['IPv4', ipv4],
    ['IPv6', ipv6],
  ] as const;
  const problems = families.flatMap(([name, { status, detail }]) =>
    status === 'failed' ? [problem('address', `${name}: ${detail}`)] : [],
  );
  if (certificate === null) return problems;
  if (certificate.problem !== null) return [...problems, problem('certificate', certificate.problem)];
  if (certificate.daysLeft >= soonDays) return problems;
  return [...problems, problem('certificate-ends-soon', `its certificate ends in ${certificate.daysLeft} days`)];
}

function traceProblems({ trace, lastSync }: MirrorFindings, nowMs: number): readonly MirrorProblem[] {
  const problems: MirrorProblem[] = [];
  if (trace.state === 'unreadable') problems.push(problem('trace', `its trace cannot be read: ${trace.problem}`));
  if (lastSync.state === 'unreadable') problems.push(problem('trace', `lastsync cannot be read: ${lastSync.problem}`));
  if (trace.state === 'read' && isInFuture(trace.value.finishedMs, nowMs)) problems.push(problem('trace', 'its trace lies in the future'));
  if (lastSync.state === 'read' && isInFuture(lastSync.value, nowMs)) problems.push(problem('trace', 'lastsync lies in the future'));
  return problems;
}

function sampleProblems({ newest, old }: MirrorFindings, oldTally: SampleTally): readonly MirrorProblem[] {
  const all = [...newest, ...old];
  const named = (samples: readonly SampleFinding[]): string =>
    `${samples
      .slice(0, 3)
      .map(({ coordinate }) => coordinate)
      .join(', ')}${samples.length > 3 ? ` and ${samples.length - 3} more` : ''}`;
  const wrong = all.filter(({ file }) => file === 'wrong');
  const checksums = all.filter(({ checksum }) => checksum === 'wrong');
  const missing = old.filter(({ file }) => file === 'missing');
  const failed = all.filter(({ file }) => file === 'failed');
  const problems: MirrorProblem[] = [];
  if (wrong.length > 0) problems.push(problem('wrong-file', `other bytes than the canonical operator published: ${named(wrong)}`));
  if (checksums.length > 0) problems.push(problem('wrong-checksum', `other checksums than the canonical operator's: ${named(checksums)}`));
  if (missing.length > 0)
    problems.push(problem('missing', `${missing.length} of ${oldTally.asked} old releases are missing: ${named(missing)}`));
  if (failed.length > 0) problems.push(problem('failed-requests', `${failed.length} of ${all.length} files were not answered`));
  return problems;
}

function metadataProblems(findings: readonly MetadataFinding[], { dangling }: MetadataTally): readonly MirrorProblem[] {
  const unreadable = findings.filter(({ state }) => state === 'unreadable').map(({ artifact }) => artifact);
  return [
    ...(dangling.length > 0 ? [problem('dangling-metadata', `metadata names versions that are not there: ${dangling.join(', ')}`)] : []),
    ...(unreadable.length > 0 ? [problem('unreadable-metadata', `metadata cannot be read: ${unreadable.join(', ')}`)] : []),
  ];
}

function behaviourProblems({ statusOfNothing, elsewhere }: MirrorFindings): readonly MirrorProblem[] {
  return [
    ...(statusOfNothing !== null && statusOfNothing !== 404 && statusOfNothing !== 410
      ? [problem('soft-404', `a file that does not exist gives status ${statusOfNothing}, not 404`)]
      : []),
    ...(elsewhere.length > 0 ? [problem('elsewhere', `it redirects to ${elsewhere.join(', ')}`)] : []),
  ];
}

/**
 * Counts questions and good answers. A new release that is not there yet is a good answer, since the hours count it; an old one is not.
 * What nothing could be compared with does not count.
 */
function countChecks(findings: MirrorFindings): { readonly goodChecks: number; readonly checks: number } {
  const answers: boolean[] = [findings.failure === null];
  const count = (state: FileState, isNew: boolean): void => {
    if (state !== 'unknown') answers.push(state === 'right' || (state === 'missing' && isNew));
  };
  for (const { file, checksum, releasedMs } of [...findings.newest, ...findings.old]) {
    count(file, releasedMs !== null);
    count(checksum, true);
  }
  for (const { state, absentVersion, isUpstream } of findings.metadata)
    answers.push(state !== 'unreadable' && state !== 'failed' && !(absentVersion !== null && isUpstream === true));
  return { goodChecks: answers.filter(Boolean).length, checks: answers.length };
}
