/** Formats the results of `mirrors check` as text. */
import { findingClasses } from '../../audit.js';
import type { CheckedMirror, MirrorAdmission, MirrorsCheck, SampleTally } from '../../mirror.js';
import { columns } from './columns.js';
import { showText, type Style } from './render.js';

const headings = ['mirror', 'verdict', 'score', 'hours behind', 'median', 'p95', 'newest', 'old', 'sums', 'IPv4', 'IPv6', 'TLS days'];

/** A table with the best mirrors first, and beneath it what is wrong with each. */
export function formatMirrorsCheck({ mirrors, samples, seed }: MirrorsCheck, style: Style): string {
  const hasHistory = mirrors.some(({ history }) => history !== null);
  const rows = mirrors.map((mirror) => [...cellsOf(mirror), ...(hasHistory ? [mirror.history?.days ?? '-'] : [])]);
  const lines = columns([[...headings, ...(hasHistory ? ['last 30 days'] : [])], ...rows]);
  const problems = mirrors.flatMap((mirror) => problemsOf(mirror, style));
  const audits = mirrors.flatMap((mirror) => auditOf(mirror, style));
  const again = samples.some(({ old }) => old.length > 0) ? ['', repetition(seed)] : [];
  return [...lines, ...(problems.length > 0 ? ['', ...problems] : []), ...(audits.length > 0 ? ['', ...audits] : []), ...again]
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

function repetition(seed: number): string {
  return `--seed ${seed} draws the same old releases again`;
}

function cellsOf({ url, verdict, score, hoursBehind, latency, newest, old, checksums, ipv4, ipv6, certificate }: CheckedMirror): string[] {
  return [
    showText(url),
    verdict,
    score === null ? '-' : score.toFixed(2),
    hoursBehind === null ? '-' : hoursBehind.toFixed(1),
    milliseconds(latency?.medianMs),
    milliseconds(latency?.p95Ms),
    share(newest),
    share(old),
    checksums.compared === 0 ? '-' : `${checksums.agreeing}/${checksums.compared}`,
    ipv4.status,
    ipv6.status,
    certificate === null ? '-' : String(certificate.daysLeft),
  ];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '-' : `${Math.round(value)} ms`;
}

function share({ asked, right }: SampleTally): string {
  return asked === 0 ? '-' : `${right}/${asked}`;
}

function problemsOf({ url, verdict, problems }: CheckedMirror, style: Style): string[] {
  const paint = verdict === 'faulty' || verdict === 'unreachable' ? style.red : style.yellow;
  return problems.map(({ kind, detail }) => `${paint(kind)}  ${showText(url)}: ${showText(detail)}`);
}

const lies: ReadonlySet<string> = new Set(Object.entries(findingClasses).flatMap(([kind, name]) => (name === 'lie' ? [kind] : [])));

/** One line for a mirror that the last audit knows. */
function auditOf({ url, audit }: CheckedMirror, style: Style): string[] {
  if (audit === null) return [];
  const found = Object.entries(audit.findings);
  const paint = found.some(([kind]) => lies.has(kind)) ? style.red : found.length > 0 ? style.yellow : style.green;
  const findings = found.length === 0 ? 'no findings' : found.map(([kind, count]) => `${count} ${kind}`).join(', ');
  return [
    `${paint('audit')}  ${showText(url)}: ${findings} in ${audit.files} files, ${audit.until.slice(0, 10)}, from ${showText(audit.vantage)}`,
  ];
}

/** Every condition with what was found, and the verdict at the end. */
export function formatAdmission({ url, admitted, conditions, seed }: MirrorAdmission, style: Style): string {
  const paints = { met: style.green, missing: style.red, unknown: style.yellow };
  const lines = columns(
    conditions.map(({ id, required, status, detail }) => [status, id, required ? 'required' : 'recommended', showText(detail)]),
  ).map((line, index) => {
    const status = conditions[index]?.status ?? 'unknown';
    return paints[status](status) + line.slice(status.length);
  });
  const open = conditions.filter(({ required, status }) => required && status !== 'met').map(({ id }) => id);
  const verdict = admitted ? style.green('it can be admitted') : style.red(`it cannot be admitted: ${open.join(', ')}`);
  return `${[...lines, '', `${showText(url)}: ${verdict}`, repetition(seed)].join('\n')}\n`;
}
