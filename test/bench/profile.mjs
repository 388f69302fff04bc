/**
 * Shows where the processor time of a workload goes, by Node's own profiler.
 *
 *   npm run profile -- healthy               448 files with their checksums, 100 connections, round trip 50 ms
 *   npm run profile -- closure               the same files from their roots
 *   npm run profile -- graph                 1,000 POMs from a warm local repository
 *   npm run profile -- warm                  the command line, with every file already local
 *   npm run profile -- healthy --in DIR      another checkout with its packages installed; its sources are built
 *   npm run profile -- document --in DIR     all of them, that checkout and this one in turn, for docs/performance.md
 *   npm run profile -- healthy --runs 9      more runs of each
 *   npm run profile -- healthy --top 40      more functions
 *
 * The profiles are kept and can be opened in the developer tools of a browser.
 */
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { close, measure, missingTools, root, run } from './lab.mjs';
import { categories } from './profile/categories.mjs';
import { readProfile } from './profile/read-profile.mjs';
import { writeTables } from './profile/page.mjs';
import { createSources } from './profile/sources.mjs';
import { workloads } from './profile/workloads.mjs';
import { median, spread } from './statistics.mjs';

const threads = join(dirname(fileURLToPath(import.meta.url)), 'profile/threads.cjs');
const { values, positionals } = parseArgs({
  options: { in: { type: 'string' }, runs: { type: 'string' }, top: { type: 'string', default: '15' } },
  allowPositionals: true,
});
const [name] = positionals;
const isKnown = positionals.length === 1 && (name in workloads || (name === 'document' && values.in !== undefined));
const wrong = isKnown ? missingTools() : `usage: npm run profile -- ${Object.keys(workloads).join('|')} [--in DIR]`;
if (wrong !== null) {
  process.stderr.write(`${wrong}\n`);
  await close();
  process.exit(2);
}
const load = loadavg()[0];
const projects = name === 'document' ? [resolve(values.in), root] : [resolve(values.in ?? root)];
try {
  const builds = projects.map((project) => ({ project, dist: buildWithSourceMaps(project) }));
  const measured = [];
  for (const workload of name === 'document' ? Object.keys(workloads) : [name]) {
    const each = await profile(workload, builds);
    for (const one of each) print({ ...one, workload });
    measured.push([workload, each]);
  }
  if (name === 'document') writeTables(measured, load);
} finally {
  await close();
}

/** Profiles the builds in turn. */
async function profile(workload, builds) {
  const contenders = [];
  for (const { project, dist } of builds) {
    const folder = mkdtempSync(join(tmpdir(), `clojars-fetch-profile-${workload}-`));
    contenders.push({ project, folder, rounds: [], sourceOf: createSources(project, dist), ...(await workloads[workload]({ dist })) });
  }
  const start = ({ args, env }, nodeOptions, more) => measure(process.execPath, [...nodeOptions, ...args], { env: { ...env, ...more } });
  for (const { call, warmUp } of contenders) for (let at = 0; at < warmUp; at += 1) await start(call(), [], {});
  for (let at = 0; at < Number(values.runs ?? contenders[0].runs); at += 1) {
    for (const { call, folder, rounds, intervalMicros, sourceOf } of contenders) {
      const plain = await runAndReport(start, call(), join(folder, `${at}.json`));
      const profiled = await runUnderProfiler(start, call(), { folder: join(folder, String(at)), intervalMicros, sourceOf });
      rounds.push({ ...plain, ...inMilliseconds(profiled, plain.mainMs), profiledMs: profiled.totalMs });
    }
  }
  return contenders.map(({ project, folder, rounds, unit, units }) => ({ project, folder, unit, units, rounds, rows: rowsOf(rounds) }));
}

/** Beneath the project's packages, so that the build finds them. */
function buildWithSourceMaps(project) {
  const dist = join(project, 'node_modules/.cache/clojars-fetch-profile');
  process.stderr.write(`building ${project} with source maps\n`);
  rmSync(dist, { recursive: true, force: true });
  run(join(project, 'node_modules/.bin/tsup'), ['--sourcemap', '--no-dts', '--out-dir', dist], process.env, project);
  return dist;
}

/** The time of each kind of thread in milliseconds, and the part of the process's life that was its own. */
async function runAndReport(start, call, report, options = []) {
  await start(call, [...options, '--require', threads], { CLOJARS_FETCH_BENCH_THREADS: report });
  const { startMs, mainMs, helpersMs, poolMs, totalMs, ...within } = JSON.parse(readFileSync(report, 'utf8'));
  const endedMs = Math.max(0, totalMs - startMs - mainMs - helpersMs - poolMs);
  return { startMs, mainMs, helpersMs, poolMs, endedMs, totalMs, within };
}

/** Samples of the main thread by purpose and by function. */
async function runUnderProfiler(start, call, { folder, intervalMicros, sourceOf }) {
  mkdirSync(folder);
  const options = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${intervalMicros}`];
  const { within, totalMs } = await runAndReport(start, call, join(folder, 'threads.json'), options);
  // Other threads have profiles of their own; the number of the main thread is 0.
  const file = readdirSync(folder).find((entry) => /\.0\.\d+\.cpuprofile$/.test(entry));
  return { ...readProfile(join(folder, file), sourceOf, within), totalMs };
}

/**
 * The profiler measures wall time, and slows the code that it watches. So it only determines the shares; the total comes from the kernel's
 * account of a run without the profiler.
 */
function inMilliseconds({ idle, byPurpose, byFunction }, mainMs) {
  const scale = mainMs / [...byPurpose.values()].reduce((sum, micros) => sum + micros, 0);
  return {
    idleMs: idle / 1000,
    purposes: new Map([...byPurpose].map(([purpose, micros]) => [purpose, micros * scale])),
    functions: new Map([...byFunction].map(([title, { micros, purpose }]) => [title, { ms: micros * scale, purpose }])),
  };
}

/** Milliseconds of each round by purpose and by kind of thread; each millisecond of a process is in one row. */
function rowsOf(rounds) {
  const of = (field) => rounds.map((round) => round[field]);
  return [
    ['Node, before the first line of ours', of('startMs')],
    ...categories.map((purpose) => [purpose, rounds.map(({ purposes }) => purposes.get(purpose) ?? 0)]),
    ['thread pool: file system calls, names', of('poolMs')],
    ["V8's helpers: compiler, collector", of('helpersMs')],
    ['threads that ended', of('endedMs')],
  ];
}

function print({ workload, project, rounds, rows: all, unit, units, folder }) {
  const of = (field) => rounds.map((round) => round[field]);
  const rows = all.filter(([, each]) => median(each) >= 0.05);
  const total = rows.reduce((sum, [, each]) => sum + median(each), 0);
  const line = ([title, each]) =>
    `| ${title.padEnd(44)} | ${spread(each, 1).padStart(22)} | ${((100 * median(each)) / total).toFixed(1).padStart(5)} % | ${((median(each) * 1000) / units).toFixed(1).padStart(9)} |`;
  process.stdout.write(
    `${workload}, ${project}: ${rounds.length} runs, each beside one under the profiler; Node ${process.version}; load before: ${load.toFixed(1)}

Processor time: ${spread(of('totalMs'), 0)} ms; under the profiler: ${spread(of('profiledMs'), 0)} ms

| ${'Processor time of one process'.padEnd(44)} | ${'ms'.padStart(22)} |   share | µs per ${unit} |
| --- | ---: | ---: | ---: |
${rows.map(line).join('\n')}
| ${'sum'.padEnd(44)} | ${total.toFixed(1).padStart(22)} | 100.0 % | ${((total * 1000) / units).toFixed(1).padStart(9)} |

Idle, of the main thread: ${spread(of('idleMs'), 0)} ms.

${topFunctions(rounds)}

Profiles: ${folder}

`,
  );
}

function topFunctions(rounds) {
  const sums = new Map();
  for (const { functions } of rounds) {
    for (const [title, { ms, purpose }] of functions) {
      const entry = sums.get(title) ?? { ms: 0, purpose };
      entry.ms += ms / rounds.length;
      sums.set(title, entry);
    }
  }
  return [...sums]
    .sort(([, a], [, b]) => b.ms - a.ms)
    .slice(0, Number(values.top))
    .map(([title, { ms, purpose }]) => `${ms.toFixed(1).padStart(7)} ms  ${purpose.padEnd(26)} ${title}`)
    .join('\n');
}
