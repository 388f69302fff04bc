/** Everything is local: what the command line costs over starting Node. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { coordinatesOf, distFolder, measure, prepareData, startNginx, work } from './lab.mjs';
import { median, ratios, spread } from './statistics.mjs';
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

export async function benchWarm(runs) {
  const data = prepareData();
  const [coordinate] = coordinatesOf(data.files);
  const nginx = await startNginx(data.repository);
  const { port } = nginx;
  const { env, args: call } = warmCall({ coordinate, port });
  const cli = () => measure(process.execPath, call, { env });
  const node = () => measure(process.execPath, ['-e', '0'], { env });
  const signatures = ['--signatures', 'require', '--trust-model', 'keyring', '--keyring', signClosure(data)];
  const signed = () => measure(process.execPath, [...call, ...signatures], { env });
  for (const cold of [cli, cli, signed]) await cold();
  const before = (await nginx.newRequests()).length;
  if (before === 0) throw new Error('the cold runs asked for nothing');
  const rows = { node: [], cli: [], signed: [], nodeMemory: [], cliMemory: [] };
  for (let run = 0; run < runs; run += 1) {
    const bare = await node();
    const warm = await cli();
    rows.signed.push((await signed()).wallMs);
    rows.node.push(bare.wallMs);
    rows.nodeMemory.push(bare.memoryMib);
    rows.cli.push(warm.wallMs);
    rows.cliMemory.push(warm.memoryMib);
  }
  const requests = (await nginx.newRequests()).length;
  const wall = ratios(rows.cli, rows.node);
  const memory = ratios(rows.cliMemory, rows.nodeMemory);
  return {
    title: 'Warm: artifact and POM are in the local repository',
    head: ['Process', 'Wall time', 'Ratio (target ≤ 1.4)', 'Peak memory', 'Ratio (target ≤ 1.15)'],
    rows: [
      ['node -e 0', `${spread(rows.node, 0)} ms`, '1', `${spread(rows.nodeMemory, 1)} MiB`, '1'],
      ['clojars-fetch g:a:v', `${spread(rows.cli, 0)} ms`, spread(wall), `${spread(rows.cliMemory, 1)} MiB`, spread(memory)],
      ['the same, signatures required', `${spread(rows.signed, 0)} ms`, spread(ratios(rows.signed, rows.node)), '', ''],
    ],
    notes: [
      `${runs} rounds, ${requests} requests. No HTTP code, no XML parser and no retry code is loaded; files are looked at, not hashed (the verification cache knows them). With signatures the keyrings are looked at too, and neither they nor OpenPGP are read.`,
    ],
    checks: [
      { what: 'warm wall time', value: median(wall), most: 1.4 },
      { what: 'requests of warm calls', value: requests, most: 0 },
      { what: 'warm memory', value: median(memory), most: 1.15 },
    ],
  };
}
