/** A closure of 200 artifacts from its roots: against Maven, Leiningen and curl, and the growth of the graph alone. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { curlClosure } from './contenders.mjs';
import { checksAgainstOlder, contest, fieldOf, ratiosOf, timesTable } from './contest.mjs';
import { closureRoots, commandLineCall, createGraph, optionsIn, resolveCall } from './graphs.mjs';
import { benchFolder, bundle, measure, prepareData, startChaos, startNginx, verifyJars, work } from './lab.mjs';
import { median, spread } from './statistics.mjs';

const roundTripMs = 50;
const sizes = [1, 250, 500, 1000, 2000, 4000];

/** The process under test, and its own measurements. */
async function resolve(call) {
  const run = await measure(process.execPath, resolveCall(call).args);
  return { ...run, ...JSON.parse(run.stdout) };
}

/** One cold run of a peer with its default settings; null if it is not installed or fails. */
function runPeer(name, data, url, threads) {
  const report = join(work, `${name}.tsv`);
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin`, BENCH_STATE: mkdtempSync(join(work, 'peer-')) };
  const { status } = spawnSync(join(benchFolder, 'peers.sh'), ['-n', '1', '-j', String(threads), '-o', report, data.folder, url, name], {
    env,
    stdio: 'ignore',
  });
  if (status !== 0) return null;
  const cold = readFileSync(report, 'utf8')
    .split('\n')
    .map((line) => line.split('\t'))
    .find((fields) => fields[1] === 'cold' && fields[3] === '0');
  if (cold === undefined) return null;
  const [wall, user, system, kib] = cold.slice(4, 8).map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, memoryMib: kib / 1024 };
}

export async function benchDependencies(runs, builds) {
  const data = prepareData();
  const roots = closureRoots(data);
  const nginx = await startNginx(data.repository);
  const delay = await startChaos('delay', ['--rtt', String(roundTripMs), '--upstream', `127.0.0.1:${nginx.port}`]);
  const url = `http://127.0.0.1:${delay.port}`;
  let artifacts = 0;
  const results = await contest({
    runs,
    builds,
    others: {
      curl: () => curlClosure({ data, primary: url }),
      Maven: () => runPeer('mvn', data, url, 10),
      Leiningen: () => runPeer('lein', data, url, 5),
    },
    ours: {
      closure: async (dist) => {
        const folder = mkdtempSync(join(work, 'dependencies-'));
        const run = await resolve({ roots, options: optionsIn(folder, url), dist });
        artifacts = verifyJars(join(folder, 'local'), data.folder);
        return run;
      },
      'command line': async (dist) => {
        const { args, env, local } = commandLineCall({ roots, folder: mkdtempSync(join(work, 'command-line-')), url, dist });
        const run = await measure(process.execPath, args, { env });
        verifyJars(local, data.folder);
        return run;
      },
    },
    once: ['Maven', 'Leiningen'],
  });
  const peers = ['Maven', 'Leiningen'].filter((name) => results[name].length > 0);
  const rows = [
    { name: 'closure', title: 'clojars-fetch', target: 'wall ≤ 1.8 × curl' },
    { name: 'command line', title: 'clojars-fetch deps, the command line', to: 'closure' },
    { name: 'curl', title: 'curl, given the list of all files', to: 'closure' },
    { name: 'Maven', title: 'Maven, mvn dependency:resolve, 10 threads', to: 'closure', target: 'wall ≥ 16' },
    { name: 'Leiningen', title: 'Leiningen, lein deps', to: 'closure', target: 'wall ≥ 16' },
  ];
  const table = timesTable({ results, rows, builds, ratioTitle: ', ratio to clojars-fetch' });
  return {
    title: `A closure of ${artifacts} artifacts from its roots, empty local repository, round trip ${roundTripMs} ms`,
    ...table,
    notes: [
      `clojars-fetch takes ${spread(ratiosOf(results, 'closure', 'curl', 'wallMs'))} times as long as curl. Maven and Leiningen run once, in the first round.`,
    ],
    checks: [
      { what: 'closure against curl', value: median(ratiosOf(results, 'closure', 'curl', 'wallMs')), most: 1.8 },
      ...peers.map((name) => ({ what: `closure against ${name}`, value: median(ratiosOf(results, name, 'closure', 'wallMs')), least: 16 })),
      { what: 'peak memory of a closure in MiB', value: median(fieldOf(results, 'closure', 'memoryMib')), most: 140 },
      ...checksAgainstOlder(results, 'closure'),
    ],
  };
}

/**
 * Graphs of growing size: a binary tree with a chord at each node. All sizes in each round, so that a slower moment of the machine affects
 * all of them, and numbers subtracted from each other were measured at the same time.
 */
export async function benchGraph(runs, builds) {
  const parser = await bundle('parse-poms');
  const graphs = sizes.map((size) => ({ size, ...graphFor(size, builds) }));
  const parse = async (graph) => JSON.parse((await measure(process.execPath, [parser, graph.remote])).stdout).cpuMs;
  const resolveOf = async (graph, dist) => {
    const run = await resolve({ ...graph, dependencyOptions: { download: false }, dist });
    if (run.dependencies !== graph.size) throw new Error(`a graph of ${graph.size} nodes has ${run.dependencies}`);
    return { wallMs: run.wallMs, cpuMs: run.ownCpuMs };
  };
  for (const { ofBuild } of graphs) for (const [dist, graph] of ofBuild) await resolveOf(graph, dist);
  const results = await contest({
    runs,
    builds,
    others: Object.fromEntries(
      graphs.map(({ size, ofBuild }) => [`parse ${size}`, async () => ({ cpuMs: await parse(ofBuild.get(builds.dist)) })]),
    ),
    ours: Object.fromEntries(graphs.map(({ size, ofBuild }) => [`graph ${size}`, (dist) => resolveOf(ofBuild.get(dist), dist)])),
  });
  const cpu = (name) => fieldOf(results, name, 'cpuMs');
  const beside = cpu('graph 1000').map((ms, round) => ms - cpu('parse 1000')[round] - cpu('graph 1')[round]);
  return {
    title: 'A graph without artifacts: POMs from a warm local repository',
    head: [
      'Nodes',
      'Wall time',
      'Processor time',
      'Parsing alone, processor time',
      'Target',
      ...(builds.older === null ? [] : ['Wall time, ratio to the older build', 'Processor time, ratio to the older build']),
    ],
    rows: sizes.map((size) => [
      String(size),
      `${spread(fieldOf(results, `graph ${size}`, 'wallMs'), 0)} ms`,
      `${spread(cpu(`graph ${size}`), 0)} ms`,
      `${spread(cpu(`parse ${size}`), 0)} ms`,
      size === 1000 ? 'half the processor time of 63d2d7c' : size === 4000 ? 'at most 4 times that of 1000' : '',
      ...(builds.older === null
        ? []
        : ['wallMs', 'cpuMs'].map((field) => spread(ratiosOf(results, `graph ${size}`, `graph ${size}, older build`, field)))),
    ]),
    notes: [
      `Each POM has 1 kB and two or three dependencies. Processor time does not include the start of the process; wall time does. Parsing alone is measured on the same POMs in a separate process. The row with one node shows what every call costs: code is loaded and records are opened. Without this and without parsing, 1,000 nodes take ${spread(beside, 0)} ms.`,
    ],
    checks: [
      { what: 'growth from 1,000 to 4,000 nodes', value: median(cpu('graph 4000')) / median(cpu('graph 1000')), most: 4 },
      ...checksAgainstOlder(results, 'POMs only', { 'graph 1000': 0.5 }),
    ],
  };
}

/** Each build has its own local repository: their records may differ. */
function graphFor(size, { dist, older }) {
  return { ofBuild: new Map([dist, ...(older === null ? [] : [older])].map((build) => [build, createGraph(size)])) };
}
