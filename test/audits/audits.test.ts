/** When a signed audit counts as a witness, and what it costs. */
import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import type { ClientEvent } from '../../src/base/event.js';
import { Audits } from '../../src/fetch/audits/audits.js';
import { createAuditTimes } from '../../src/local/ledger/audit-times.js';
import type { AuditSource } from '../../src/local/settings/configuration.js';
import type { AuditAnswer } from '../../src/network/mirrors/audit-witness.js';
import { Circuits } from '../../src/network/mirrors/circuit.js';
import { Health } from '../../src/network/mirrors/health.js';
import { createMirror, createRepository } from '../../src/network/mirrors/mirror-list.js';
import type { Network } from '../../src/network/mirrors/request.js';
import { TransportError, type TransportRequest } from '../../src/network/transport/contract/transport.js';
import { createTemporaryFolder, type TemporaryFolder } from '../support/folder.js';
import { type AuditFacts, auditor, listOf, signedAudit } from './signed-audit.js';

const dayMs = 86_400_000;
/** When the audit ended: an hour ago. Files on the disk have the times of the system's clock. */
const startMs = Date.now() - 3_600_000;
const started = new Date(startMs).toISOString();
const repository = createRepository({ id: 'r', url: 'https://repo.example.org/maven/', mirrors: ['https://mirror.example.net/m/'] });
const path = 'org/lib/1.0/lib-1.0.jar';
const content = Buffer.from('a jar');
const sha256 = createHash('sha256').update(content).digest('hex');
const me = auditor(1);
const facts: AuditFacts = {
  repository: 'https://repo.example.org/maven/',
  untilMs: startMs,
  files: new Map([
    ['org/lib/1.0/lib-1.0.jar', content],
    ['org/lib/1.0/lib-1.0.pom', Buffer.from('a pom')],
  ]),
};

let folder: TemporaryFolder;
let events: ClientEvent[];
let nowMs: number;
/** Served by name; an error is what the server does instead. */
let served: Map<string, Buffer | TransportError>;
let requests: string[];
let opened: Audits[];

beforeEach(async () => {
  folder = await createTemporaryFolder();
  events = [];
  nowMs = startMs + 3_600_000;
  served = new Map(signedAudit(me, facts));
  requests = [];
  opened = [];
});
afterEach(async () => {
  for (const audits of opened) audits.close();
  await folder.remove();
});

const get = async ({ url, maxBytes, signal }: TransportRequest): ReturnType<Network['transport']['get']> => {
  signal.throwIfAborted();
  const name = url.pathname.slice(1);
  requests.push(name);
  const bytes = served.get(name);
  if (bytes instanceof TransportError) throw bytes;
  const body = (async function* () {
    await Promise.resolve();
    let sent = 0;
    for (let at = 0; bytes !== undefined && at < bytes.length; at += 100) {
      if ((sent += 100) > maxBytes + 100) throw new TransportError('too-large', 'too large');
      yield bytes.subarray(at, at + 100);
    }
  })();
  const status = bytes === undefined ? 404 : 200;
  return { status, headers: {}, url, secure: true, contentLength: null, body, cancel: () => undefined };
};

const source = (change: Partial<AuditSource> = {}): AuditSource => ({
  folder: createMirror({ url: 'https://audits.example/', operator: 'auditors', trusted: false }),
  name: 'audit.note',
  operator: 'auditors',
  key: me.key,
  maxAgeMs: 7 * dayMs,
  where: 'options: trust.audits[0]',
  ...change,
});

/** Opens the audits as a new process does. */
async function process({ offline = false, sources = [source()] } = {}): Promise<Audits> {
  const now = (): number => nowMs;
  const network: Network = {
    transport: { get, close: async () => undefined },
    health: new Health({ circuits: new Circuits({ now }), concurrency: 8, now }),
  };
  const audits = new Audits(sources, {
    cacheFolder: join(folder.path, 'cache'),
    times: createAuditTimes(join(folder.path, 'state')),
    repositories: [repository],
    offline,
    network: async () => Promise.resolve(network),
    emit: (event) => events.push(event),
    now,
  });
  opened.push(audits);
  await audits.readKept();
  return audits;
}

async function ask(audits: Audits, of = path, signal = new AbortController().signal): Promise<AuditAnswer> {
  const [witness] = audits.witnesses;
  if (witness === undefined) throw new Error('no audits');
  return witness.ask(repository, of, signal);
}

const warnings = (): string[] => events.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
const none = { sha256: null, failure: null };

describe('a trusted audit', () => {
  it('is a witness for the files in its list, and for no other', async () => {
    const audits = await process();
    expect(await ask(audits)).toEqual({ sha256, failure: null });
    for (const other of ['org/lib/1.0/lib-1.0.ja', 'org/lib/1.0/lib-1.0.jar.asc', 'org/lib/1.1/lib-1.1.jar', 'a', 'z', ''])
      expect(await ask(audits, other), other).toEqual(none);
    expect(warnings()).toEqual([]);
  });

  it('asks for its note once an hour and for its list once, in all processes together', async () => {
    const audits = await process();
    await Promise.all([ask(audits), ask(audits), ask(audits)]);
    await ask(await process());
    expect(requests).toEqual(['audit.note', 'audit.sha256']);
    nowMs += 3_700_000;
    served = signedAudit(me, { ...facts, untilMs: nowMs });
    const later = await process();
    await ask(later);
    await ask(later);
    expect(requests).toEqual(['audit.note', 'audit.sha256', 'audit.note']);
  });

  it('keeps one list, sorted for searches, and replaces it when the files change', async () => {
    await ask(await process());
    nowMs += 4 * dayMs;
    served = signedAudit(me, { ...facts, untilMs: nowMs, files: new Map([...facts.files, ['org/other.jar', content]]) });
    expect(await ask(await process(), 'org/other.jar')).toEqual({ sha256, failure: null });
    const names = await readdir(join(folder.path, 'cache', 'audits'), { recursive: true });
    expect(names.filter((name) => name.endsWith('.list'))).toHaveLength(1);
    expect(names.filter((name) => /tmp|part/.test(name))).toEqual([]);
  });

  it('finds each of many files on the disk', async () => {
    const files = new Map(Array.from({ length: 6_000 }, (_, index) => [`org/lib${index}/é${index}/file.jar`, Buffer.from(`${index}`)]));
    const bytewise = [...files].map(([name, bytes]) => [Buffer.from(name).toString('latin1'), bytes] as const);
    served = signedAudit(me, { ...facts, files }, Buffer.from(listOf(new Map(bytewise)).toString('utf8'), 'latin1'));
    const audits = await process();
    for (let index = 0; index < 6_000; index += 501) {
      const expected = createHash('sha256').update(`${index}`).digest('hex');
      expect((await ask(audits, `org/lib${index}/é${index}/file.jar`)).sha256).toBe(expected);
    }
  });

  it('counts for as many days as configured', async () => {
    nowMs = startMs + 7 * dayMs;
    const audits = await process();
    expect((await ask(audits)).sha256).toBe(sha256);
    nowMs += 1;
    expect(await ask(audits)).toEqual(none);
    expect(warnings()).toEqual([
      `the audit https://audits.example/audit.note of auditors does not count: it has expired: it ended ${started}`,
    ]);
    expect((await ask(await process({ sources: [source({ maxAgeMs: 8 * dayMs })] }))).sha256).toBe(sha256);
  });
});

describe('an audit that does not count', () => {
  it.each<[string, () => Map<string, Buffer>, RegExp]>([
    ['ends in the future', () => signedAudit(me, { ...facts, untilMs: startMs + dayMs }), /ends in the future/],
    [
      'is of another repository',
      () => signedAudit(me, { ...facts, repository: 'https://other.example/' }),
      /audit of https:\/\/other\.example\//,
    ],
    ['is signed by another key', () => signedAudit(auditor(2), facts), /has not signed it/],
    [
      'has CRLF',
      () => new Map([['audit.note', Buffer.from(String(signedAudit(me, facts).get('audit.note')).replaceAll('\n', '\r\n'))]]),
      /control/,
    ],
    ['is a page of the web', () => new Map([['audit.note', Buffer.from('<!doctype html>\n')]]), /no signatures/],
  ])('%s', async (_, files, problem) => {
    served = files();
    const audits = await process();
    expect(await ask(audits)).toEqual(none);
    await ask(audits);
    expect(warnings()).toEqual([expect.stringMatching(problem)]);
    expect(requests).toEqual(['audit.note']);
  });

  it.each<[string, (list: string) => string, string]>([
    ['has another digest', (list) => list.replace('a', 'b'), 'its digest is not the one that was signed'],
    ['is cut', (list) => list.slice(0, -30), 'its digest is not the one that was signed'],
    ['is longer', (list) => `${list}${list.slice(0, 90)}`, ''],
    ['is missing', () => '', 'not-found'],
  ])('has a list that %s', async (_, change, detail) => {
    const changed = change(listOf(facts.files).toString());
    if (changed === '') served.delete('audit.sha256');
    else served.set('audit.sha256', Buffer.from(changed));
    const audits = await process();
    const { sha256: found, failure } = await ask(audits);
    expect(found).toBeNull();
    expect(failure).toMatchObject({ path: 'audit.sha256' });
    expect(`${failure?.detail}`).toContain(detail === 'not-found' ? 'HTTP status 404' : detail);
    await ask(audits);
    expect(requests).toEqual(['audit.note', 'audit.sha256']);
    // A minute later, the server may be right again.
    nowMs += 60_000;
    served = signedAudit(me, facts);
    expect((await ask(audits)).sha256).toBe(sha256);
  });

  it.each<[string, string]>([
    ['is not sorted', `${sha256}  b\n${sha256}  a\n`],
    ['has a path twice', `${sha256}  a\n${'0'.repeat(64)}  a\n`],
    ['has a bad line', `${sha256}  a\nwhat\n`],
    ['has a line without an end', `${sha256}  a`],
    ['has a line of 10 kB', `${sha256}  ${'x'.repeat(10_000)}\n`],
  ])('has a signed list that %s', async (_, list) => {
    served = signedAudit(me, facts, Buffer.from(list));
    const { failure } = await ask(await process(), 'a');
    expect(failure).toMatchObject({ outcome: 'checksum-mismatch', path: 'audit.sha256' });
  });

  it('is an older one than one that was seen, even in another process and without the cache', async () => {
    served = signedAudit(me, { ...facts, untilMs: startMs + 1 });
    expect((await ask(await process())).sha256).toBe(sha256);
    served = signedAudit(me, facts);
    await rm(join(folder.path, 'cache'), { recursive: true });
    const audits = await process();
    expect(await ask(audits)).toEqual(none);
    expect(warnings()).toEqual([
      expect.stringContaining(`it ended ${started}, but one that ended ${new Date(startMs + 1).toISOString()} was seen before`),
    ]);
    // The same one again still counts.
    served = signedAudit(me, { ...facts, untilMs: startMs + 1 });
    expect((await ask(await process())).sha256).toBe(sha256);
  });

  it('takes nothing away from one that still counts', async () => {
    const audits = await process();
    await ask(audits);
    for (const bad of [auditor(2), null]) {
      nowMs += 3_700_000;
      served = bad === null ? new Map<string, Buffer>() : signedAudit(bad, { ...facts, untilMs: nowMs });
      expect((await ask(audits)).sha256).toBe(sha256);
    }
  });

  it('cannot be reached: the failure is told, and files do not wait for it again', async () => {
    served = new Map([['audit.note', new TransportError('refused', 'connection refused')]]);
    const audits = await process();
    const failure = { outcome: 'refused', detail: 'connection refused', path: 'audit.note' };
    expect(await ask(audits)).toMatchObject({ sha256: null, failure });
    expect(await ask(audits)).toMatchObject({ sha256: null, failure });
    expect(requests).toEqual(['audit.note']);
    expect(warnings()).toEqual([]);
  });

  it('is not awaited after an abort', async () => {
    const audits = await process();
    const aborted = AbortSignal.abort(new Error('enough'));
    expect(await ask(audits, path, aborted)).toMatchObject({ sha256: null, failure: { outcome: 'aborted' } });
  });
});

describe('offline', () => {
  it('uses what is kept, if it is fresh, and sends no request', async () => {
    await ask(await process());
    requests.length = 0;
    nowMs += 2 * dayMs;
    expect((await ask(await process({ offline: true }))).sha256).toBe(sha256);
    nowMs += 6 * dayMs;
    expect(await ask(await process({ offline: true }))).toEqual(none);
    expect(requests).toEqual([]);
  });
});

describe('a mirror that was caught lying', () => {
  const mirror = new URL('https://mirror.example.net/m/');
  const lying = (lie: number): Map<string, Buffer> =>
    signedAudit(me, {
      ...facts,
      places: [
        { url: mirror.href, counts: { lie, gap: 5 } },
        { url: facts.repository, counts: { lie: 1 } },
      ],
    });

  it('is known from the note alone, also in later processes', async () => {
    served = lying(2);
    const audits = await process();
    expect(audits.of(mirror)).toEqual([]);
    await audits.standings(new AbortController().signal);
    const caught = [{ operator: 'auditors', audit: 'https://audits.example/audit.note', untilMs: startMs, lies: 2 }];
    expect(audits.of(mirror)).toEqual(caught);
    expect(audits.of(new URL('https://mirror.example.net/other/'))).toEqual([]);
    expect((await process()).of(mirror)).toEqual(caught);
    expect(requests).toEqual(['audit.note']);
  });

  it('is never the origin, and no mirror that only has gaps', async () => {
    served = lying(0);
    const audits = await process();
    await audits.standings(new AbortController().signal);
    expect(audits.of(mirror)).toEqual([]);
    expect(audits.of(repository.url)).toEqual([]);
  });

  it('is forgotten when the audit expires', async () => {
    served = lying(1);
    const audits = await process();
    await audits.standings(new AbortController().signal);
    nowMs = startMs + 8 * dayMs;
    expect(audits.of(mirror)).toEqual([]);
    expect((await process()).of(mirror)).toEqual([]);
  });
});
