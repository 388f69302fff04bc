/** How many requests hedging adds where both mirrors are sound and the network is jittery. */
import { startDelayProxy } from '../support/delay-proxy.mjs';
import { fetchClosure } from './contenders.mjs';
import { coordinatesOf, prepareData, startNginx } from './lab.mjs';
import { median, spread } from './statistics.mjs';

const network = { roundTripMs: 50, jitterMs: 20, spikeMs: 300, spikeShare: 0.02 };

export async function benchHedging(runs) {
  const data = prepareData();
  const coordinates = coordinatesOf(data.files);
  const servers = [await startNginx(data.repository), await startNginx(data.repository)];
  const added = [];
  const walls = [];
  let spikes = 0;
  for (let run = 0; run < runs; run += 1) {
    const proxies = await Promise.all(
      servers.map(({ port }, at) => startDelayProxy({ targetPort: port, seed: 1 + 2 * run + at, ...network })),
    );
    const [primary, mirror] = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
    try {
      const { wallMs } = await fetchClosure({ data, coordinates, primary, mirrors: [mirror] });
      walls.push(wallMs);
    } finally {
      spikes += proxies.reduce((sum, proxy) => sum + proxy.spikes, 0);
      for (const proxy of proxies) await proxy.close();
    }
    const requests = (await Promise.all(servers.map((server) => server.newRequests()))).flat().length;
    added.push(((requests - data.files.length) / data.files.length) * 100);
  }
  return {
    title: `Hedging on a healthy, jittery network: ${network.roundTripMs} ± ${network.jitterMs} ms, ${network.spikeShare * 100} % of answers ${network.spikeMs} ms`,
    head: ['Files and checksums', 'Requests added (target < 3 %)', 'Slow answers a run', 'Wall time'],
    rows: [[String(data.files.length), `${spread(added)} %`, (spikes / runs).toFixed(0), `${spread(walls, 0)} ms`]],
    notes: ['Counted in the access logs of both servers.'],
    checks: [{ what: 'requests added by hedging, %', value: median(added), most: 3 }],
  };
}
