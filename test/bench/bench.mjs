/**
 * Measures the speed targets and writes docs/benchmarks.md.
 *
 *   npm run bench                      all, and the document
 *   npm run bench -- healthy warm      some, to the terminal only
 *   npm run bench -- --runs 3          fewer runs of each
 *
 * Exit code 1 when a target is missed.
 */
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { benchHealthy, benchOutages } from './closure.mjs';
import { benchDependencies } from './dependencies.mjs';
import { benchHedging } from './hedging.mjs';
import { close, missingTools, root } from './lab.mjs';
import { benchLarge } from './large.mjs';
import { benchSignatures, benchTrust } from './trust.mjs';
import { benchWarm } from './warm.mjs';

const benches = {
  healthy: { bench: benchHealthy, runs: 7 },
  dependencies: { bench: benchDependencies, runs: 5 },
  outages: { bench: benchOutages, runs: 5 },
  warm: { bench: benchWarm, runs: 31 },
  large: { bench: benchLarge, runs: 5 },
  signatures: { bench: benchSignatures, runs: 3 },
  trust: { bench: benchTrust, runs: 7 },
  hedging: { bench: benchHedging, runs: 7 },
};

const { values, positionals } = parseArgs({ options: { runs: { type: 'string' } }, allowPositionals: true });
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const unknown = names.find((name) => !(name in benches));
const missing = unknown === undefined ? missingTools() : `no benchmark '${unknown}': ${Object.keys(benches).join(', ')}`;
if (missing !== null) {
  process.stderr.write(`${missing}\n`);
  process.exit(2);
}

const sections = [];
const loadBefore = loadavg()[0];
const missed = [];
try {
  for (const name of names) {
    const { bench, runs } = benches[name];
    const { title, head, rows, notes, checks } = await bench(Number(values.runs ?? runs));
    const section = `## ${title}\n\n${[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n${notes.map((note) => `\n${note}\n`).join('')}`;
    process.stdout.write(`${section}\n`);
    sections.push(section);
    missed.push(...checks.filter(({ value, most = Infinity, least = -Infinity }) => value > most || value < least));
  }
} finally {
  await close();
}

if (positionals.length === 0) {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}, Node ${process.versions.node.split('.')[0]}`;
  const missedLines =
    missed.length === 0
      ? ''
      : `\nTargets missed in this run:\n\n${missed.map(({ what, value, most, least }) => `- ${what}: ${value.toFixed(2)} (${most === undefined ? `at least ${least}` : `at most ${most}`})`).join('\n')}\n`;
  writeFileSync(
    join(root, 'docs/benchmarks.md'),
    `# Benchmarks

Written by \`npm run bench\`. Machine: ${machine}, servers and clients on it together. Figures are medians of
interleaved runs, with the smallest and the largest; ratios are taken between neighbouring runs, so that other work on
the machine strikes both sides.

Load average before and after: ${loadBefore.toFixed(1)} and ${loadavg()[0].toFixed(1)}. Well above 1 before the start means that other work
was running: then read the spreads, and measure again on a quiet machine before trusting a median.
${missedLines}
${sections.join('\n')}`,
  );
}
for (const { what, value } of missed) process.stderr.write(`missed: ${what}: ${value.toFixed(2)}\n`);
process.exit(missed.length === 0 ? 0 : 1);
