/** Build tools with an empty local repository: through a cold proxy, a warm one and `exec`, against the same tool directly. */
import { existsSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { resolveUnderExec, resolveWith, tools } from './build-tools.mjs';
import { behindDelay } from './closure.mjs';
import { contest, fieldOf, ratiosOf } from './contest.mjs';
import { prepareData, startChaos } from './lab.mjs';
import { emptyHome, homeAfter, startProxy } from './proxy-process.mjs';
import { median, spread } from './statistics.mjs';

const roundTripMs = 50;

/** Runs a tool through a new proxy, and through the same one once it is warm. */
async function throughProxy(tool, data, { nginx, ...options }) {
  const proxy = await startProxy(options);
  try {
    await nginx.newRequests();
    const before = proxy.use();
    const cold = await resolveWith(tool, data, proxy.url);
    const after = proxy.use();
    const requests = (await nginx.newRequests()).length;
    const warm = options.isWarmToo ? await resolveWith(tool, data, proxy.url) : null;
    return { ...cold, proxyCpuMs: after.cpuMs - before.cpuMs, proxyMib: after.memoryMib, requests, warm };
  } finally {
    await proxy.stop();
  }
}

/** The folders of a user whose earlier runs kept their compiled code, which a program saves by its second run at the latest. */
async function keepCompiledCode(run) {
  const home = emptyHome();
  for (const name of ['first', 'second']) {
    await run(home);
    // A program whose files are there does not load the code that fetches them. They are not deleted: see `close` in lab.mjs.
    const folder = join(home.XDG_CACHE_HOME, 'clojars-fetch');
    if (existsSync(join(folder, 'proxy'))) renameSync(join(folder, 'proxy'), join(folder, `proxy-of-the-${name}-run`));
  }
  return home;
}

export async function benchProxyCold(runs, { dist }) {
  const data = prepareData();
  const { url, nginx } = await behindDelay(data);
  const blackHole = await startChaos('blackhole', []);
  const faulty = { url: `http://127.0.0.1:${blackHole.port}`, mirrors: [url] };
  const sections = [];
  for (const tool of Object.keys(tools)) {
    const ofProxy = await keepCompiledCode((home) => throughProxy(tool, data, { url, nginx, dist, home }));
    const ofExec = await keepCompiledCode((home) => resolveUnderExec(tool, data, url, { dist, home }));
    const results = await contest({
      runs,
      builds: { dist, older: null },
      ours: {},
      others: {
        floor: () => resolveWith(tool, data, `http://127.0.0.1:${nginx.port}`),
        proxy: () => throughProxy(tool, data, { url, nginx, dist, home: homeAfter(ofProxy), isWarmToo: true }),
        exec: () => resolveUnderExec(tool, data, url, { dist, home: homeAfter(ofExec) }),
        'exec at first': () => resolveUnderExec(tool, data, url, { dist }),
        'black hole': () => throughProxy(tool, data, { ...faulty, nginx, dist, home: homeAfter(ofProxy) }),
        direct: () => resolveWith(tool, data, url),
      },
      once: ['direct'],
    });
    results.warm = fieldOf(results, 'proxy', 'warm');
    sections.push({ tool, results });
  }
  return describe(sections);
}

const rowsOf = [
  ['direct', 'directly', ''],
  ['floor', 'from nginx without a round trip', ''],
  ['proxy', 'through the proxy, cold', '≥ 3.5 × faster than directly, ≤ 1.8 × nginx'],
  ['exec', 'under exec, cold', '≥ 4.2 × faster than directly, ≤ 1.5 × nginx'],
  ['exec at first', 'under exec, cold, for a new user', ''],
  ['warm', 'through the proxy, warm', '≤ 1.25 × nginx'],
  ['black hole', 'through the proxy, cold, first mirror a black hole', '≤ 1 s more'],
];

function describe(sections) {
  const faster = (results, name) => median(fieldOf(results, 'direct', 'wallMs')) / median(fieldOf(results, name, 'wallMs'));
  const toFloor = (results, name) => ratiosOf(results, name, 'floor', 'wallMs');
  const added = (results) => fieldOf(results, 'black hole', 'wallMs').map((ms, run) => ms - results.proxy[run].wallMs);
  return {
    title: `A closure of 200 artifacts with a build tool, empty local repository, round trip ${roundTripMs} ms`,
    head: ['Tool', 'Wall time', 'Processor time', 'Faster than directly', 'Wall time, ratio to nginx', 'Target'],
    rows: sections.flatMap(({ tool, results }) =>
      rowsOf.map(([name, title, target]) => [
        `${tools[tool].title}, ${title}`,
        `${spread(fieldOf(results, name, 'wallMs'), 0)} ms`,
        `${spread(fieldOf(results, name, 'cpuMs'), 0)} ms`,
        name === 'direct' ? '1' : faster(results, name).toFixed(2),
        name === 'floor' ? '1' : spread(toFloor(results, name)),
        target,
      ]),
    ),
    notes: sections.map(
      ({ tool, results }) =>
        `${tools[tool].title}: the proxy itself takes ${spread(fieldOf(results, 'proxy', 'proxyCpuMs'), 0)} ms of processor time for the cold closure, which its row does not include, and at most ${Math.max(...fieldOf(results, 'proxy', 'proxyMib')).toFixed(0)} MiB of memory. It sends at most ${Math.max(...fieldOf(results, 'proxy', 'requests'))} requests. A black hole adds ${spread(added(results), 0)} ms. The tool runs directly once, in the first round. Earlier runs have kept the compiled code of the program, except for the new user.`,
    ),
    checks: sections.flatMap(({ tool, results }) => [
      { what: `${tool} through the cold proxy: how much faster than directly`, value: faster(results, 'proxy'), least: 3.5 },
      { what: `${tool} under exec: how much faster than directly`, value: faster(results, 'exec'), least: 4.2 },
      { what: `${tool} through the cold proxy, ratio to nginx`, value: median(toFloor(results, 'proxy')), most: 1.8 },
      { what: `${tool} under exec, ratio to nginx`, value: median(toFloor(results, 'exec')), most: 1.5 },
      { what: `${tool} through the warm proxy, ratio to nginx`, value: median(toFloor(results, 'warm')), most: 1.25 },
      { what: `${tool} through the proxy, first mirror a black hole: added ms`, value: median(added(results)), most: 1000 },
      { what: `${tool}: processor time of the proxy, ms`, value: median(fieldOf(results, 'proxy', 'proxyCpuMs')), most: 3000 },
      { what: `${tool}: memory of the proxy, MB`, value: Math.max(...fieldOf(results, 'proxy', 'proxyMib')) * 1.048576, most: 160 },
    ]),
  };
}
