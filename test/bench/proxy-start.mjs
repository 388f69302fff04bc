/** What the proxy adds before anything is asked: its start, and `exec` around a build that needs nothing. */
import { mkdtempSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { warmUnder } from './build-tools.mjs';
import { contest, fieldOf } from './contest.mjs';
import { prepareData, startNginx, work } from './lab.mjs';
import { startProxy } from './proxy-process.mjs';
import { median, spread } from './statistics.mjs';

/** The difference of two builds of three seconds varies by hundreds of milliseconds. */
const pairsAtLeast = 7;

/** From the start of the process to the end of its first answer. The process keeps its compiled code in the home of its folder. */
async function firstAnswer(options) {
  const proxy = await startProxy(options);
  const startedMs = performance.now();
  await new Promise((resolve, reject) => {
    http.get(new URL('/-/health', proxy.url), { agent: false }, (response) => response.on('end', resolve).resume()).on('error', reject);
  });
  const wallMs = proxy.startMs + performance.now() - startedMs;
  const { cpuMs, memoryMib } = proxy.use();
  await proxy.stop();
  return { wallMs, cpuMs, memoryMib };
}

export async function benchProxyStart(runs, { dist }) {
  const data = prepareData();
  const nginx = await startNginx(data.repository);
  const url = `http://127.0.0.1:${nginx.port}`;
  const { plain, exec } = await warmUnder('mvn', data, url, { dist });
  const known = { url, dist, folder: mkdtempSync(join(work, 'proxy-')) };
  await firstAnswer(known);
  const results = await contest({
    runs: Math.max(runs, pairsAtLeast),
    builds: { dist, older: null },
    ours: {},
    others: { start: () => firstAnswer({ url, dist }), again: () => firstAnswer(known), plain, exec },
  });
  const added = fieldOf(results, 'exec', 'wallMs').map((ms, run) => ms - results.plain[run].wallMs);
  const row = (name, title, target) => [
    title,
    ...['wallMs', 'cpuMs'].map((field) => `${spread(fieldOf(results, name, field), 0)} ms`),
    `${spread(fieldOf(results, name, 'memoryMib'), 0)} MiB`,
    target,
  ];
  return {
    title: 'The start of the proxy, and exec around a build with a warm local repository',
    head: ['Process', 'Wall time', 'Processor time', 'Peak memory', 'Target'],
    rows: [
      row('start', 'clojars-fetch proxy, to its first answer, for a new user', '≤ 250 ms'),
      row('again', 'the same, started before', '≤ 250 ms'),
      row('plain', 'mvn dependency:resolve, warm', ''),
      row('exec', 'clojars-fetch exec -- mvn dependency:resolve, warm', '≤ 300 ms more'),
    ],
    notes: [`exec adds ${spread(added, 0)} ms.`],
    checks: [
      { what: 'start of the proxy to its first answer, ms', value: median(fieldOf(results, 'start', 'wallMs')), most: 250 },
      {
        what: 'start of a proxy that was started before, to its first answer, ms',
        value: median(fieldOf(results, 'again', 'wallMs')),
        most: 250,
      },
      { what: 'exec around a warm build: added ms', value: median(added), most: 300 },
    ],
  };
}
