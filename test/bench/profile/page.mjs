/** The tables of docs/performance.md: each workload before and after. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from '../document.mjs';
import { root } from '../lab.mjs';
import { median } from '../statistics.mjs';

const quiet = 0.5;

/** Replaces the text between `<!-- tables -->` and the next heading of the second level, or the end. */
export function writeTables(measured, load) {
  const file = join(root, 'docs/performance.md');
  const page = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    page.replace(/(?<=<!-- tables -->\n)[\s\S]*?(?=\n## (?!#)|$)/, () => `\n${formatTables(measured, load)}`),
  );
}

function formatTables(measured, load) {
  const { machine, kernel, node } = describeMachine();
  const busy = load > quiet ? ` **The machine was busy**: compare the columns only with each other.` : '';
  const intro = `${machine}, ${kernel}, Node ${node}. Medians. Load average before the start: ${load.toFixed(1)}.${busy}`;
  return `${intro}\n\n${measured.map(([workload, builds]) => formatWorkload(workload, builds)).join('\n')}`;
}

function formatWorkload(workload, builds) {
  const [{ unit, units, rows, rounds }] = builds;
  const medians = rows.map(([title], at) => [title, ...builds.map((build) => median(build.rows[at][1]))]);
  const shown = medians.filter(([, ...each]) => Math.max(...each) >= 0.5);
  const sums = builds.map((_, at) => medians.reduce((sum, row) => sum + row[at + 1], 0));
  const perUnit = (ms) => (units === 1 ? '' : ` (${((ms * 1000) / units).toFixed(0)} µs)`);
  const line = ([title, ...each]) => `| ${title} | ${each.map((ms) => `${ms.toFixed(1)} ms${perUnit(ms)}`).join(' | ')} |`;
  const each = units === 1 ? '' : `; in brackets, microseconds for one ${unit}`;
  return `### ${workload}

The builds ran in turn, ${rounds.length} ${rounds.length === 1 ? 'time' : 'times'} each. Values are milliseconds of processor time of one process${each}.

| Purpose | Before | After |
| --- | ---: | ---: |
${shown.map(line).join('\n')}
${line(['**all**', ...sums])}
`;
}
