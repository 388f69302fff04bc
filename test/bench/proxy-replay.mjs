/** The requests of Maven for a cold closure, in its order, sent to a new proxy by a small client: no JVM takes a part of the cores. */
import { existsSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { resolveWith } from './build-tools.mjs';
import { behindDelay } from './closure.mjs';
import { contest, fieldOf, timesTable } from './contest.mjs';
import { prepareData, startNginx } from './lab.mjs';
import { startProxy } from './proxy-process.mjs';
import { median } from './statistics.mjs';

/** Connections over which Maven asks for files other than POMs. */
const connections = 5;
const headers = { 'cache-control': 'no-cache', pragma: 'no-cache', 'accept-encoding': 'gzip,deflate', 'user-agent': 'Apache-Maven/3.8.7' };

/** Returns the paths that Maven asks for with an empty local repository, in its order. */
async function questionsOfMaven(data) {
  const nginx = await startNginx(data.repository);
  await resolveWith('mvn', data, `http://127.0.0.1:${nginx.port}`);
  return (await nginx.newRequests()).map((line) => line.split('"')[1].split(' ')[1]);
}

async function ask(base, path, agent) {
  const response = await new Promise((resolve, reject) => http.get(`${base}${path}`, { agent, headers }, resolve).on('error', reject));
  let bytes = 0;
  for await (const piece of response) bytes += piece.length;
  if (response.statusCode !== 200 || bytes === 0) throw new Error(`${path}: ${response.statusCode} ${response.statusMessage}`);
}

/** Asks for each POM and its checksum after the one before, as Maven does; then for the other files, each followed by its checksum. */
async function askAll(base, questions) {
  const isOfPom = (path) => /\.pom(?:\.sha1)?$/.test(path);
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  for (const path of questions.filter(isOfPom)) await ask(base, path, agent);
  const files = questions.filter((path) => !isOfPom(path) && !path.endsWith('.sha1'));
  const isAsked = new Set(questions);
  const worker = async (own) => {
    for (let path = files.shift(); path !== undefined; path = files.shift()) {
      await ask(base, path, own);
      if (isAsked.has(`${path}.sha1`)) await ask(base, `${path}.sha1`, own);
    }
    own.destroy();
  };
  const others = Array.from({ length: connections - 1 }, () => new http.Agent({ keepAlive: true, maxSockets: 1 }));
  await Promise.all([agent, ...others].map(worker));
}

async function replay(dist, { url, nginx, questions }) {
  const proxy = await startProxy({ url, dist });
  try {
    await nginx.newRequests();
    const before = proxy.use();
    const startedMs = performance.now();
    await askAll(proxy.url, questions);
    const wallMs = performance.now() - startedMs;
    const { cpuMs, memoryMib } = proxy.use();
    return { wallMs, cpuMs: cpuMs - before.cpuMs, memoryMib, requests: (await nginx.newRequests()).length };
  } finally {
    await proxy.stop();
  }
}

export async function benchProxyReplay(runs, { dist, older }) {
  // The first builds had no proxy.
  const builds = { dist, older: older !== null && existsSync(join(older, 'proxy.cjs')) ? older : null };
  const data = prepareData();
  const questions = await questionsOfMaven(data);
  const upstream = { ...(await behindDelay(data)), questions };
  const results = await contest({ runs, builds, ours: { replay: (dist) => replay(dist, upstream) } });
  const cpuMs = median(fieldOf(results, 'replay', 'cpuMs'));
  return {
    title: `The proxy alone: the ${questions.length} requests of Maven for a cold closure, by a small client, round trip 50 ms`,
    ...timesTable({
      results,
      rows: [{ name: 'replay', title: 'clojars-fetch proxy, from the first request to the last answer', target: 'processor time ≤ 3 s' }],
      builds,
      ratioTitle: '',
    }),
    notes: [
      `A request takes ${(cpuMs / questions.length).toFixed(2)} ms of processor time. The proxy sends at most ${Math.max(...fieldOf(results, 'replay', 'requests'))} requests.`,
    ],
    checks: [{ what: 'processor time of the proxy for the requests of Maven, ms', value: cpuMs, most: 3000 }],
  };
}
