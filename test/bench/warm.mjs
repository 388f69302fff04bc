/** Everything is local: the cost of the command line beyond starting Node. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { coordinatesOf, distFolder, measure, prepareData, startNginx, work } from './lab.mjs';
import { checksAgainstOlder, contest, ratiosOf, timesTable } from './contest.mjs';
import { median, spread } from './statistics.mjs';
import { signClosure } from './trust.mjs';

/** How the command line is called, with a home of its own, which the first calls fill. */
export function warmCall({ coordinate, port, dist = distFolder }) {
  const home = mkdtempSync(join(work, 'home-'));
  const env = {
    HOME: home,
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_STATE_HOME: join(home, 'state'),
  };
  return { args: [join(dist, 'cli.cjs'), coordinate, '--repo', `primary=http://127.0.0.1:${port}`], env };
}

/** Node 22 and newer keep compiled code. */
const most = Number(process.versions.node.split('.')[0]) >= 22 ? 1.2 : 1.3;

export async function benchWarm(runs, builds) {
  const data = prepareData();
  const [coordinate] = coordinatesOf(data.files);
  const nginx = await startNginx(data.repository);
  const signatures = ['--signatures', 'require', '--trust-model', 'keyring', '--keyring', signClosure(data)];
  const calls = new Map(
    [builds.dist, ...(builds.older === null ? [] : [builds.older])].map((dist) => [dist, warmCall({ coordinate, port: nginx.port, dist })]),
  );
  const start = (dist, more = []) => {
    const { args, env } = calls.get(dist);
    return measure(process.execPath, [...args, ...more], { env });
  };
  for (const dist of calls.keys()) for (const more of [[], [], signatures, signatures]) await start(dist, more);
  const before = (await nginx.newRequests()).length;
  if (before === 0) throw new Error('the cold runs asked for nothing');
  const results = await contest({
    runs,
    builds,
    others: { node: () => measure(process.execPath, ['-e', '0'], { env: calls.get(builds.dist).env }) },
    ours: { warm: (dist) => start(dist), 'warm, signatures': (dist) => start(dist, signatures) },
  });
  const requests = (await nginx.newRequests()).length;
  const rows = [
    { name: 'node', title: 'node -e 0' },
    { name: 'warm', title: 'clojars-fetch g:a:v', to: 'node', target: `wall ≤ ${most}, memory ≤ 1.15` },
    { name: 'warm, signatures', title: 'clojars-fetch g:a:v --signatures require', to: 'node' },
  ];
  const memory = ratiosOf(results, 'warm', 'node', 'memoryMib');
  return {
    title: 'Warm: artifact and POM are in the local repository',
    ...timesTable({ results, rows, builds, ratioTitle: ', ratio to Node' }),
    notes: [
      `${runs} rounds, ${requests} requests; memory, ratio to Node: ${spread(memory)}. The process loads no HTTP code, XML parser or retry code. It does not hash the files, because the verification cache knows their size and times. With signatures, it checks the size and times of the keyrings too, but does not read them or load OpenPGP.`,
    ],
    checks: [
      { what: 'warm wall time', value: median(ratiosOf(results, 'warm', 'node', 'wallMs')), most },
      { what: 'requests of warm calls', value: requests, most: 0 },
      { what: 'warm memory', value: median(memory), most: 1.15 },
      ...checksAgainstOlder(results, 'command line'),
    ],
  };
}
