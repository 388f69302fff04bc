/** The first byte of a large cold file through the proxy, and how soon its end follows the verdict. */
import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { behindDelay } from './closure.mjs';
import { contest, fieldOf } from './contest.mjs';
import { work } from './lab.mjs';
import { median, spread } from './statistics.mjs';

const mebibytes = 200;
const roundTripMs = 50;

/** One file under a path for each run, so that it is cold each time. */
function createRepository(runs) {
  const repository = mkdtempSync(join(work, 'large-'));
  const content = randomBytes(mebibytes * 2 ** 20);
  const digest = createHash('sha1').update(content).digest('hex');
  const paths = Array.from({ length: runs }, (_, run) => `/bench/large-${run}/1/large-${run}-1.jar`);
  for (const path of paths) {
    mkdirSync(join(repository, path, '..'), { recursive: true });
    writeFileSync(join(repository, `${path}.sha1`), digest);
  }
  writeFileSync(join(repository, paths[0]), content);
  for (const path of paths.slice(1)) linkSync(join(repository, paths[0]), join(repository, path));
  return { repository, paths };
}

/** Times of the first and the last byte, on the clock of this process. */
function download(url) {
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent: false }, (response) => {
      let firstMs = null;
      response.on('data', () => (firstMs ??= performance.now() - startedMs));
      response.on('error', reject);
      response.on('end', () => resolve({ firstMs, wallMs: performance.now() - startedMs, endedAtMs: performance.now() }));
    });
    request.on('error', reject);
  });
}

export async function benchProxyLarge(runs, { dist }) {
  const { repository, paths } = createRepository(runs);
  const { url } = await behindDelay({ repository });
  const { createProxy } = await import(pathToFileURL(join(dist, 'proxy.js')).href);
  const folder = mkdtempSync(join(work, 'proxy-'));
  let verdictAtMs = 0;
  // In this process, so that the verdict is on the same clock as the bytes.
  const proxy = await createProxy({
    settings: false,
    repositories: [{ id: 'central', url: `${url}/` }],
    proxyFolder: join(folder, 'cache'),
    cacheFolder: join(folder, 'user-cache'),
    stateFolder: join(folder, 'state'),
    onEvent: (event) => {
      // It ends with the verdict; the file is placed after that.
      if (event.type === 'attempt-ended') verdictAtMs = performance.now();
    },
  });
  const left = [...paths];
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: {
      direct: () => download(`${url}${paths[0]}`),
      proxy: async () => {
        const run = await download(`${proxy.url}central${left.pop()}`);
        return { ...run, afterVerdictMs: run.endedAtMs - verdictAtMs };
      },
    },
  });
  await proxy.close();
  const added = fieldOf(results, 'proxy', 'firstMs').map((ms, run) => ms - results.direct[run].firstMs);
  const after = fieldOf(results, 'proxy', 'afterVerdictMs');
  const row = (name, title, target) => [
    title,
    ...['firstMs', 'wallMs'].map((field) => `${spread(fieldOf(results, name, field), 0)} ms`),
    name === 'direct' ? '' : `${spread(after, 0)} ms`,
    target,
  ];
  return {
    title: `A cold file of ${mebibytes} MiB, round trip ${roundTripMs} ms`,
    head: ['Way', 'First byte', 'Last byte', 'Last byte after the verdict', 'Target'],
    rows: [
      row('direct', 'directly', ''),
      row('proxy', 'through the proxy', 'first byte ≤ one round trip later, end ≤ 50 ms after the verdict'),
    ],
    notes: ['The client runs in the same process as the proxy, and takes processor time from it.'],
    checks: [
      { what: 'first byte of a large cold file: added ms', value: median(added), most: roundTripMs },
      { what: 'end of a large cold file after the verdict, ms', value: median(after), most: 50 },
    ],
  };
}
