/** 200 artifacts, 448 files with one checksum each, over a round trip of 50 ms: against curl, and past a failing primary. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { curlClosure, fetchClosure } from './contenders.mjs';
import { coordinatesOf, createCertificate, prepareData, startChaos, startNginx, work } from './lab.mjs';
import { checksAgainstOlder, contest, fieldOf, ratiosOf, timesTable } from './contest.mjs';
import { median, ratios, spread } from './statistics.mjs';

const roundTripMs = 50;

/** nginx over the generated repository, and its address behind the round trip. */
export async function behindDelay(data, options) {
  const nginx = await startNginx(data.repository, options);
  const delay = await startChaos('delay', ['--rtt', String(roundTripMs), '--upstream', `127.0.0.1:${nginx.port}`]);
  return { nginx, url: `${options?.tls ? 'https' : 'http'}://127.0.0.1:${delay.port}` };
}

/** Against curl, over HTTP/1.1 with 100 and with the default number of connections, and over HTTP/2. */
export async function benchHealthy(runs, builds) {
  const data = prepareData();
  const coordinates = coordinatesOf(data.files);
  const plain = await behindDelay(data);
  const tls = createCertificate();
  const secure = await behindDelay(data, { tls });
  let requests = 0;
  /** One process of this package, whose requests are counted unless it is of the older build. */
  const fetch = async (dist, more) => {
    await plain.nginx.newRequests();
    const run = await fetchClosure({ data, coordinates, primary: plain.url, dist, ...more });
    if (dist === builds.dist) requests = Math.max(requests, (await plain.nginx.newRequests()).length);
    return run;
  };
  const results = await contest({
    runs,
    builds,
    others: {
      curl: () => curlClosure({ data, primary: plain.url }),
      'curl over HTTP/2': () => curlClosure({ data, primary: secure.url, certificate: tls.certificate }),
    },
    ours: {
      '100 connections': (dist) => fetch(dist, { concurrency: 100 }),
      'default connections': (dist) => fetch(dist, {}),
      'HTTP/2': (dist) => fetch(dist, { primary: secure.url, ca: tls.certificate }),
    },
  });
  const rows = [
    { name: 'curl', title: 'curl --parallel --parallel-max 50, HTTP/1.1' },
    { name: '100 connections', title: 'clojars-fetch, 100 connections', to: 'curl', target: 'wall ≤ 1.5, memory ≤ 120 MiB' },
    { name: 'default connections', title: 'clojars-fetch, default connections (48)', to: 'curl' },
    { name: 'curl over HTTP/2', title: 'curl over HTTP/2' },
    { name: 'HTTP/2', title: 'clojars-fetch over HTTP/2', to: 'curl over HTTP/2', target: 'wall ≤ 1.7' },
  ];
  const processor = fieldOf(results, '100 connections', 'cpuMs');
  return {
    title: `${data.files.filter((file) => file.endsWith('.jar')).length} artifacts, ${data.files.length / 2} files with a checksum each, empty local repository, round trip ${roundTripMs} ms`,
    ...timesTable({ results, rows, builds, ratioTitle: ', ratio to curl' }),
    notes: [
      `The largest number of requests in a run is ${requests} (files and checksums: ${data.files.length}). With 100 connections, a request takes ${(median(processor) / data.files.length).toFixed(2)} ms of processor time. This includes verification, fsync and records; curl does none of these.`,
    ],
    checks: [
      {
        what: 'wall time with 100 connections against curl',
        value: median(ratiosOf(results, '100 connections', 'curl', 'wallMs')),
        most: 1.5,
      },
      { what: 'wall time over HTTP/2 against curl', value: median(ratiosOf(results, 'HTTP/2', 'curl over HTTP/2', 'wallMs')), most: 1.7 },
      { what: 'memory with 100 connections, MiB', value: median(fieldOf(results, '100 connections', 'memoryMib')), most: 120 },
      { what: 'requests', value: requests, most: data.files.length },
      ...checksAgainstOlder(results, 'healthy', { '100 connections': 0.5 }),
    ],
  };
}

/** A fetch takes some hundred milliseconds more or less from one run to the next, as much as a faulty mirror may add. */
const roundsAtLeast = 4;

const faults = [
  ['black hole (no answer to SYN)', 'blackhole', []],
  ['accepts and hangs', 'hang', []],
  ['sends one byte per second', 'trickle', []],
  ['refuses connections', 'refuse', []],
  ['answers 503 to everything', '503', ['--rtt', String(roundTripMs)]],
  ['answers 429 to everything', '429', ['--rtt', String(roundTripMs)]],
];

/** The faulty primary first, a sound mirror behind the same round trip second; then a second process. */
export async function benchOutages(runs, builds) {
  const data = prepareData();
  const coordinates = coordinatesOf(data.files);
  const sound = await behindDelay(data);
  const rows = [];
  const checks = [];
  for (const [name, mode, options] of faults) {
    const faulty = await startChaos(mode, ['--root', data.repository, ...options]);
    let most = 0;
    let caches = null;
    const fetch = async (dist, more) => {
      await sound.nginx.newRequests();
      const faultyFirst = { primary: `http://127.0.0.1:${faulty.port}`, mirrors: [sound.url], caches, ...more };
      const run = await fetchClosure({ data, coordinates, concurrency: 100, dist, ...faultyFirst });
      most = Math.max(most, (await sound.nginx.newRequests()).length);
      return run;
    };
    const results = await contest({
      runs: Math.max(runs, roundsAtLeast),
      builds,
      ours: {
        healthy: (dist) => fetch(dist, { primary: sound.url, mirrors: [], caches: null }),
        // A pair of processes: the second has the records of the first.
        pair: async (dist) => {
          caches = mkdtempSync(join(work, 'caches-'));
          const first = await fetch(dist, {});
          const second = await fetch(dist, {});
          return { wallMs: first.wallMs + second.wallMs, cpuMs: first.cpuMs + second.cpuMs, first, second };
        },
      },
    });
    await faulty.stop();
    const walls = (each) => fieldOf(results, 'pair', each).map(({ wallMs }) => wallMs);
    const healthy = fieldOf(results, 'healthy', 'wallMs');
    const added = walls('first').map((ms, run) => ms - healthy[run]);
    const second = ratios(walls('second'), healthy);
    const processor = ratios(
      fieldOf(results, 'pair', 'first').map(({ cpuMs }) => cpuMs),
      fieldOf(results, 'healthy', 'cpuMs'),
    );
    rows.push([
      name,
      `${spread(healthy, 0)} ms`,
      `${spread(fieldOf(results, 'healthy', 'cpuMs'), 0)} ms`,
      `${spread(added, 0)} ms`,
      spread(processor),
      spread(second),
      String(most),
      ...(builds.older === null ? [] : ['wallMs', 'cpuMs'].map((field) => spread(ratiosOf(results, 'pair', 'pair, older build', field)))),
    ]);
    checks.push({ what: `first process with a faulty primary (${mode}): added ms`, value: median(added), most: 300 });
    checks.push({ what: `second process with a faulty primary (${mode})`, value: median(second), most: 1.1 });
    checks.push(...checksAgainstOlder(results, mode));
  }
  return {
    title: 'The same files with a faulty first mirror and a healthy second one, 100 connections',
    head: [
      'First mirror',
      'Healthy: wall time',
      'Healthy: processor time',
      'First process: wall time added (target ≤ 300 ms)',
      'First process: processor time, ratio to healthy',
      'Second process: wall time, ratio to healthy (target ≤ 1.1)',
      'Most requests to the second mirror',
      ...(builds.older === null ? [] : ['Both: wall time, ratio to the older build', 'Both: processor time, ratio to the older build']),
    ],
    rows,
    notes: [
      'Each row has its own healthy runs, which take turns with the faulty ones. The first process has no records about the mirrors; the second has those of the first.',
    ],
    checks,
  };
}
