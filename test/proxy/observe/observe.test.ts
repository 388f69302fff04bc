/** The counts of the proxy, its metrics and its status. */
import { describe, expect, it } from 'vitest';

import { Metrics } from '../../../src/app/proxy/observe/metrics.js';
import { type CountedAnswer, Statistics } from '../../../src/app/proxy/observe/statistics.js';
import { healthDocument, statusDocument } from '../../../src/app/proxy/observe/status.js';

const answer: CountedAnswer = { target: '/clojars/a', status: 200, bytes: 100, ms: 20, cache: 'hit', mirror: null, refusal: null };
const refusal = { code: 'ERR_CHECKSUM', reason: 'mismatch', detail: 'sha1 differs' };

function counted(...answers: readonly Partial<CountedAnswer>[]): Statistics {
  const statistics = new Statistics();
  for (const one of answers) statistics.count({ ...answer, ...one }, 0);
  return statistics;
}

describe('Statistics', () => {
  it('counts answers, bytes, and the share of the cache', () => {
    const statistics = counted({}, { cache: 'miss' }, { cache: 'stale' }, { status: 404, cache: null, bytes: 0 });
    expect(statistics.answers).toBe(4);
    expect(statistics.bytes).toBe(300);
    expect(statistics.hitRate).toBeCloseTo(1 / 3);
  });

  it('has no share before the first file', () => {
    expect(new Statistics().hitRate).toBeNull();
  });

  it('keeps the last hundred refusals, newest first, but no absences', () => {
    const refusals = Array.from({ length: 150 }, (_, index) => ({ status: 502, target: `/${index}`, cache: null, refusal }));
    const statistics = counted(...refusals, { status: 404, cache: null, refusal: { ...refusal, code: 'ERR_NOT_FOUND' } });
    expect(statistics.refusals).toHaveLength(100);
    expect(statistics.refusals[0]).toEqual({ at: '1970-01-01T00:00:00.000Z', target: '/149', status: 502, ...refusal });
  });
});

describe('Metrics', () => {
  const gauges = { downloading: () => 2, cacheBytes: () => 1000, cacheFiles: () => 3, openCircuits: () => Promise.resolve(1) };

  it('has the format of Prometheus, and no label from a request', async () => {
    const statistics = counted({ target: '/clojars/secret' }, { status: 502, cache: null, refusal });
    const { contentType, text } = await new Metrics(statistics, gauges).read();
    expect(contentType).toContain('text/plain');
    expect(text).toContain('clojars_fetch_proxy_answers_total{status="200"} 1');
    expect(text).toContain('clojars_fetch_proxy_answers_total{status="502"} 1');
    expect(text).toContain('clojars_fetch_proxy_files_total{cache="hit"} 1');
    expect(text).toContain('clojars_fetch_proxy_open_circuits 1');
    expect(text).not.toContain('secret');
  });

  it('gives the same numbers when it is read twice', async () => {
    const metrics = new Metrics(counted({}, {}), gauges);
    expect((await metrics.read()).text).toBe((await metrics.read()).text);
  });
});

describe('documents', () => {
  it('say that an ending proxy is live but not ready', () => {
    expect(healthDocument({ isEnding: true })).toEqual({ live: true, ready: false });
  });

  it('show which mirror served how much', () => {
    const facts = { startedMs: 0, offline: false, mirrors: [], cache: { files: 1, bytes: 2, limitBytes: 3 }, downloading: 0 };
    const one: Partial<CountedAnswer> = { cache: 'miss', mirror: 'https://one.example/' };
    const document = statusDocument(counted({}, one, one, { ...one, mirror: 'https://two.example/' }), facts);
    expect(document.served).toEqual({ 'https://one.example/': 2, 'https://two.example/': 1 });
  });

  it('show refusals and the cache', () => {
    const cache = { files: 1, bytes: 2, limitBytes: 3 };
    const facts = { startedMs: 0, offline: false, mirrors: [], cache, downloading: 0 };
    const document = statusDocument(counted({ status: 502, cache: null, refusal }), facts);
    expect(document).toMatchObject({ schemaVersion: 1, started: '1970-01-01T00:00:00.000Z', cache, hitRate: null });
    expect(document.refusals).toHaveLength(1);
  });
});
