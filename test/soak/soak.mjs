/**
 * Runs the checks that take longer than a test may, and prints a table of the results.
 *
 *   npm run soak                                      all of it
 *   npm run soak -- --kills 50 --coordinates 0        less; 0 leaves a part out
 *   npm run soak -- --only proxy,requests            these parts alone
 *   npm run soak -- --minutes 5                       time limit for each part
 *   npm run soak -- --write docs/soak.md              replaces the rows of these parts in the table of the last results
 *
 * Options: --kills 1000, --coordinates 1000000, --texts 1000000, --mutations 1000000, --webs 300, --projects 0, --poms 2000,
 * --settings 50000, --metadata 5000, --versions 2000000, --schedules 10000, --liars 20000, --artifacts 2000, --processes 4, --proxy 300 (seconds), --requests 1000000, --cacheKills 100,
 * --proxyKills 200, --toolRuns 1, --mirrorKills 1000, --mirrorFiles 20000, --auditFiles 100000, --auditKills 200, --notes 100000,
 * --minutes 60, --seed NUMBER. --only NAME,NAME leaves the other parts out. --projects needs Debian's tools.deps, and in
 * CLOJARS_FETCH_TOOLS_DEPS_CLASSPATH the sources of 0.31 before its jars: 0.16 itself has another answer to about one random graph in
 * two hundred. --poms, --settings, --metadata and --versions need Debian's Maven, --toolRuns Leiningen and Ivy, too. The exit code is 1 if anything was violated, or left out for lack of time.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

import { resultsTable, rowOf, withResults } from './results-page.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const text = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({
  options: {
    kills: text('1000'),
    coordinates: text('1000000'),
    texts: text('1000000'),
    mutations: text('1000000'),
    webs: text('300'),
    projects: text('0'),
    poms: text('2000'),
    settings: text('50000'),
    metadata: text('5000'),
    versions: text('2000000'),
    schedules: text('10000'),
    liars: text('20000'),
    artifacts: text('2000'),
    processes: text('4'),
    proxy: text('300'),
    requests: text('1000000'),
    cacheKills: text('100'),
    only: { type: 'string' },
    proxyKills: text('200'),
    toolRuns: text('1'),
    mirrorKills: text('1000'),
    mirrorFiles: text('20000'),
    auditFiles: text('100000'),
    auditKills: text('200'),
    notes: text('100000'),
    minutes: text('60'),
    seed: text(String(Date.now() % 2 ** 31)),
    write: { type: 'string' },
  },
});

const parts = [
  'kills',
  'coordinates',
  'texts',
  'mutations',
  'webs',
  'projects',
  'poms',
  'settings',
  'metadata',
  'versions',
  'schedules',
  'liars',
  'artifacts',
  'proxy',
  'requests',
  'cacheKills',
  'proxyKills',
  'toolRuns',
  'mirrorKills',
  'mirrorFiles',
  'auditFiles',
  'auditKills',
  'notes',
];
const only = values.only?.split(',') ?? parts;
for (const name of only) {
  if (parts.includes(name)) continue;
  process.stderr.write(`--only: there is no part '${name}'; the parts are ${parts.join(', ')}\n`);
  process.exit(2);
}

function numberOf(name) {
  if (parts.includes(name) && !only.includes(name)) return 0;
  const number = Number(values[name]);
  if (!Number.isFinite(number) || number < 0) {
    process.stderr.write(`--${name} must be a number, not '${values[name]}'\n`);
    process.exit(2);
  }
  return number;
}

/** The modules find their neighbours by `new URL(…, import.meta.url)`, so each keeps its own URL in the bundle. */
const keepModuleUrls = {
  name: 'keep-module-urls',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\](?:src|test)[/\\].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll(/(?<=new URL\([^)]*, )import\.meta\.url/g, JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

/** The bundle lies beneath node_modules, so that it finds the packages. */
async function loadRunner() {
  const parent = join(root, 'node_modules', '.cache');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'clojars-fetch-soak-'));
  try {
    const outfile = join(folder, 'run.mjs');
    await build({
      entryPoints: [join(root, 'test/soak/run.ts')],
      outfile,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      target: 'node20',
      logLevel: 'error',
      plugins: [keepModuleUrls],
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function commitOf() {
  try {
    const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
    return (
      git('rev-parse', '--short=12', 'HEAD') +
      (git('status', '--porcelain', '--', 'src', 'test') === '' ? '' : ', with changes that are not committed')
    );
  } catch {
    return 'unknown';
  }
}

/** The load says how much other work the machine had to do. */
function describeRun(seed) {
  const load = Math.round(loadavg()[2] ?? 0);
  return `${new Date().toISOString().slice(0, 10)}, ${commitOf()}, seed ${seed}, load ${load}`;
}

const seed = numberOf('seed');
const { runSoak } = await loadRunner();
const results = await runSoak({
  kills: numberOf('kills'),
  coordinates: numberOf('coordinates'),
  texts: numberOf('texts'),
  mutations: numberOf('mutations'),
  webs: numberOf('webs'),
  projects: numberOf('projects'),
  poms: numberOf('poms'),
  settings: numberOf('settings'),
  metadata: numberOf('metadata'),
  versions: numberOf('versions'),
  schedules: numberOf('schedules'),
  liars: numberOf('liars'),
  artifacts: numberOf('artifacts'),
  processes: numberOf('processes'),
  proxy: numberOf('proxy'),
  requests: numberOf('requests'),
  cacheKills: numberOf('cacheKills'),
  proxyKills: numberOf('proxyKills'),
  toolRuns: numberOf('toolRuns'),
  mirrorKills: numberOf('mirrorKills'),
  mirrorFiles: numberOf('mirrorFiles'),
  auditFiles: numberOf('auditFiles'),
  auditKills: numberOf('auditKills'),
  notes: numberOf('notes'),
  timeLimitMs: numberOf('minutes') * 60_000,
  seed,
  onProgress: (line) => process.stderr.write(`${line}\n`),
});
const run = describeRun(seed);
process.stdout.write(`${resultsTable(results.map((part) => rowOf(part, run)))}\n`);
for (const { name, violations } of results)
  for (const violation of violations) process.stdout.write(`\nVIOLATED (${name}): ${violation}\n`);
if (values.write !== undefined) writeFileSync(values.write, withResults(readFileSync(values.write, 'utf8'), results, run));
process.exitCode = results.every(({ asked, done, violations }) => violations.length === 0 && done >= asked) ? 0 : 1;
