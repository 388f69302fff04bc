/** An hourly increment in a mirror of millions of files: its cost must depend on what is new. The server counts the requests. */
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { once } from 'node:events';
import { join } from 'node:path';
import { contest, fieldOf, timesTable } from './contest.mjs';
import { bundle, measure, work } from './lab.mjs';
import { emptyHome } from './proxy-process.mjs';
import { median, spread } from './statistics.mjs';

const standardCount = 3_000_000;
const releases = 100;
const hourMs = 3_600_000;

/** A site with a release feed, whose clock can be set. It only has what is new. */
class FeedServer {
  now = Date.UTC(2026, 10, 29, 12);
  #files = new Map();
  #folders = new Map();
  #page;
  #counts = { feed: 0, folders: 0, files: 0 };
  #server;

  static async start() {
    const site = new FeedServer();
    site.#server = http.createServer((request, response) => site.#answer(new URL(request.url, 'http://site.invalid'), response));
    site.#server.listen(0, '127.0.0.1');
    await once(site.#server, 'listening');
    return site;
  }

  constructor() {
    const released = Array.from({ length: releases }, (_, at) => {
      this.#release(`fresh-${at}`);
      return { group_id: 'org.fresh', artifact_id: `fresh-${at}`, version: '1.0', released_at: new Date(this.now - 1000).toISOString() };
    });
    this.#page = { next_from: new Date(this.now - 1000).toISOString(), releases: released };
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/`;
  }

  /** Requests since the last call. */
  takeCounts() {
    const counts = this.#counts;
    this.#counts = { feed: 0, folders: 0, files: 0 };
    return counts;
  }

  close() {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #release(name) {
    const folder = `/org/fresh/${name}`;
    this.#put(`${folder}/1.0/${name}-1.0.pom`, '<project/>'.repeat(100));
    this.#put(`${folder}/1.0/${name}-1.0.jar`, name.repeat(2000));
    this.#put(
      `${folder}/maven-metadata.xml`,
      `<metadata><groupId>org.fresh</groupId><artifactId>${name}</artifactId><versioning><versions><version>1.0</version></versions></versioning></metadata>`,
    );
  }

  #put(path, body) {
    const digest = (algorithm) => createHash(algorithm).update(body).digest('hex');
    for (const [end, bytes] of [
      ['', body],
      ['.md5', digest('md5')],
      ['.sha1', digest('sha1')],
    ]) {
      this.#files.set(path + end, bytes);
      const at = path.lastIndexOf('/') + 1;
      const entry = `<a href="${path.slice(at)}${end}">${path.slice(at)}${end}</a> 2026-11-29 11:00 ${bytes.length}\n`;
      this.#folders.set(path.slice(0, at), (this.#folders.get(path.slice(0, at)) ?? '<pre>\n') + entry);
    }
  }

  #answer({ pathname, searchParams }, response) {
    response.setHeader('date', new Date(this.now).toUTCString());
    const kind = pathname === '/api/release-feed' ? 'feed' : pathname.endsWith('/') ? 'folders' : 'files';
    this.#counts[kind] += 1;
    const body = kind === 'feed' ? this.#feed(searchParams.get('from')) : (this.#folders.get(pathname) ?? this.#files.get(pathname));
    if (body === undefined) response.writeHead(404);
    response.end(body);
  }

  #feed(from) {
    return JSON.stringify(Date.parse(from) < Date.parse(this.#page.next_from) ? this.#page : { next_from: from, releases: [] });
  }
}

export async function benchMirrorIncrement(runs, { dist, scale }) {
  const count = Math.round(standardCount * scale);
  const data = mkdtempSync(join(work, 'inventory-'));
  await measure(process.execPath, [await bundle('plan-mirror'), 'make', data, String(count)]);
  const site = await FeedServer.start();
  const startMs = site.now;
  let target = '';
  // An hourly job has one home, and a cache since it first asked for an address.
  const env = emptyHome();
  mkdirSync(join(env.XDG_CACHE_HOME, 'clojars-fetch'), { recursive: true, mode: 0o700 });
  const sync = async (atMs) => {
    site.now = atMs;
    const words = ['mirror', 'sync', '--from', site.url, '--to', target, '--crawl', '--increment', '--feed', `${site.url}api/release-feed`];
    const result = await measure(process.execPath, [join(dist, 'cli.cjs'), ...words, '--no-config', '--json'], { env });
    const report = JSON.parse(result.stdout);
    if (report.kind !== 'increment' || !report.isComplete) throw new Error(`not an increment: ${result.stdout.slice(0, 1000)}`);
    const requests = site.takeCounts();
    return { ...result, published: report.published.files, requests, all: requests.feed + requests.folders + requests.files };
  };
  const results = await contest({
    runs,
    builds: { dist, older: null },
    ours: {},
    others: {
      first: () => {
        target = createMirror(data, startMs - hourMs);
        return sync(startMs);
      },
      second: () => sync(startMs + 1.5 * hourMs),
      nothing: () => sync(startMs + 2.5 * hourMs),
    },
  });
  site.close();
  return section(results, { count, dist });
}

/** A mirror that was complete an hour ago. */
function createMirror(data, fullMs) {
  const target = mkdtempSync(join(work, 'mirror-'));
  const state = join(target, '.clojars-mirror');
  mkdirSync(state);
  linkSync(join(data, 'inventory'), join(state, 'inventory'));
  writeFileSync(join(state, 'cursor'), JSON.stringify({ feedMs: fullMs, fullMs, pending: [], recent: [] }));
  return target;
}

function section(results, { count, dist }) {
  const of = (name, field) => median(fieldOf(results, name, field));
  const worst = (name) => Math.max(...fieldOf(results, name, 'memoryMib'));
  const requests = (name, kind) => Math.max(...results[name].map((run) => run.requests[kind]));
  if (of('first', 'published') !== releases * 9) throw new Error(`${of('first', 'published')} files were published`);
  const { feed, folders, files } = results.first[0].requests;
  return {
    title: `An increment of ${releases} releases in a mirror of ${count} files`,
    ...timesTable({
      results,
      builds: { dist, older: null },
      ratioTitle: ', ratio to nothing new',
      rows: [
        { name: 'nothing', title: 'nothing new', target: '1 request, ≤ 300 ms' },
        { name: 'first', title: `${releases} releases`, to: 'nothing', target: 'processor ≤ 3 s, 150 MB' },
        { name: 'second', title: 'the same, an hour later', to: 'nothing', target: 'processor ≤ 3 s, 150 MB' },
      ],
    }),
    notes: [
      `Requests: ${feed} pages of the feed, ${folders} folders and ${files} files at first; ${results.second[0].requests.feed}, ${results.second[0].requests.folders} and ${results.second[0].requests.files} an hour later; ${spread(fieldOf(results, 'nothing', 'all'), 0)} if nothing is new. Nothing else is listed.`,
    ],
    checks: [
      { what: 'increment: folders listed for each release', value: requests('first', 'folders') / releases, most: 1 },
      { what: 'increment, an hour later: folders listed for each release', value: requests('second', 'folders') / releases, most: 1 },
      { what: 'increment: pages of the feed, and the empty one', value: requests('first', 'feed'), most: 2 },
      { what: 'increment: processor time, s', value: of('first', 'cpuMs') / 1000, most: 3 },
      { what: 'increment: MB of memory', value: worst('first'), most: 150 },
      { what: 'increment, nothing new: requests', value: Math.max(...fieldOf(results, 'nothing', 'all')), most: 1 },
      { what: 'increment, nothing new: s', value: of('nothing', 'wallMs') / 1000, most: 0.3 },
    ],
  };
}
