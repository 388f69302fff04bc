/** How many requests hedging adds if both mirrors are sound and the network is jittery. */
import { startDelayProxy } from '../support/delay-proxy.mjs';
import { fetchClosure } from './contenders.mjs';
import { checksAgainstOlder, contest, fieldOf, ratiosOf } from './contest.mjs';
import { coordinatesOf, prepareData, startNginx } from './lab.mjs';
import { median, spread } from './statistics.mjs';

const network = { roundTripMs: 50, jitterMs: 20, spikeMs: 300, spikeShare: 0.02 };

export async function benchHedging(runs, builds) {
  const data = prepareData();
  const coordinates = coordinatesOf(data.files);
  const servers = [await startNginx(data.repository), await startNginx(data.repository)];
  let seed = 0;
  const fetch = async (dist) => {
    seed += 2;
    const proxies = await Promise.all(
      servers.map(({ port }, at) => startDelayProxy({ targetPort: port, seed: seed - 1 + at, ...network })),
    );
    const [primary, mirror] = proxies.map(({ port }) => `http://127.0.0.1:${port}`);
    try {
      const { wallMs, cpuMs } = await fetchClosure({ data, coordinates, primary, mirrors: [mirror], dist });
      const requests = (await Promise.all(servers.map((server) => server.newRequests()))).flat().length;
      const added = ((requests - data.files.length) / data.files.length) * 100;
      return { wallMs, cpuMs, added, spikes: proxies.reduce((sum, proxy) => sum + proxy.spikes, 0) };
    } finally {
      for (const proxy of proxies) await proxy.close();
    }
  };
  const results = await contest({ runs, builds, ours: { hedging: fetch } });
  const of = (field) => fieldOf(results, 'hedging', field);
  return {
    title: `Hedging on a healthy, jittery network: ${network.roundTripMs} ± ${network.jitterMs} ms, ${network.spikeShare * 100} % of answers ${network.spikeMs} ms`,
    head: [
      'Files and checksums',
      'Requests added (target < 3 %)',
      'Slow answers per run',
      'Wall time',
      'Processor time',
      ...(builds.older === null ? [] : ['Wall time, ratio to the older build', 'Processor time, ratio to the older build']),
    ],
    rows: [
      [
        String(data.files.length),
        `${spread(of('added'))} %`,
        median(of('spikes')).toFixed(0),
        `${spread(of('wallMs'), 0)} ms`,
        `${spread(of('cpuMs'), 0)} ms`,
        ...(builds.older === null
          ? []
          : ['wallMs', 'cpuMs'].map((field) => spread(ratiosOf(results, 'hedging', 'hedging, older build', field)))),
      ],
    ],
    notes: ['The requests are counted in the access logs of both servers.'],
    checks: [
      { what: 'requests added by hedging, %', value: median(of('added')), most: 3 },
      ...checksAgainstOlder(results, 'jittery network'),
    ],
  };
}
