/** Each condition of docs/admission.md: met, missed, and not known. */
import { expect, test } from 'vitest';

import {
  type AdmissionConditionId,
  admissionConditions,
  holdAgainstConditions,
  isAdmissible,
} from '../../src/app/mirror-check/verdict/admission.js';
import type { MirrorFindings } from '../../src/app/mirror-check/verdict/findings.js';
import { judge } from '../../src/app/mirror-check/verdict/judge.js';
import type { MirrorTrace } from '../../src/maven/mirror-trace/trace.js';

const nowMs = Date.UTC(2031, 0, 1, 12);
const hourMs = 3_600_000;

const trace: MirrorTrace = {
  operator: 'Example',
  contact: 'mirror@example.org',
  source: 'https://repo.clojars.org/',
  cursorMs: null,
  startedMs: nowMs - hourMs,
  finishedMs: nowMs - hourMs / 2,
  intervalSeconds: 3600,
  counts: {},
  filter: null,
  upstream: null,
};
const right = { coordinate: 'g:a:1', releasedMs: null, file: 'right', checksum: 'right' } as const;
const newest = { ...right, coordinate: 'g:a:2', releasedMs: nowMs - 3 * hourMs } as const;
const metadata = { artifact: 'g:a', state: 'read', namesSample: true, absentVersion: null, isUpstream: null } as const;
const reach = { status: 'ok', address: '192.0.2.1', detail: '' } as const;
const certificate = { validTo: '2031-02-01T00:00:00.000Z', daysLeft: 31, problem: null };

const sound: MirrorFindings = {
  ipv4: reach,
  ipv6: { ...reach, address: '2001:db8::1' },
  certificate,
  failure: null,
  timesMs: [20, 30, 40],
  trace: { state: 'read', value: trace },
  lastSync: { state: 'read', value: nowMs - hourMs / 2 },
  statusOfNothing: 404,
  elsewhere: [],
  newest: [newest],
  old: [right],
  metadata: [metadata],
  metadataMaxAge: 60,
};

function statusOf(id: AdmissionConditionId, changes: Partial<MirrorFindings> = {}, url = 'https://mirror.example.org/'): string {
  const findings = { ...sound, ...changes };
  const conditions = holdAgainstConditions(new URL(url), findings, judge(findings, nowMs));
  const status = conditions.find((one) => one.id === id)?.status ?? 'absent';
  const isRecommended = id === 'ipv6' || id === 'latency';
  if (status !== 'met') expect(isAdmissible(conditions), id).toBe(isRecommended);
  return status;
}

test('a sound candidate meets each of them', () => {
  expect(admissionConditions.filter((id) => statusOf(id) !== 'met')).toEqual([]);
});

const late = { ...trace, finishedMs: nowMs - 30 * hourMs, startedMs: nowMs - 31 * hourMs };
const lacking = { ...newest, file: 'missing' } as const;

test.each<[AdmissionConditionId, string, Partial<MirrorFindings>]>([
  ['reachable', 'does not answer', { failure: 'connection refused' }],
  ['certificate', 'has a certificate for thirteen days', { certificate: { ...certificate, daysLeft: 13 } }],
  ['certificate', 'has a certificate that clients refuse', { certificate: { ...certificate, problem: 'self-signed' } }],
  ['ipv6', 'has no address of IPv6', { ipv6: { status: 'none', address: null, detail: 'no address' } }],
  ['ipv6', 'does not answer over IPv6', { ipv6: { status: 'failed', address: '2001:db8::1', detail: 'timeout' } }],
  ['own-answers', 'redirects to another mirror', { elsewhere: ['https://other.example.org/'] }],
  ['not-found', 'answers 200 for a file that does not exist', { statusOfNothing: 200 }],
  ['not-found', 'answers 403 for a file that does not exist', { statusOfNothing: 403 }],
  ['trace', 'has no trace', { trace: { state: 'missing' } }],
  ['trace', 'has a trace that is not JSON', { trace: { state: 'unreadable', problem: 'not JSON' } }],
  ['trace', 'does not name an interval', { trace: { state: 'read', value: { ...trace, intervalSeconds: null } } }],
  ['trace', 'does not name an operator', { trace: { state: 'read', value: { ...trace, operator: null } } }],
  ['trace', 'has a trace of tomorrow', { trace: { state: 'read', value: { ...trace, finishedMs: nowMs + 24 * hourMs } } }],
  ['last-sync', 'has no lastsync', { lastSync: { state: 'missing' } }],
  ['last-sync', 'has a lastsync that is not a number', { lastSync: { state: 'unreadable', problem: 'not a number of seconds' } }],
  ['fresh', 'synced 30 hours ago', { trace: { state: 'read', value: late }, lastSync: { state: 'missing' } }],
  ['fresh', 'lacks a release of three hours ago', { newest: [lacking] }],
  ['newest-releases', 'lacks one that it should have', { newest: [lacking] }],
  ['newest-releases', 'has one with other bytes', { newest: [{ ...newest, file: 'wrong' }] }],
  ['old-releases', 'lacks one', { old: [{ ...right, file: 'missing' }] }],
  ['old-releases', 'has one with other bytes', { old: [{ ...right, file: 'wrong' }] }],
  ['checksums', 'has another checksum file', { old: [{ ...right, checksum: 'wrong' }] }],
  ['checksums', 'lacks a checksum file', { newest: [{ ...newest, checksum: 'missing' }] }],
  ['metadata', 'has metadata that cannot be read', { metadata: [{ ...metadata, state: 'unreadable' }] }],
  ['metadata', 'names a version that only Clojars has', { metadata: [{ ...metadata, absentVersion: '3', isUpstream: true }] }],
  ['metadata-caching', 'lets metadata be kept for two hours', { metadataMaxAge: 7200 }],
  ['latency', 'takes three seconds', { timesMs: [3000, 3000, 3000] }],
])('%s is missed by a candidate that %s', (id, _, changes) => {
  expect(statusOf(id, changes)).toBe('missing');
});

test('https is missed by a candidate that is served over http', () => {
  expect(statusOf('https', { certificate: null }, 'http://mirror.example.org/')).toBe('missing');
});

test.each<[AdmissionConditionId, Partial<MirrorFindings>]>([
  ['certificate', { certificate: null }],
  ['ipv6', { ipv6: { status: 'unknown', address: null, detail: 'no route' } }],
  ['not-found', { statusOfNothing: null }],
  ['trace', { trace: { state: 'failed' } }],
  ['last-sync', { lastSync: { state: 'failed' } }],
  ['fresh', { trace: { state: 'missing' }, lastSync: { state: 'missing' }, newest: [] }],
  ['newest-releases', { newest: [] }],
  ['newest-releases', { newest: [{ ...newest, file: 'failed' }] }],
  ['old-releases', { old: [] }],
  ['checksums', { newest: [], old: [] }],
  ['metadata', { metadata: [] }],
  ['latency', { timesMs: [] }],
])('%s is not known, and so not met, without an answer', (id, changes) => {
  expect(statusOf(id, changes)).toBe('unknown');
});

test('a release that the interval still allows to be missing, and a version that Clojars deleted, are not held against it', () => {
  expect(statusOf('newest-releases', { newest: [{ ...lacking, releasedMs: nowMs - hourMs }] })).toBe('met');
  expect(statusOf('metadata', { metadata: [{ ...metadata, absentVersion: '3', isUpstream: false }] })).toBe('met');
  expect(statusOf('metadata-caching', { metadataMaxAge: null })).toBe('met');
});
