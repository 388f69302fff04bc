/** `proxy check` against `sha256sum` over the same files. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { contest, fieldOf, ratiosOf, timesTable } from './contest.mjs';
import { measure, startNginx, work } from './lab.mjs';
import { emptyHome, repositoryWords, startProxy } from './proxy-process.mjs';
import { median } from './statistics.mjs';

/** As in the caches of real builds: many POMs, jars of a few sizes, and some that are large. */
const kinds = [
  { count: 1500, bytes: 3_000, extension: 'pom' },
  { count: 1200, bytes: 90_000, extension: 'jar' },
  { count: 60, bytes: 3_000_000, extension: 'jar' },
  { count: 2, bytes: 100_000_000, extension: 'jar' },
];

function createRepository() {
  const repository = mkdtempSync(join(work, 'check-'));
  const paths = kinds.flatMap(({ count, bytes, extension }, kind) =>
    Array.from({ length: count }, (_, at) => {
      const name = `lib-${kind}-${at}`;
      const path = `/bench/${name}/1/${name}-1.${extension}`;
      const content = extension === 'pom' ? pomOf(name, bytes) : randomBytes(bytes);
      mkdirSync(join(repository, dirname(path)), { recursive: true });
      writeFileSync(join(repository, path), content);
      writeFileSync(join(repository, `${path}.sha1`), createHash('sha1').update(content).digest('hex'));
      return path;
    }),
  );
  return { repository, paths };
}

function pomOf(name, bytes) {
  const text = `<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>${name}</artifactId><version>1</version></project>`;
  return text + '\n'.repeat(bytes - text.length);
}

async function fetchAll(base, paths) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 20 });
  const get = (path) =>
    new Promise((resolve, reject) => {
      http.get(`${base}${path}`, { agent }, (response) => response.on('end', resolve).on('error', reject).resume()).on('error', reject);
    });
  await Promise.all(paths.map(get));
  agent.destroy();
}

export async function benchProxyCheck(runs, { dist }) {
  const { repository, paths } = createRepository();
  const url = `http://127.0.0.1:${(await startNginx(repository)).port}`;
  const proxy = await startProxy({ url, dist, words: ['--no-ahead'] });
  await fetchAll(proxy.url, paths);
  await proxy.stop();
  const args = [join(dist, 'cli.cjs'), 'proxy', 'check', ...repositoryWords(url), '--cache', proxy.folder];
  const hashAll = `find . -type f -name '*-1.*' ! -name '*.sha1' -print0 | xargs -0 sha256sum`;
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: {
      sha256sum: () => measure('sh', ['-c', hashAll], { cwd: proxy.files }),
      check: () => measure(process.execPath, args, { env: emptyHome() }),
    },
  });
  for (const [name, pattern] of [
    ['check', new RegExp(`^${paths.length} files hashed, .*: all as they were verified`)],
    ['sha256sum', new RegExp(`^(.*\n){${paths.length}}$`)],
  ]) {
    for (const { stdout } of results[name])
      if (!pattern.test(stdout)) throw new Error(`${name} did not hash all files: ${stdout.slice(-300)}`);
  }
  const bytes = kinds.reduce((sum, { count, bytes: size }) => sum + count * size, 0);
  const throughput = median(ratiosOf(results, 'sha256sum', 'check', 'wallMs'));
  return {
    title: `Checking a cache of ${paths.length} files, ${Math.round(bytes / 1e6)} MB`,
    ...timesTable({
      results,
      builds: { dist, older: null },
      ratioTitle: ', ratio to sha256sum',
      rows: [
        { name: 'sha256sum', title: 'find and sha256sum' },
        { name: 'check', title: 'clojars-fetch proxy check', to: 'sha256sum', target: 'throughput ≥ 0.6, so wall time ≤ 1.67' },
      ],
    }),
    notes: [
      `The check reads the records of the cache and compares. Median throughput: ${Math.round(bytes / 1e3 / median(fieldOf(results, 'check', 'wallMs')))} MB/s.`,
    ],
    checks: [{ what: 'proxy check: throughput (time of sha256sum by time of the check)', value: throughput, least: 0.6 }],
  };
}
