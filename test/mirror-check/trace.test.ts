import { expect, test } from 'vitest';

import { formatLastSync, formatTrace, type MirrorTrace, parseLastSync, parseTrace } from '../../src/maven/mirror-trace/trace.js';
import { parseFeedPage } from '../../src/maven/repository-index/release-feed.js';
import { schemaViolations } from '../support/json-schema.js';

const upstream: MirrorTrace = {
  operator: 'first',
  contact: null,
  source: 'https://repo.clojars.org/',
  cursorMs: null,
  startedMs: Date.UTC(2026, 10, 28, 1),
  finishedMs: Date.UTC(2026, 10, 28, 2),
  intervalSeconds: null,
  counts: {},
  filter: null,
  upstream: null,
};
const trace: MirrorTrace = {
  ...upstream,
  operator: 'second',
  contact: 'mailto:mirror@example.org',
  source: 'https://first.example.org/clojars/',
  cursorMs: Date.UTC(2026, 10, 28, 1, 30),
  intervalSeconds: 3600,
  counts: { files: 3_000_000, copied: 12 },
  filter: { groups: ['org.example.*'], sinceMs: Date.UTC(2026, 0, 31), snapshots: false, latest: 3, metadata: 'rewrite' },
  upstream,
};
const document = JSON.parse(formatTrace(trace)) as Record<string, unknown>;

test('a trace is read back as it was written, and follows its schema', () => {
  expect(parseTrace(formatTrace(trace))).toEqual({ ok: true, trace });
  expect(schemaViolations(document, 'mirror-trace')).toEqual([]);
});

test.each<[problem: string, text: string]>([
  ['markup, not JSON', '<!doctype html><title>404</title>'],
  ['not JSON', '{"operator":'],
  ['not a JSON object', '[1]'],
  ['not a JSON object', 'null'],
  ['schemaVersion is not 1', JSON.stringify({ ...document, schemaVersion: 2 })],
  ['operator is not a text', JSON.stringify({ ...document, operator: { name: 'x' } })],
  ['source is not a text', JSON.stringify({ ...document, source: undefined })],
  ['contact is longer than 1000 characters', JSON.stringify({ ...document, contact: 'x'.repeat(2000) })],
  ['finished is not a time in UTC', JSON.stringify({ ...document, finished: 1_764_000_000 })],
  ['finished is not a time in UTC', JSON.stringify({ ...document, finished: '2026-11-28 01:00' })],
  ['finished is not a time in UTC', JSON.stringify({ ...document, finished: '2026-13-28T01:00:00Z' })],
  ['finished is before started', JSON.stringify({ ...document, started: '2027-01-01T00:00:00Z' })],
  ['intervalSeconds is not a count', JSON.stringify({ ...document, intervalSeconds: -1 })],
  ['filter is not an object', JSON.stringify({ ...document, filter: 'all' })],
  ['groups is not a list of groups', JSON.stringify({ ...document, filter: { groups: ['../x'] } })],
  ['groups is not a list of groups', JSON.stringify({ ...document, filter: { groups: Array.from({ length: 1001 }, () => 'g') } })],
  ['latest is not a count', JSON.stringify({ ...document, filter: { latest: 'all' } })],
  ['counts is not an object', JSON.stringify({ ...document, counts: [1] })],
  ['files is not a count', JSON.stringify({ ...document, counts: { files: '3' } })],
  [
    'counts has more than 50 members',
    JSON.stringify({ ...document, counts: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [i, i])) }),
  ],
  ['not a JSON object', JSON.stringify({ ...document, upstream: 'https://first.example.org/' })],
  ['longer than 65536 bytes', ' '.repeat(70_000)],
])('a trace is refused: %s', (problem, text) => {
  expect(parseTrace(text)).toEqual({ ok: false, problem });
});

test('traces of ever more upstreams are cut off', () => {
  let deep = trace;
  for (let depth = 0; depth < 20; depth += 1) deep = { ...trace, upstream: deep };
  let depth = 0;
  const read = parseTrace(formatTrace({ ...deep, counts: {} }));
  for (let at = read.ok ? read.trace : null; at !== null; at = at.upstream) depth += 1;
  expect(depth).toBe(5);
});

test('lastsync holds seconds and nothing else', () => {
  expect(parseLastSync(formatLastSync(trace.finishedMs))).toBe(trace.finishedMs);
  for (const text of ['', 'soon', '<html>', '-5', '1e9', '17640000000000', '1764000000.5']) expect(parseLastSync(text)).toBeNull();
});

test('a page of the release feed is read, without names that are unsafe as paths', () => {
  const release = { group_id: 'org.example', artifact_id: 'lib', version: '1.0', released_at: '2026-11-28T01:02:03.456Z' };
  const bad = [
    { ...release, group_id: '../..' },
    { ...release, artifact_id: 'a/b' },
    { ...release, version: '1.0\u0000' },
    { ...release, released_at: 'yesterday' },
    { ...release, version: 3 },
    null,
  ];
  expect(parseFeedPage(JSON.stringify({ next_from: '2026-11-28T01:02:03.456Z', next: '/x', releases: [release, ...bad] }))).toEqual({
    releases: [{ group: 'org.example', artifact: 'lib', version: '1.0', releasedMs: Date.UTC(2026, 10, 28, 1, 2, 3, 456) }],
    nextFrom: '2026-11-28T01:02:03.456Z',
    dropped: 6,
  });
  for (const text of ['<html>', '[]', '{}', '{"next_from":"now","releases":[]}', '{"next_from":"2026-11-28T01:02:03Z","releases":{}}'])
    expect(parseFeedPage(text)).toBeNull();
});
