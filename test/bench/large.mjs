/** One artifact of 1 GiB: memory, and throughput against curl and then openssl. */
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { checksAgainstOlder, contest, fieldOf, ratiosOf, timesTable } from './contest.mjs';
import { measure, startNginx, work } from './lab.mjs';
import { median, spread } from './statistics.mjs';

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

export async function benchLarge(runs, builds) {
  const repository = mkdtempSync(join(work, 'large-'));
  makeArtifact(repository);
  const { port } = await startNginx(repository);
  const base = `http://127.0.0.1:${port}`;
  const inFolder = async (run) => {
    const folder = mkdtempSync(join(work, 'run-'));
    try {
      return await run(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
  const results = await contest({
    runs,
    builds,
    others: {
      curl: () =>
        inFolder((folder) => {
          const target = join(folder, 'curl.jar');
          const shell = `curl -sSf -o "${target}" ${base}/bench/large/1/large-1.jar && openssl dgst -sha256 "${target}"`;
          return measure('sh', ['-c', shell]);
        }),
    },
    ours: {
      large: (dist) =>
        inFolder((folder) => {
          const env = {
            HOME: folder,
            XDG_CONFIG_HOME: join(folder, 'config'),
            XDG_CACHE_HOME: join(folder, 'cache'),
            XDG_STATE_HOME: join(folder, 'state'),
          };
          return measure(process.execPath, [join(dist, 'cli.cjs'), 'bench:large:1', '--repo', `primary=${base}`], { env });
        }),
    },
  });
  const throughput = ratiosOf(results, 'curl', 'large', 'wallMs');
  const memory = fieldOf(results, 'large', 'memoryMib').map((mib) => mib * 1.048576);
  const rows = [
    { name: 'curl', title: 'curl, then openssl dgst -sha256' },
    { name: 'large', title: 'clojars-fetch: SHA-1, SHA-256, fsync', to: 'curl', target: 'throughput ≥ 0.8, memory ≤ 120 MB' },
  ];
  return {
    title: `One artifact of ${mebibytes} MiB, no added delay`,
    ...timesTable({ results, rows, builds, ratioTitle: ', ratio to curl and openssl' }),
    notes: [`Throughput, ratio to curl and openssl: ${spread(throughput)}. Peak memory of clojars-fetch: ${spread(memory, 0)} MB.`],
    checks: [
      { what: 'throughput of a large artifact', value: median(throughput), least: 0.8 },
      { what: 'memory of a large artifact, MB', value: Math.max(...memory), most: 120 },
      ...checksAgainstOlder(results, 'large artifact'),
    ],
  };
}
