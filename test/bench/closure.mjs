/** 200 artifacts, 448 files and a checksum each, over a round trip of 50 ms: against curl, and past a primary that fails. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { curlClosure, fetchClosure } from './contenders.mjs';
import { coordinatesOf, createCertificate, prepareData, startChaos, startNginx, work } from './lab.mjs';
import { median, ratios, spread } from './statistics.mjs';

const roundTripMs = 50;

/** nginx over the generated repository, and its address behind the round trip. */
export async function behindDelay(data, options) {
  const nginx = await startNginx(data.repository, options);
  const delay = await startChaos('delay', ['--rtt', String(roundTripMs), '--upstream', `127.0.0.1:${nginx.port}`]);
  return { nginx, url: `${options?.tls ? 'https' : 'http'}://127.0.0.1:${delay.port}` };
}

/** Against curl, over HTTP/1.1 with 100 and with the default number of connections, and over HTTP/2. */
export async function benchHealthy(runs) {
  const data = prepareData();
  const coordinates = coordinatesOf(data.files);
  const plain = await behindDelay(data);
  const tls = createCertificate();
  const secure = await behindDelay(data, { tls });
  const walls = { curl: [], hundred: [], standard: [], curlHttp2: [], http2: [] };
  const memory = [];
  const processor = [];
  let requests = 0;
  for (let run = 0; run < runs; run += 1) {
    walls.curl.push((await curlClosure({ data, primary: plain.url })).wallMs);
    await plain.nginx.newRequests();
    const hundred = await fetchClosure({ data, coordinates, primary: plain.url, concurrency: 100 });
    requests = Math.max(requests, (await plain.nginx.newRequests()).length);
    walls.hundred.push(hundred.wallMs);
    memory.push(hundred.memoryMib);
    processor.push(hundred.cpuMs);
    const standard = await fetchClosure({ data, coordinates, primary: plain.url });
    requests = Math.max(requests, (await plain.nginx.newRequests()).length);
    walls.standard.push(standard.wallMs);
    walls.curlHttp2.push((await curlClosure({ data, primary: secure.url, certificate: tls.certificate })).wallMs);
    walls.http2.push((await fetchClosure({ data, coordinates, primary: secure.url, ca: tls.certificate })).wallMs);
  }
  const row = (what, values, baseline, target) => [
    what,
    `${spread(values, 0)} ms`,
    spread(ratios(values, baseline)),
    target,
    median(ratios(values, baseline)),
  ];
  return {
    title: `${data.files.filter((file) => file.endsWith('.jar')).length} artifacts, ${data.files.length / 2} files with a checksum each, empty local repository, round trip ${roundTripMs} ms`,
    head: ['Process', 'Wall time', 'Ratio to curl', 'Target'],
    rows: [
      ['curl --parallel --parallel-max 50, HTTP/1.1', `${spread(walls.curl, 0)} ms`, '1', ''],
      row('clojars-fetch, 100 connections', walls.hundred, walls.curl, '≤ 1.6'),
      row('clojars-fetch, default connections (48)', walls.standard, walls.curl, ''),
      ['curl over HTTP/2', `${spread(walls.curlHttp2, 0)} ms`, '1', ''],
      row('clojars-fetch over HTTP/2', walls.http2, walls.curlHttp2, ''),
    ].map((cells) => cells.slice(0, 4)),
    notes: [
      `Most requests of a run: ${requests} (files + checksums: ${data.files.length}).`,
      `Processor time ${spread(processor, 0)} ms, peak memory ${spread(memory, 0)} MiB, with 100 connections. Verifying, fsync and the records are included; curl does none of these.`,
    ],
    checks: [
      { what: 'wall time with 100 connections against curl', value: median(ratios(walls.hundred, walls.curl)), most: 1.6 },
      { what: 'requests', value: requests, most: data.files.length },
    ],
  };
}

const faults = [
  ['black hole (no answer to SYN)', 'blackhole', []],
  ['accepts and hangs', 'hang', []],
  ['one byte a second', 'trickle', []],
  ['refuses connections', 'refuse', []],
  ['503 to everything', '503', ['--rtt', String(roundTripMs)]],
  ['429 to everything', '429', ['--rtt', String(roundTripMs)]],
];

/** The faulty primary first, a sound mirror behind the same round trip second; then a second process. */
export async function benchOutages(runs) {
  const data = prepareData();
  const coordinates = coordinatesOf(data.files);
  const sound = await behindDelay(data);
  const rows = [];
  const checks = [];
  for (const [name, mode, options] of faults) {
    const faulty = await startChaos(mode, ['--root', data.repository, ...options]);
    const walls = { healthy: [], first: [], second: [] };
    let most = 0;
    for (let run = 0; run < runs; run += 1) {
      walls.healthy.push((await fetchClosure({ data, coordinates, primary: sound.url, concurrency: 100 })).wallMs);
      await sound.nginx.newRequests();
      const caches = mkdtempSync(join(work, 'caches-'));
      const faultyFirst = { data, coordinates, primary: `http://127.0.0.1:${faulty.port}`, mirrors: [sound.url], concurrency: 100, caches };
      walls.first.push((await fetchClosure(faultyFirst)).wallMs);
      most = Math.max(most, (await sound.nginx.newRequests()).length);
      walls.second.push((await fetchClosure(faultyFirst)).wallMs);
      most = Math.max(most, (await sound.nginx.newRequests()).length);
    }
    await faulty.stop();
    const added = walls.first.map((ms, run) => ms - walls.healthy[run]);
    const second = ratios(walls.second, walls.healthy);
    rows.push([name, `${spread(walls.healthy, 0)} ms`, `${spread(added, 0)} ms`, spread(second), String(most)]);
    checks.push({ what: `first process past a primary that ${mode}s: added ms`, value: median(added), most: 500 });
    checks.push({ what: `second process past a primary that ${mode}s`, value: median(second), most: 1.1 });
  }
  return {
    title: 'The same with a faulty primary and a sound second mirror, 100 connections',
    head: [
      'Primary',
      'Healthy',
      'First process: added (target ≤ 500 ms)',
      'Second process: ratio to healthy (target ≤ 1.1)',
      'Most requests to the mirror',
    ],
    rows,
    notes: ['Every row has its own healthy runs, interleaved with the others. Each first process knows nothing of the mirrors.'],
    checks,
  };
}
