import { describe, expect, it } from 'vitest';

import { extendHistory, type PastCheck } from '../../src/app/mirror-check/verdict/history.js';

const day = 86_400_000;
const nowMs = Date.UTC(2026, 10, 29, 12);
const check = (atMs: number): PastCheck => ({
  atMs,
  verdict: 'good',
  hoursBehind: 0,
  requests: 1,
  meanMs: 1,
  deviationMs: 0,
  goodChecks: 1,
  checks: 1,
});

describe('the history of checks', () => {
  it.each([0, 999, -999])('keeps a check whose server was %i ms ahead of that of the next', (aheadMs) => {
    const once = extendHistory(new Map(), new Map([['m', check(nowMs + aheadMs)]]), nowMs + aheadMs);
    const twice = extendHistory(once, new Map([['m', check(nowMs)]]), nowMs);
    expect(twice.get('m')).toHaveLength(2);
  });

  it('drops what is older than 30 days, or lies ahead of the newest check', () => {
    const known = new Map([['m', [check(nowMs - 31 * day), check(nowMs - day), check(nowMs + 60_000)]]]);
    const extended = extendHistory(known, new Map([['m', check(nowMs)]]), nowMs);
    expect(extended.get('m')?.map(({ atMs }) => atMs)).toEqual([nowMs - day, nowMs]);
  });
});
