/** Writes docs/benchmarks.md: the last run on this machine, next to the last one on another machine. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { root } from './lab.mjs';

/** Keeps the measured values for the next run, which may be on another machine. */
const store = join(root, 'test/bench/last-runs.json');

/** Describes the kind of machine. Its host name is left out, because the name of a container says nothing. */
export function describeMachine() {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return {
    machine: `${cpus().length} × ${model}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    kernel: `${process.platform} ${release()}`,
    node: process.version,
  };
}

export const isMissed = ({ value, most = Infinity, least = -Infinity }) => !(value <= most && value >= least);

export const formatCheck = (check) => `${check.what}: ${check.value.toFixed(2)} (${formatTarget(check)})`;
const formatTarget = ({ most, least }) => (most === undefined ? `≥ ${least}` : `≤ ${most}`);

const formatTable = ([head, ...rows]) => [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

export function formatSection({ title, head, rows, notes }, level = '##') {
  return `${level} ${title}\n\n${formatTable([head, ...rows])}\n${notes.map((note) => `\n${note}\n`).join('')}`;
}

/** @param run the result of {@link describeMachine}, the loads, whether an older build ran too, and the sections */
export function writeDocument(run) {
  const earlier = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : [];
  const other = earlier.find(({ machine }) => machine !== run.machine);
  const runs = other === undefined ? [run] : [run, other];
  writeFileSync(store, `${JSON.stringify(runs, null, 1)}\n`);
  writeFileSync(join(root, 'docs/benchmarks.md'), formatDocument(runs));
}

export function formatDocument(runs) {
  return `# Benchmarks

\`npm run bench\` writes this page. It refuses to start on a machine with a load above 0.5. Servers and clients run on the
same machine. The contestants take turns. Each figure is the median of all runs, followed by the smallest and the largest
value; each ratio compares two runs of the same turn. Processor time is the user and system time of all threads and child
processes. \`NODE_EXTRA_CA_CERTS\` is not set, since reading a file of certificates takes longer than some of what is measured.
[Performance](performance.md) shows what the time is spent on.

${formatTable([['', ...runs.map((_, at) => `Run ${at + 1}`)], ...facts.map(([title, fact]) => [title, ...runs.map(fact)])])}

## Targets

A **bold** value misses its target. An empty cell was not measured in that run.

${formatTable([['Measured', 'Target', ...runs.map((_, at) => `Run ${at + 1}`)], ...formatChecks(runs)])}

${runs.map((run, at) => `## Run ${at + 1}: ${run.machine}\n\n${run.sections.map((section) => formatSection(section, '###')).join('\n')}`).join('\n')}`;
}

const facts = [
  ['Processors and memory', ({ machine }) => machine],
  ['Kernel', ({ kernel }) => kernel],
  ['Node', ({ node }) => node],
  ['Load before and after', ({ loadBefore, loadAfter }) => `${loadBefore.toFixed(2)}, ${loadAfter.toFixed(2)}`],
  ['Older build in the same run', ({ hasOlder }) => (hasOlder ? 'yes' : 'no')],
];

/** One row for each check of any run. */
function formatChecks(runs) {
  const checksOf = ({ sections }) => sections.flatMap(({ checks }) => checks);
  const all = new Map(
    runs
      .toReversed()
      .flatMap(checksOf)
      .map((check) => [check.what, check]),
  );
  return [...all].map(([what, check]) => {
    const values = runs.map((run) => checksOf(run).find((one) => one.what === what));
    return [what, formatTarget(check), ...values.map(formatValue)];
  });
}

function formatValue(check) {
  if (check === undefined) return '';
  return isMissed(check) ? `**${check.value.toFixed(2)}**` : check.value.toFixed(2);
}
