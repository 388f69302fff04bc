/** One artifact of 1 GiB: memory, and throughput against curl and then openssl. */
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { distFolder, measure, startNginx, work } from './lab.mjs';
import { median, ratios, spread } from './statistics.mjs';

const mebibytes = 1024;

function makeArtifact(folder) {
  const at = join(folder, 'bench/large/1');
  mkdirSync(at, { recursive: true });
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const hash = createHash('sha1');
  const zeros = Buffer.alloc(1 << 20);
  const file = openSync(join(at, 'large-1.jar'), 'w');
  for (let n = 0; n < mebibytes; n += 1) {
    const chunk = cipher.update(zeros);
    hash.update(chunk);
    writeSync(file, chunk);
  }
  closeSync(file);
  writeFileSync(join(at, 'large-1.jar.sha1'), hash.digest('hex'));
  const pom =
    '<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>large</artifactId><version>1</version></project>';
  writeFileSync(join(at, 'large-1.pom'), pom);
  writeFileSync(join(at, 'large-1.pom.sha1'), createHash('sha1').update(pom).digest('hex'));
}

export async function benchLarge(runs) {
  const repository = mkdtempSync(join(work, 'large-'));
  makeArtifact(repository);
  const { port } = await startNginx(repository);
  const base = `http://127.0.0.1:${port}`;
  const walls = { curl: [], own: [] };
  const memory = [];
  for (let run = 0; run < runs; run += 1) {
    const folder = mkdtempSync(join(work, 'run-'));
    const target = join(folder, 'curl.jar');
    const shell = `curl -sSf -o "${target}" ${base}/bench/large/1/large-1.jar && openssl dgst -sha256 "${target}"`;
    walls.curl.push((await measure('sh', ['-c', shell])).wallMs);
    rmSync(target);
    const env = {
      HOME: folder,
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_CACHE_HOME: join(folder, 'cache'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    const own = await measure(process.execPath, [join(distFolder, 'cli.cjs'), 'bench:large:1', '--repo', `primary=${base}`], { env });
    walls.own.push(own.wallMs);
    memory.push(own.memoryMib);
    rmSync(folder, { recursive: true });
  }
  const throughput = ratios(walls.curl, walls.own);
  return {
    title: `One artifact of ${mebibytes} MiB, no added delay`,
    head: ['Process', 'Wall time', 'Throughput ratio (target ≥ 0.7)', 'Peak memory (target < 130 MB)'],
    rows: [
      ['curl, then openssl dgst -sha256', `${spread(walls.curl, 0)} ms`, '1', ''],
      [
        'clojars-fetch: SHA-1, SHA-256, fsync',
        `${spread(walls.own, 0)} ms`,
        spread(throughput),
        `${spread(
          memory.map((mib) => mib * 1.048576),
          0,
        )} MB`,
      ],
    ],
    notes: [],
    checks: [
      { what: 'throughput of a large artifact', value: median(throughput), least: 0.7 },
      { what: 'memory of a large artifact, MB', value: Math.max(...memory) * 1.048576, most: 130 },
    ],
  };
}
