/** Two proxies on one cache folder, and many clients that ask both for the same cold files. */
import { mkdtempSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { behindDelay } from './closure.mjs';
import { prepareData, work } from './lab.mjs';
import { startProxy } from './proxy-process.mjs';
import { spread } from './statistics.mjs';

const clients = 100;

/** Asks for all files, one after the other. */
async function readAll(base, files) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  try {
    for (const file of files) await read(`${base}${file}`, agent);
  } finally {
    agent.destroy();
  }
}

function read(url, agent) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode} ${response.statusMessage}`));
      response.on('end', resolve).on('error', reject).resume();
    });
    request.on('error', reject);
  });
}

export async function benchProxyShared(runs, { dist }) {
  const data = prepareData();
  const files = data.files.filter((file) => !file.endsWith('.sha1'));
  const { url, nginx } = await behindDelay(data);
  const results = [];
  for (let run = 0; run < runs; run += 1) {
    const folder = mkdtempSync(join(work, 'shared-'));
    const proxies = [await startProxy({ url, dist, folder }), await startProxy({ url, dist, folder })];
    await nginx.newRequests();
    const startedMs = performance.now();
    await Promise.all(Array.from({ length: clients }, (_, client) => readAll(proxies[client % 2].url, files)));
    const wallMs = performance.now() - startedMs;
    const cpuMs = proxies.reduce((sum, proxy) => sum + proxy.use().cpuMs, 0);
    const asked = (await nginx.newRequests()).map((line) => line.split(' ')[6]).filter((path) => !path.endsWith('.sha1'));
    for (const proxy of proxies) await proxy.stop();
    results.push({ wallMs, cpuMs, perFile: asked.length / new Set(asked).size });
  }
  const of = (field) => results.map((result) => result[field]);
  return {
    title: `Two proxies on one cache folder: ${clients} clients ask for the same ${files.length} cold files`,
    head: ['Requests to the mirror, for each file', 'Wall time', 'Processor time of both proxies', 'Target'],
    rows: [[spread(of('perFile'), 3), `${spread(of('wallMs'), 0)} ms`, `${spread(of('cpuMs'), 0)} ms`, '≤ 1.02']],
    notes: [],
    checks: [{ what: 'two proxies on one folder: requests for each cold file', value: Math.max(...of('perFile')), most: 1.02 }],
  };
}
