/** `mirror stats` against `zcat | grep -c`, which only counts lines. Logs of Fastly, 2 GB unpacked, with few and with a million distinct paths. */
import { appendFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { createRandom } from '../support/random.mjs';
import { contest, fieldOf, ratiosOf, timesTable } from './contest.mjs';
import { measure, work } from './lab.mjs';
import { emptyHome } from './proxy-process.mjs';
import { median } from './statistics.mjs';

/** A log is a quarter of its size, four times in a row, as a concatenated gzip. */
const times = 4;
const standardLines = 2_500_000;
const linesPerPiece = 50_000;

const groups = ['org/example', 'com/acme/lib', 'hiccup', 'ring', 'metosin/tools', 'io/github/someone'];
const agents = [
  'Apache-Maven/3.8.7 (Java 11.0.20; Linux 5.15.0)',
  'Leiningen/2.9.8 (Java OpenJDK 64-Bit Server VM; Linux 5.4.0-1105-aws; amd64)',
  'Gradle/8.3 (Linux;5.15.0;amd64) (Eclipse Adoptium;17.0.8;17.0.8+7)',
];

function createLine(at, path, random, linesPerPart) {
  const of = (count) => Math.floor(random() * count);
  const second = Math.floor((at * 86_400) / linesPerPart);
  const time = new Date(Date.UTC(2026, 10, 28) + second * 1000).toISOString().slice(0, 19);
  const address = `${of(256)}.${of(256)}.${of(256)}.${of(256)}`;
  const request = `${random() < 0.05 ? 'HEAD' : 'GET'} ${path.text} HTTP/1.1`;
  return `<134>${time}Z cache-fra${10_000 + of(300)} s3-bucket[${of(9999)}]: ${address} "${request}" ${path.status} ${of(200_000)} "(null)" "${agents[of(agents.length)]}"\n`;
}

/** @param distinct number of paths; few of them are asked for often, a million in turn */
function createLog(name, { distinct, pathAt, linesPerPart }) {
  const file = join(mkdtempSync(join(work, 'logs-')), name);
  const random = createRandom(7);
  const packed = [];
  for (let at = 0; at < linesPerPart; at += linesPerPiece) {
    const lines = Array.from({ length: linesPerPiece }, (_, index) =>
      createLine(at + index, pathAt(at + index, distinct, random), random, linesPerPart),
    );
    packed.push(gzipSync(lines.join('')));
  }
  writeFileSync(file, '');
  for (let turn = 0; turn < times; turn++) for (const piece of packed) appendFileSync(file, piece);
  return file;
}

function pathOf(version, extension) {
  const artifact = `artifact-${Math.floor(version / 9)}`;
  const name = `${version % 3}.${version % 7}.${Math.floor(version / 63)}`;
  return `/${groups[version % groups.length]}/${artifact}/${name}/${artifact}-${name}.${extension}`;
}

/** As at Clojars: a quarter are jars, and not all of them are answered with 200. */
function usualPath(_, distinct, random) {
  const extension = ['jar', 'pom', 'pom', 'jar.sha1', 'pom.sha1'][Math.floor(random() * 5)];
  return { text: pathOf(Math.floor(distinct * random() ** 2), extension), status: [200, 200, 200, 304, 404][Math.floor(random() * 5)] };
}

const jarInTurn = (at, distinct) => ({ text: pathOf(at % distinct, 'jar'), status: 200 });

export async function benchMirrorStats(runs, { dist, scale }) {
  const linesPerPart = linesPerPiece * Math.max(1, Math.round((standardLines * scale) / linesPerPiece));
  const few = createLog('few.log.gz', { distinct: 7000, pathAt: usualPath, linesPerPart });
  const many = createLog('many.log.gz', { distinct: 1_000_000, pathAt: jarInTurn, linesPerPart });
  const count = (file) => () => measure('sh', ['-c', `zcat ${file} | grep -c ''`]);
  const stats = (file) => () =>
    measure(process.execPath, [join(dist, 'cli.cjs'), 'mirror', 'stats', file, '--output', mkdtempSync(join(work, 'stats-'))], {
      env: emptyHome(),
    });
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: { grepFew: count(few), statsFew: stats(few), grepMany: count(many), statsMany: stats(many) },
  });
  const all = linesPerPart * times;
  for (const name of ['statsFew', 'statsMany'])
    for (const { stdout } of results[name])
      if (!stdout.includes(`${all} of ${all} lines understood`)) throw new Error(`not all lines were counted: ${stdout.slice(-300)}`);
  const speed = (ours, others) => median(ratiosOf(results, others, ours, 'wallMs'));
  const memory = (name) => Math.max(...fieldOf(results, name, 'memoryMib'));
  return {
    title: `Counting downloads: ${all} lines of Fastly in gzip`,
    ...timesTable({
      results,
      builds: { dist, older: null },
      ratioTitle: ', ratio to zcat and grep -c',
      rows: [
        { name: 'grepFew', title: 'zcat and grep -c, 7000 versions' },
        { name: 'statsFew', title: 'clojars-fetch mirror stats', to: 'grepFew', target: 'speed ≥ 1.0' },
        { name: 'grepMany', title: 'zcat and grep -c, a million versions' },
        { name: 'statsMany', title: 'clojars-fetch mirror stats', to: 'grepMany', target: 'speed ≥ 1.0' },
      ],
    }),
    notes: ['zcat and grep count lines; clojars-fetch reads requests, adds up versions and writes the file of the day.'],
    checks: [
      { what: 'mirror stats: speed, ratio to zcat and grep -c', value: speed('statsFew', 'grepFew'), least: 1 },
      { what: 'mirror stats with a million versions: speed, ratio to zcat and grep -c', value: speed('statsMany', 'grepMany'), least: 1 },
      { what: 'mirror stats: MB of memory', value: memory('statsFew'), most: 150 },
      { what: 'mirror stats with a million versions: MB of memory', value: memory('statsMany'), most: 150 },
    ],
  };
}
