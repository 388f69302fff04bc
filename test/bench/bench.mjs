/**
 * Measures the speed targets and writes docs/benchmarks.md.
 *
 *   npm run bench                      all, and the document
 *   npm run bench -- healthy warm      some, to the terminal only
 *   npm run bench -- proxy             those whose names begin with it: proxy-cold, proxy-hot and so on
 *   npm run bench -- --runs 3          fewer runs of each
 *   npm run bench -- --scale 0.01 mirror  a smaller share of the data, where there are millions of lines or thousands of files
 *   npm run bench -- --against DIR     also runs an older build: a built checkout, or its dist
 *
 * The document is written again after each benchmark: whatever ends the run later, the values until then are kept.
 *
 * The exit code is 1 if a target is missed or a benchmark fails, 2 if nothing was measured: a tool is missing, or the machine
 * is too busy for the document.
 */
import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchHealthy, benchOutages } from './closure.mjs';
import { benchDependencies, benchGraph } from './dependencies.mjs';
import { benchHedging } from './hedging.mjs';
import { close, distFolder, missingTools } from './lab.mjs';
import { benchLarge } from './large.mjs';
import { describeMachine, formatCheck, formatSection, isMissed, writeDocument } from './document.mjs';
import { benchSignatures, benchTrust } from './trust.mjs';
import { benchToolsDeps } from './tools-deps.mjs';
import { benchProxyCold } from './proxy-cold.mjs';
import { benchProxyCheck } from './proxy-check.mjs';
import { benchProxyHot } from './proxy-hot.mjs';
import { benchProxyLarge } from './proxy-large.mjs';
import { benchProxyReplay } from './proxy-replay.mjs';
import { benchProxyShared } from './proxy-shared.mjs';
import { benchProxyStart } from './proxy-start.mjs';
import { benchAuditLists } from './audit-lists.mjs';
import { benchMirrorIncrement } from './mirror-increment.mjs';
import { benchMirrorPlan } from './mirror-plan.mjs';
import { benchMirrorStats } from './mirror-stats.mjs';
import { benchMirrorSync } from './mirror-sync.mjs';
import { benchS3Listing } from './s3-listing.mjs';
import { benchWarm } from './warm.mjs';

const benches = {
  healthy: { bench: benchHealthy, runs: 7 },
  closure: { bench: benchDependencies, runs: 5 },
  graph: { bench: benchGraph, runs: 7 },
  toolsdeps: { bench: benchToolsDeps, runs: 5 },
  outages: { bench: benchOutages, runs: 5 },
  warm: { bench: benchWarm, runs: 31 },
  large: { bench: benchLarge, runs: 5 },
  signatures: { bench: benchSignatures, runs: 3 },
  trust: { bench: benchTrust, runs: 7 },
  hedging: { bench: benchHedging, runs: 7 },
  'proxy-cold': { bench: benchProxyCold, runs: 3, tools: ['mvn', 'lein'] },
  'proxy-replay': { bench: benchProxyReplay, runs: 5, tools: ['mvn'] },
  'proxy-hot': { bench: benchProxyHot, runs: 5, tools: ['wrk', 'taskset'] },
  'proxy-large': { bench: benchProxyLarge, runs: 5 },
  'proxy-shared': { bench: benchProxyShared, runs: 3 },
  'proxy-start': { bench: benchProxyStart, runs: 7 },
  'proxy-check': { bench: benchProxyCheck, runs: 5 },
  'mirror-plan': { bench: benchMirrorPlan, runs: 3 },
  'mirror-sync': { bench: benchMirrorSync, runs: 3, tools: ['rsync'] },
  'mirror-increment': { bench: benchMirrorIncrement, runs: 5 },
  's3-listing': { bench: benchS3Listing, runs: 5 },
  'mirror-stats': { bench: benchMirrorStats, runs: 3 },
  'audit-lists': { bench: benchAuditLists, runs: 3 },
};
// Node reads these certificates before its first line: 45 ms more for each measured process, which say nothing about any of them.
delete process.env['NODE_EXTRA_CA_CERTS'];

/** Above this, everything else that runs on the machine is measured, too. */
const mostLoad = 0.5;

const { values, positionals } = parseArgs({
  options: { runs: { type: 'string' }, against: { type: 'string' }, scale: { type: 'string' } },
  allowPositionals: true,
});
const names = positionals.length > 0 ? positionals.flatMap(namesOf) : Object.keys(benches);
const isForDocument = positionals.length === 0;
const loadBefore = loadavg()[0];
const builds = {
  dist: distFolder,
  older: values.against === undefined ? null : distOf(resolve(values.against)),
  scale: Number(values.scale ?? 1),
};

const refusal = reasonToRefuse();
if (refusal !== null) {
  process.stderr.write(`${refusal}\n`);
  await close();
  process.exit(2);
}

const sections = [];
const failed = [];
try {
  for (const name of names) {
    await measureSection(name);
    if (isForDocument && sections.length > 0)
      writeDocument({ ...describeMachine(), loadBefore, loadAfter: loadavg()[0], hasOlder: builds.older !== null, sections });
  }
} finally {
  await close();
}

const missed = sections.flatMap(({ checks }) => checks).filter(isMissed);
for (const check of missed) process.stderr.write(`missed: ${formatCheck(check)}\n`);
if (loadBefore > mostLoad) process.stderr.write(`load before the start: ${loadBefore.toFixed(2)}; other work was measured too\n`);
for (const name of failed) process.stderr.write(`failed: ${name}\n`);
process.exit(missed.length + failed.length === 0 ? 0 : 1);

/** A benchmark that fails costs none of the others. */
async function measureSection(name) {
  const { bench, runs } = benches[name];
  try {
    const section = await bench(Number(values.runs ?? runs), builds);
    process.stdout.write(`${formatSection(section)}\n`);
    sections.push(section);
  } catch (error) {
    process.stderr.write(`${name}: ${error instanceof Error ? error.stack : String(error)}\n`);
    failed.push(name);
  }
}

/** The benchmark of this name, or all whose names begin with it. */
function namesOf(word) {
  const found = Object.keys(benches).filter((name) => name === word || name.startsWith(`${word}-`));
  return found.length > 0 ? found : [word];
}

/** A checkout's `dist`, or the folder itself. */
function distOf(folder) {
  return existsSync(join(folder, 'dist')) ? join(folder, 'dist') : folder;
}

function reasonToRefuse() {
  const unknown = names.find((name) => !(name in benches));
  if (unknown !== undefined) return `no benchmark '${unknown}': ${Object.keys(benches).join(', ')}`;
  if (builds.older !== null && !existsSync(join(builds.older, 'cli.cjs'))) return `no build in ${builds.older}`;
  if (!(builds.scale > 0)) return '--scale: not a positive number';
  if (isForDocument && builds.scale !== 1) return '--scale: docs/benchmarks.md is about all of the data';
  if (isForDocument && loadBefore > mostLoad)
    return `load ${loadBefore.toFixed(2)} before the start, at most ${mostLoad} for docs/benchmarks.md: wait until the machine is quiet, or name what to measure, to the terminal only`;
  return missingTools(names.flatMap((name) => benches[name].tools ?? []));
}
