/** Hot files: requests per second, and per second of processor time, against nginx with one worker on the same files. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { contest, fieldOf, ratiosOf } from './contest.mjs';
import { measure, startNginx, work } from './lab.mjs';
import { onCore, startProxy, useOf } from './proxy-process.mjs';
import { median, spread } from './statistics.mjs';

const seconds = 3;
const sizes = [
  { name: '10 KB', bytes: 10_240, least: 0.45 },
  { name: '500 KB', bytes: 512_000, least: 0.6 },
];
const connections = 50;
const manyConnections = 200;

/** A repository with one artifact for each size. Returns its folder, and the path of each file. */
export function createHotFiles() {
  const repository = mkdtempSync(join(work, 'hot-'));
  const paths = sizes.map(({ bytes }) => {
    const path = `/bench/hot-${bytes}/1/hot-${bytes}-1.jar`;
    const content = randomBytes(bytes);
    mkdirSync(join(repository, path, '..'), { recursive: true });
    writeFileSync(join(repository, path), content);
    writeFileSync(join(repository, `${path}.sha1`), createHash('sha1').update(content).digest('hex'));
    return path;
  });
  return { repository, paths };
}

/** Loads a server on core 0 from core 1. */
async function load(server, url, count = connections) {
  const before = server.use();
  const { stdout } = await measure(onCore(1)[0], [...onCore(1).slice(1), 'wrk', '-t1', `-c${count}`, `-d${seconds}s`, url]);
  const [, requests] = /(\d+) requests in/.exec(stdout);
  if (/Non-2xx|Socket errors: connect \d+, read (?!0,)|write (?!0,)/.test(stdout)) throw new Error(`${url} failed under load:\n${stdout}`);
  const cpuMs = server.use().cpuMs - before.cpuMs;
  return { perSecond: Number(requests) / seconds, perCpuSecond: Number(requests) / (cpuMs / 1000) };
}

/** The median of single requests on one connection, in milliseconds. */
async function latency(url, requests = 500) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times = [];
  for (let n = 0; n < requests; n += 1) {
    const startedMs = performance.now();
    await new Promise((resolve, reject) => {
      http.get(url, { agent }, (response) => response.on('end', resolve).on('error', reject).resume()).on('error', reject);
    });
    times.push(performance.now() - startedMs);
  }
  agent.destroy();
  return { latencyMs: median(times) };
}

export async function benchProxyHot(runs, { dist }) {
  const { repository, paths } = createHotFiles();
  const upstream = await startNginx(repository);
  const proxy = await startProxy({ url: `http://127.0.0.1:${upstream.port}`, dist, before: onCore(0) });
  const crowded = await startProxy({ url: `http://127.0.0.1:${upstream.port}`, dist, before: onCore(0) });
  for (const path of paths) for (const { url } of [proxy, crowded]) await latency(`${url}${path}`, 1);
  // The same files, as the proxy keeps them.
  const nginx = await startNginx(proxy.files, { before: onCore(0), isLogged: false });
  const servers = { nginx: { url: `http://127.0.0.1:${nginx.port}`, use: () => useOf(nginx.pid) }, proxy };
  const contenders = Object.entries(servers).flatMap(([server, one]) =>
    paths.flatMap((path, at) => [
      [`${server} ${sizes[at].name}`, () => load(one, `${one.url}${path}`)],
      [`${server} ${sizes[at].name} latency`, () => latency(`${one.url}${path}`)],
    ]),
  );
  // Until V8 has optimized what every request runs.
  for (const path of paths) await load(proxy, `${proxy.url}${path}`);
  const results = await contest({ runs, builds: { dist, older: null }, ours: {}, others: Object.fromEntries(contenders) });
  for (const path of paths) await load(crowded, `${crowded.url}${path}`, manyConnections);
  const { memoryMib } = crowded.use();
  await proxy.stop();
  await crowded.stop();
  const added = (name) =>
    fieldOf(results, `proxy ${name} latency`, 'latencyMs').map((ms, run) => ms - results[`nginx ${name} latency`][run].latencyMs);
  const figures = (name) => ['perSecond', 'perCpuSecond'].map((field) => spread(fieldOf(results, name, field), 0));
  return {
    title: `Hot files: the proxy against nginx with one worker, ${connections} connections kept alive, one core for the server`,
    head: [
      'Server and file',
      'Requests per second',
      'Per second of processor time',
      'Ratio to nginx',
      'Ratio per second of processor time',
      'Latency of one request',
      'Target',
    ],
    rows: sizes.flatMap(({ name, least }) => [
      [`nginx, ${name}`, ...figures(`nginx ${name}`), '1', '1', `${spread(fieldOf(results, `nginx ${name} latency`, 'latencyMs'))} ms`, ''],
      [
        `proxy, ${name}`,
        ...figures(`proxy ${name}`),
        ...['perSecond', 'perCpuSecond'].map((field) => spread(ratiosOf(results, `proxy ${name}`, `nginx ${name}`, field))),
        `${spread(fieldOf(results, `proxy ${name} latency`, 'latencyMs'))} ms`,
        `≥ ${least} per second of processor time`,
      ],
    ]),
    notes: [
      `nginx serves the cache folder of the proxy, without an access log. A single request takes ${spread(added('10 KB'))} ms longer than with nginx at 10 KB. After ${manyConnections} connections have loaded a second proxy with both files, its peak memory is ${memoryMib.toFixed(0)} MiB.`,
    ],
    checks: [
      ...sizes.map(({ name, least }) => ({
        what: `hot file of ${name}: requests per second of processor time, ratio to nginx`,
        value: median(ratiosOf(results, `proxy ${name}`, `nginx ${name}`, 'perCpuSecond')),
        least,
      })),
      { what: 'hot request: added median latency, ms', value: median(added('10 KB')), most: 0.4 },
      { what: `memory with ${manyConnections} hot connections, MB`, value: memoryMib * 1.048576, most: 110 },
    ],
  };
}
