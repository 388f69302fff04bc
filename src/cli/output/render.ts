/** Formats text for people. Colors and escaping live here: all text that a server may have written passes through showText(). */
import { type ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ClientEvent } from '../../base/event.js';
import {
  type DependencyExplanation,
  type Diagnosis,
  type MirrorLies,
  type MirrorStatus,
  parseProof,
  type Resolution,
  type ResolvedArtifact,
  type VersionList,
} from '../../index.js';
import { columns } from './columns.js';
import { counted } from './counted.js';
import { internalErrorHint } from './exit-code.js';

/** Bounds one piece of text. Sentences and paths have limits of their own, so this rarely cuts anything. */
const maxShown = 4096;

/** Makes one line of text from any source safe for a terminal. */
export function showText(text: string): string {
  return escapeForDisplay(text, maxShown);
}

/** Wraps text in a color, or returns it unchanged. */
export interface Style {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** @param enabled false leaves all text as it is */
export function createStyle(enabled: boolean): Style {
  const paint = (code: number) => (text: string) => (enabled ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { red: paint(31), green: paint(32), yellow: paint(33), cyan: paint(36), dim: paint(2) };
}

/**
 * Whether to color a stream: `--color` decides first, then `NO_COLOR` (no-color.org: set and not empty), then whether
 * it is a terminal that supports colors.
 */
export function wantsColor(when: 'auto' | 'always' | 'never', isTerminal: boolean, environment: NodeJS.ProcessEnv): boolean {
  if (when !== 'auto') return when === 'always';
  return isTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb';
}

/** Formats an error: what happened, what was tried, a blank line, and what to do next. Ends with a line feed. */
export function formatError(error: unknown, style: Style, verbose: boolean): string {
  const lines = [`${style.red('error:')} ${showText(messageOf(error))}`];
  if (isClojarsFetchError(error)) {
    lines.push(...formatAttempts(error));
    if (verbose) lines.push(style.dim(`  ${error.code}, reason ${showText(error.reason)}${causeOf(error)}`));
    if (error.hint !== undefined) lines.push('', `${style.cyan('hint:')} ${showText(error.hint)}`);
  } else {
    if (verbose && error instanceof Error && error.stack !== undefined)
      lines.push(
        ...error.stack
          .split('\n')
          .slice(1)
          .map((line) => showText(line)),
      );
    lines.push('', `${style.cyan('hint:')} ${internalErrorHint}`);
  }
  return `${lines.join('\n')}\n`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Quotes the cause, unless it is an error of this package: the message quotes that already. */
function causeOf({ cause }: Error): string {
  return cause instanceof Error && !isClojarsFetchError(cause) ? `; cause: ${showText(cause.message)}` : '';
}

/**
 * Lists the attempts in columns: mirror, outcome with status, duration. Attempts that failed alike share a line, because a
 * second round on dead mirrors tells nothing new. A detail that the message already quotes is omitted.
 */
function formatAttempts({ attempts, cause }: ClojarsFetchError): string[] {
  const quoted = isClojarsFetchError(cause) ? cause.message : undefined;
  const groups = new Map<string, { readonly cells: readonly string[]; readonly detail: string; readonly durations: number[] }>();
  for (const attempt of attempts) {
    const what = attempt.path === undefined ? attempt.mirror : `${attempt.mirror}${attempt.path}`;
    const detail = attempt.detail === undefined || attempt.detail === quoted ? '' : `  ${showText(attempt.detail)}`;
    const cells = [showText(what), showText(formatOutcome(attempt.outcome, attempt.status))];
    const key = JSON.stringify([cells, detail]);
    const group = groups.get(key) ?? { cells, detail, durations: [] };
    group.durations.push(Math.round(attempt.ms));
    groups.set(key, group);
  }
  const rows = [...groups.values()].map(({ cells, detail, durations }) => {
    const times = durations.length === 1 ? '' : ` (${durations.length} times)`;
    return [...cells, `${Math.max(...durations)} ms${times}${detail}`];
  });
  return columns(rows).map((line) => `  ${line}`);
}

function formatOutcome(outcome: string, status: number | null): string {
  return status === null ? outcome : `${outcome} (${status})`;
}

/**
 * Formats an event as one line; undefined for events without a line (`bytes`). Warnings are shown unless `--quiet`, all
 * other lines only with `--verbose`.
 */
export function formatEvent(event: ClientEvent, style: Style): string | undefined {
  switch (event.type) {
    case 'attempt-started':
      return style.dim(
        `trying    ${showText(event.mirror)}${showText(event.path)}${event.hedge ? ' (hedge: another mirror is slow)' : ''}`,
      );
    case 'attempt-ended': {
      const line = `${showText(event.mirror)}${showText(event.path)}: ${formatOutcome(event.outcome, event.status)}, ${Math.round(event.ms)} ms`;
      const detail = event.detail === undefined ? '' : `: ${showText(event.detail)}`;
      if (event.outcome === 'ok') return `${style.green('answered')}  ${line}${detail}`;
      if (event.outcome === 'aborted') return style.dim(`dropped   ${line}${detail}`);
      return `${style.yellow(event.outcome === 'not-found' ? 'absent' : 'refused')}${event.outcome === 'not-found' ? '    ' : '   '}${line}${detail}`;
    }
    case 'failed-over':
      return `failover  ${showText(event.path)}: from ${showText(event.from)} (${showText(event.outcome)}) to ${showText(event.to)}`;
    case 'verified':
      return `${style.green('verified')}  ${showText(event.path)}: ${event.level}${event.proofs.length > 0 ? ` (${event.proofs.map((proof) => showText(proof)).join(', ')})` : ''}`;
    case 'signature':
      return `${event.decision === 'proof' ? style.green('signed   ') : style.yellow('signature')} ${showText(event.path)}: ${event.status}: ${showText(event.sentence)}`;
    case 'placed':
      return `placed    ${showText(event.file)} (${event.size} bytes)`;
    case 'circuit-opened':
      return `${style.yellow('circuit')}   ${showText(event.origin)} goes to the end of the list until ${new Date(event.untilMs).toISOString()} (${showText(event.reason)})`;
    case 'warning':
      return formatWarning(event.message, style);
    case 'bytes':
      return undefined;
  }
}

export function formatWarning(message: string, style: Style): string {
  return `${style.yellow('warning:')} ${showText(message)}`;
}

/** Summarizes an artifact in one line for stderr: where it came from and how it was verified. */
export function formatArtifactSummary(artifact: ResolvedArtifact): string {
  const { level, proofs } = artifact.verification;
  const from = artifact.mirror === null ? 'the local repository' : `${artifact.repository ?? 'a repository'} (${artifact.mirror})`;
  return showText(`${artifact.coordinate} from ${from}, verified: ${level}${proofs.length > 0 ? ` [${proofs.join(', ')}]` : ''}`);
}

/** Summarizes a closure in one line for stderr: how many artifacts it has and where they came from. */
export function formatResolutionSummary({ dependencies, poms }: Resolution): string {
  const files = dependencies.filter(({ path }) => path !== null);
  const fetched = files.filter(({ mirror }) => mirror !== null).length;
  const levels = [...new Set(files.flatMap(({ verification }) => (verification === null ? [] : formatLevel(verification))))].sort();
  const verified = levels.length === 0 ? '' : `, verified: ${levels.join(', ')}`;
  const all = `${counted(dependencies.length, 'artifact')} of ${counted(poms.length, 'POM')}`;
  return files.length === 0 ? all : `${all}; ${files.length} in the local repository, ${fetched} of them fetched now${verified}`;
}

/** Formats a level. A lockfile's pin shows the level at locking as well, because a pin does not strengthen a weak proof. */
function formatLevel({ level, proofs }: ResolvedArtifact['verification']): string {
  const [locked] = proofs.flatMap((text) => {
    const proof = parseProof(text);
    return proof?.level === 'pinned' && proof.lockedLevel !== null ? [proof.lockedLevel] : [];
  });
  return locked === undefined ? level : `${level} (${locked} when it was locked)`;
}

/** Lists a closure as `mvn dependency:list` does: `group:artifact:extension[:classifier]:version:scope`, in class path order. */
export function formatDependencies({ dependencies }: Resolution): string {
  return dependencies
    .map(({ group, artifact, extension, classifier, version, scope, optional }) => {
      const name = [group, artifact, extension, ...(classifier === '' ? [] : [classifier]), version, ...(scope === '' ? [] : [scope])].join(
        ':',
      );
      return `${showText(name)}${optional ? ' (optional)' : ''}\n`;
    })
    .join('');
}

/** Makes each line of a text safe for a terminal. */
export function showLines(text: string): string {
  return text.split('\n').map(showText).join('\n');
}

/** Lists every path to an artifact, the kept one first, each step on its own line. */
export function formatExplanation({ group, artifact, paths, truncated }: DependencyExplanation): string {
  const name = showText(`${group}:${artifact}`);
  if (paths.length === 0) return `Nothing depends on ${name}; optional, test and provided dependencies are followed only from a project\n`;
  const kept = paths.filter(({ omitted }) => omitted === null);
  const lines = kept.length === 0 ? [`${name} is not in the closure`] : [];
  for (const one of [...kept, ...paths.filter(({ omitted }) => omitted !== null)]) {
    const last = one.path.length - 1;
    const facts = [
      one.scope,
      ...(one.optional ? ['optional'] : []),
      ...(one.range === null ? [] : [`range ${one.range}`]),
      ...(one.managedFrom.version === undefined ? [] : [`version managed from ${one.managedFrom.version}`]),
      ...(one.managedFrom.scope === undefined
        ? []
        : [`scope managed from ${one.managedFrom.scope === '' ? 'none' : one.managedFrom.scope}`]),
    ].filter((fact) => fact !== '');
    const fate = fateText(one.omitted, one.keptInstead);
    lines.push(
      ...one.path.map((coordinate, index) =>
        showText(`${'  '.repeat(index)}${coordinate}${index === last ? ` (${[...facts, fate].join(', ')})` : ''}`),
      ),
    );
  }
  if (truncated) lines.push('… and more paths, which were not followed');
  return `${lines.join('\n')}\n`;
}

function fateText(omitted: DependencyExplanation['paths'][number]['omitted'], keptInstead: string | null): string {
  switch (omitted) {
    case null:
      return 'kept';
    case 'conflict':
      return `lost to ${keptInstead ?? 'another version'}`;
    case 'duplicate':
      return 'already kept elsewhere';
    case 'excluded':
      return 'excluded';
    case 'cycle':
      return 'leads back to an ancestor';
    case 'cut-off':
      return 'its dependent was left out';
    case 'use-top':
      return `the project itself names ${keptInstead ?? 'another version'}`;
    case 'older-version':
      return `older version than ${keptInstead ?? 'another'}`;
    case 'superseded':
      return keptInstead === null ? 'superseded' : `superseded by the newer version ${keptInstead}`;
    case 'parent-omitted':
      return 'its dependent was superseded';
  }
}

/** Lists the versions, one per line, oldest first. */
export function formatVersions(list: VersionList): string {
  return list.versions.map((version) => `${showText(version)}\n`).join('');
}

/** Lists the mirrors by repository, in the order in which they are asked. */
export function formatMirrors(mirrors: readonly MirrorStatus[], style: Style): string {
  const hasAges = mirrors.some(({ hoursBehind }) => hoursBehind !== null);
  const rows = mirrors.map((mirror) => [
    showText(mirror.repository),
    showText(mirror.url),
    mirror.canonical ? 'canonical' : mirror.trusted ? 'trusted' : 'untrusted',
    mirror.lastResort ? 'last resort' : `priority ${mirror.priority}`,
    mirror.p95Ms === null ? 'p95 unknown' : `p95 ${Math.round(mirror.p95Ms)} ms`,
    ...(hasAges ? [ageOf(mirror)] : []),
    mirror.circuit === 'closed'
      ? style.green('closed')
      : style.yellow(`${mirror.circuit}${mirror.openUntil === null ? '' : ` until ${showText(mirror.openUntil)}`}`),
  ]);
  return columns(rows)
    .flatMap((line, index) => [line, ...(mirrors[index]?.caughtBy ?? []).map((lies) => `  ${style.red(describeLies(lies))}`)])
    .map((line) => `${line}\n`)
    .join('');
}

function describeLies({ operator, audit, until, lies }: MirrorLies): string {
  return `caught lying, so it is asked last: ${lies} ${lies === 1 ? 'lie' : 'lies'} in the audit of ${showText(operator)} (${showText(audit)}, ${showText(until)})`;
}

function ageOf({ hoursBehind, stale }: MirrorStatus): string {
  if (hoursBehind === null) return 'age unknown';
  return `${hoursBehind.toFixed(1)} h behind${stale ? ', stale' : ''}`;
}

/** Formats the findings of `doctor`: where settings come from, then the checks with their hints. */
export function formatDiagnosis(diagnosis: Diagnosis, style: Style): string {
  const lines = [
    `Node ${showText(diagnosis.node)}`,
    `local repository ${showText(diagnosis.localRepository)}`,
    '',
    'Where settings come from',
  ];
  const sources = diagnosis.sources.map((source) => [showText(source.key), showText(displayValue(source.value)), showText(source.from)]);
  lines.push(...columns(sources).map((line) => `  ${line}`), '', 'Checks');
  for (const check of diagnosis.checks) {
    const paint = check.status === 'ok' ? style.green : check.status === 'warn' ? style.yellow : style.red;
    lines.push(`  ${paint(check.status.padEnd(4))}  ${showText(check.name)}: ${showText(check.detail)}`);
    if (check.hint !== undefined) lines.push(`        ${style.cyan('hint:')} ${showText(check.hint)}`);
  }
  return `${lines.join('\n')}\n`;
}

function displayValue(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
}
