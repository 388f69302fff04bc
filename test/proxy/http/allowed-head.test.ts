import { describe, expect, it } from 'vitest';

import { AllowedHead, type HeadOfRequest } from '../../../src/app/proxy/http/allowed-head.js';

const request: HeadOfRequest = {
  method: 'GET',
  url: '/a',
  httpVersionMajor: 1,
  httpVersionMinor: 1,
  rawHeaders: ['Host', '127.0.0.1:8400', 'User-Agent', 'test'],
};
const allowed = new AllowedHead(request);

describe('a request that was let through', () => {
  it('stands for the same with another path', () => {
    expect(allowed.covers({ ...request, url: '/b?c', rawHeaders: [...request.rawHeaders] })).toBe(true);
  });

  it.each<Partial<HeadOfRequest>>([
    { method: 'HEAD' },
    { method: 'POST' },
    { httpVersionMinor: 0 },
    { httpVersionMajor: 2 },
    { url: 'http://evil.example/a' },
    { url: '*' },
    { url: undefined },
    { rawHeaders: [] },
    { rawHeaders: ['Host', 'evil.example', 'User-Agent', 'test'] },
    { rawHeaders: ['host', '127.0.0.1:8400', 'User-Agent', 'test'] },
    { rawHeaders: [...request.rawHeaders, 'Origin', 'http://evil.example'] },
    { rawHeaders: [...request.rawHeaders, 'Host', 'evil.example'] },
    { rawHeaders: request.rawHeaders.slice(0, 2) },
  ])('does not stand for one with %o', (changes) => {
    expect(allowed.covers({ ...request, ...changes })).toBe(false);
  });

  it.each(['Range', 'IF-RANGE', 'if-match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since'])(
    'is not plain with %s',
    (name) => {
      const rawHeaders = [...request.rawHeaders, name, 'x'];
      expect([allowed.isPlain, new AllowedHead({ ...request, rawHeaders }).isPlain]).toEqual([true, false]);
    },
  );

  it('is plain with such a word as a value, and never as a HEAD', () => {
    const rawHeaders = [...request.rawHeaders, 'X-Name', 'Range'];
    expect(new AllowedHead({ ...request, rawHeaders }).isPlain).toBe(true);
    expect(new AllowedHead({ ...request, method: 'HEAD' }).isPlain).toBe(false);
  });

  it('is not remembered with headers that fill the memory', () => {
    expect(allowed.isShort).toBe(true);
    expect(new AllowedHead({ ...request, rawHeaders: ['Host', 'a'.repeat(5_000)] }).isShort).toBe(false);
  });
});
