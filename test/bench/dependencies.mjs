/** A closure of 200 artifacts from its roots: against Maven, Leiningen and curl, and how the graph alone grows. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { curlClosure } from './contenders.mjs';
import { closureRoots, createGraph, optionsIn, resolveCall } from './graphs.mjs';
import { benchFolder, bundle, measure, prepareData, startChaos, startNginx, verifyJars, work } from './lab.mjs';
import { median, ratios, spread } from './statistics.mjs';

const roundTripMs = 50;
const sizes = [1, 250, 500, 1000, 2000, 4000];

/** The process under test, and what it measured itself. */
async function resolve(call) {
  const run = await measure(process.execPath, resolveCall(call).args);
  return { ...run, ...JSON.parse(run.stdout) };
}

/** Seconds of one cold run of a peer, all of its own choosing; null where it is not installed or fails. */
function peerMs(name, data, url, threads) {
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
  return cold === undefined ? null : Number(cold[4]) * 1000;
}

export async function benchDependencies(runs) {
  const data = prepareData();
  const roots = closureRoots(data);
  const nginx = await startNginx(data.repository);
  const delay = await startChaos('delay', ['--rtt', String(roundTripMs), '--upstream', `127.0.0.1:${nginx.port}`]);
  const url = `http://127.0.0.1:${delay.port}`;
  const walls = { curl: [], ours: [] };
  const memory = [];
  let artifacts = 0;
  for (let run = 0; run < runs; run += 1) {
    walls.curl.push((await curlClosure({ data, primary: url })).wallMs);
    const folder = mkdtempSync(join(work, 'dependencies-'));
    const ours = await resolve({ roots, options: optionsIn(folder, url) });
    artifacts = verifyJars(join(folder, 'local'), data.folder);
    walls.ours.push(ours.wallMs);
    memory.push(ours.memoryMib);
  }
  const peers = [
    ['Maven, mvn dependency:resolve, 10 threads', peerMs('mvn', data, url, 10)],
    ['Leiningen, lein deps', peerMs('lein', data, url, 5)],
  ];
  const growth = await benchGrowth();
  const ours = median(walls.ours);
  const thousand = growth.find(({ size }) => size === 1000);
  const besideParsing = thousand.samples.map(({ cpuMs, parseMs }, round) => cpuMs - parseMs - growth[0].samples[round].cpuMs);
  return {
    title: `A closure of ${artifacts} artifacts from its roots, empty local repository, round trip ${roundTripMs} ms`,
    head: ['Process', 'Wall time', 'clojars-fetch is faster by', 'Target'],
    rows: [
      ['curl, told all files', `${spread(walls.curl, 0)} ms`, `1 / ${spread(ratios(walls.ours, walls.curl))}`, 'at most 2.5 times as long'],
      ...peers.map(([name, ms]) => [
        name,
        ms === null ? 'not here' : `${ms.toFixed(0)} ms`,
        ms === null ? '' : (ms / ours).toFixed(1),
        'at least 12',
      ]),
      ['clojars-fetch', `${spread(walls.ours, 0)} ms`, '1', ''],
      ...growth.map(({ size, cpuMs, parseMs }) => [
        `POMs only, warm, ${size} nodes`,
        `${cpuMs.toFixed(0)} ms processor; parsing alone ${parseMs.toFixed(0)} ms`,
        '',
        size === 1000 ? 'at most 600, 300 of it for model and graph' : '',
      ]),
    ],
    notes: [
      `Peak memory ${spread(memory, 0)} MiB (target: under 140). The nodes of the last rows are POMs of 1 kB with two or three dependencies, read from a warm local repository, in a process that has started; parsing is measured by itself, on the same POMs, in a process of its own. One node shows what every call costs (code is loaded, records are opened); model and graph of 1,000 nodes beside that and parsing: ${spread(besideParsing, 0)} ms.`,
    ],
    checks: [
      { what: 'closure against curl', value: median(ratios(walls.ours, walls.curl)), most: 2.5 },
      ...peers.flatMap(([name, ms]) => (ms === null ? [] : [{ what: `closure against ${name}`, value: ms / ours, least: 12 }])),
      { what: 'peak memory of a closure in MiB', value: median(memory), most: 140 },
      { what: 'processor time of a graph of 1,000 nodes in ms', value: thousand.cpuMs, most: 600 },
      { what: 'processor time of that graph beside parsing and start in ms', value: median(besideParsing), most: 300 },
      { what: 'growth from 1,000 to 4,000 nodes', value: growth.at(-1).cpuMs / thousand.cpuMs, most: 6 },
    ],
  };
}

/**
 * Graphs of growing size: a binary tree with a chord at each node. All sizes in each round, so that a slower moment of the
 * machine strikes all of them, and what is subtracted from each other was measured at the same time.
 */
async function benchGrowth(rounds = 7) {
  const parser = await bundle('parse-poms');
  const graphs = sizes.map(createGraph);
  for (const graph of graphs) await resolve({ ...graph, dependencyOptions: { download: false } });
  const samples = sizes.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { size, remote, ...graph }] of graphs.entries()) {
      const { ownCpuMs: cpuMs, dependencies } = await resolve({ ...graph, dependencyOptions: { download: false } });
      if (dependencies !== size) throw new Error(`a graph of ${size} nodes has ${dependencies}`);
      const { cpuMs: parseMs } = JSON.parse((await measure(process.execPath, [parser, remote])).stdout);
      samples[at].push({ cpuMs, parseMs });
    }
  }
  return sizes.map((size, at) => ({
    size,
    samples: samples[at],
    cpuMs: median(samples[at].map(({ cpuMs }) => cpuMs)),
    parseMs: median(samples[at].map(({ parseMs }) => parseMs)),
  }));
}
