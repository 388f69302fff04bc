/** The first sync of many small files: over http against curl with the same list, and from an rsync server against rsync. */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contest, fieldOf, ratiosOf, timesTable } from './contest.mjs';
import { measure, startChaos, startNginx, startRsyncServer, work } from './lab.mjs';
import { emptyHome } from './proxy-process.mjs';
import { median } from './statistics.mjs';

const roundTripMs = 50;
const parallel = 50;
/** With their versions, checksum files and metadata: 20,979 files. */
const standardArtifacts = 333;
const versions = 10;

/** Returns the keys of its files. */
function createRepository(folder, artifacts) {
  const keys = [];
  const put = (key, body) => {
    const digest = (algorithm) => createHash(algorithm).update(body).digest('hex');
    mkdirSync(join(folder, dirname(key)), { recursive: true });
    for (const [end, bytes] of [
      ['', body],
      ['.md5', digest('md5')],
      ['.sha1', digest('sha1')],
    ]) {
      writeFileSync(join(folder, key + end), bytes);
      keys.push(key + end);
    }
  };
  for (let at = 0; at < artifacts; at += 1) {
    const name = `lib-${at}`;
    const base = `org/group-${at % 20}/${name}`;
    const all = Array.from({ length: versions }, (_, version) => `1.${version}`);
    for (const version of all) {
      put(`${base}/${version}/${name}-${version}.pom`, `<project>${name} ${version}</project>\n`.repeat(40));
      put(`${base}/${version}/${name}-${version}.jar`, `${name} ${version} `.repeat(400));
    }
    const list = all.map((version) => `<version>${version}</version>`).join('');
    put(
      `${base}/maven-metadata.xml`,
      `<metadata><artifactId>${name}</artifactId><versioning><versions>${list}</versions></versioning></metadata>`,
    );
  }
  return keys;
}

function curlList(keys, url, folder) {
  const list = `${folder}.list`;
  writeFileSync(list, keys.map((key) => `url="${url}${key}"\noutput="${folder}/${key}"`).join('\n'));
  return ['-sSf', '--http1.1', '--create-dirs', '--parallel', '--parallel-immediate', '--parallel-max', String(parallel), '-K', list];
}

export async function benchMirrorSync(runs, { dist, scale }) {
  const repository = mkdtempSync(join(work, 'repository-'));
  const keys = createRepository(repository, Math.max(1, Math.round(standardArtifacts * scale)));
  const nginx = await startNginx(repository, { isListed: true });
  const delay = await startChaos('delay', ['--rtt', String(roundTripMs), '--upstream', `127.0.0.1:${nginx.port}`]);
  const url = `http://127.0.0.1:${delay.port}/`;
  const rsyncUrl = await startRsyncServer(repository);
  const sync = async (from, words = []) => {
    const target = mkdtempSync(join(work, 'mirror-'));
    const args = [join(dist, 'cli.cjs'), 'mirror', 'sync', '--from', from, '--to', target, ...words, '--no-config', '--json'];
    const result = await measure(process.execPath, args, { env: emptyHome(), limitMs: 600_000 });
    const { isComplete, published, traffic } = JSON.parse(result.stdout);
    if (!isComplete || published.files !== keys.length) throw new Error(`an incomplete sync: ${result.stdout.slice(0, 1000)}`);
    return { ...result, requests: traffic.requests };
  };
  const copy = async (command, argsFor) => {
    const target = mkdtempSync(join(work, 'copy-'));
    const result = await measure(command, argsFor(target), { limitMs: 600_000 });
    const files = readdirSync(target, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
    if (files !== keys.length) throw new Error(`${command} copied ${files} of ${keys.length} files`);
    return result;
  };
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: {
      curl: () => copy('curl', (target) => curlList(keys, url, target)),
      http: () => sync(url, ['--crawl', '--connections', String(parallel)]),
      rsync: () => copy('rsync', (target) => ['-rt', rsyncUrl, `${target}/`]),
      module: () => sync(rsyncUrl),
    },
  });
  const ratio = (ours, other) => median(ratiosOf(results, ours, other, 'wallMs'));
  return {
    title: `First sync of ${keys.length} small files`,
    ...timesTable({
      results,
      builds: { dist, older: null },
      ratioTitle: ', ratio to the program above',
      rows: [
        { name: 'curl', title: `curl, ${parallel} at once, round trip of ${roundTripMs} ms` },
        { name: 'http', title: 'clojars-fetch mirror sync --crawl', to: 'curl', target: 'wall ≤ 1.5' },
        { name: 'rsync', title: 'rsync -rt' },
        { name: 'module', title: 'clojars-fetch mirror sync from rsync', to: 'rsync', target: 'wall ≤ 1.5' },
      ],
    }),
    notes: [
      `curl knows the list of files; the sync finds it by ${median(fieldOf(results, 'http', 'requests')) - keys.length} requests for folders. It verifies each file, makes each durable, and publishes in order. rsync does not verify, and makes nothing durable.`,
    ],
    checks: [
      { what: 'first sync over http: wall time, ratio to curl', value: ratio('http', 'curl'), most: 1.5 },
      { what: 'first sync from an rsync server: wall time, ratio to rsync -rt', value: ratio('module', 'rsync'), most: 1.5 },
    ],
  };
}
