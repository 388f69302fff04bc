import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type GuardedRequest, HostGuard } from '../../../src/app/proxy/http/host-guard.js';
import { codePoint } from '../../support/code-point.js';

const own = { port: 8400, secure: false, hosts: ['maven.example', 'other.example:8443'], viaToken: 'clojars-fetch-1' };
const guard = new HostGuard(own);

function ask(headers: Readonly<Record<string, string>>, target = '/', changes: Partial<GuardedRequest> = {}): string {
  const rawHeaders = Object.entries(headers).flat();
  const verdict = guard.check({ method: 'GET', target, httpVersionMajor: 1, httpVersionMinor: 1, headers, rawHeaders, ...changes });
  return verdict.kind === 'allowed' ? `${verdict.method} ${verdict.target}` : String(verdict.problem.status);
}

describe('the host of a request', () => {
  it.each([
    ['127.0.0.1:8400', 'GET /'],
    ['localhost:8400', 'GET /'],
    ['LOCALHOST:8400', 'GET /'],
    ['[::1]:8400', 'GET /'],
    ['maven.example', 'GET /'],
    ['maven.example:9', 'GET /'],
    ['other.example:8443', 'GET /'],
    ['other.example', '421'],
    ['other.example:8444', '421'],
    ['127.0.0.1', '421'],
    ['127.0.0.1:84000', '421'],
    ['127.0.0.2:8400', '421'],
    ['localhost.:8400', '421'],
    ['localhost.evil.example:8400', '421'],
    ['user@localhost:8400', '421'],
    ['localhost:8400, evil.example', '421'],
    ['maven.example:123456', '421'],
    ['', '421'],
  ])('%s', (host, expected) => {
    expect(ask({ host })).toBe(expected);
    // The authority of an absolute target is held to the same rule.
    expect(ask({ host: 'localhost:8400' }, `http://${host}/a`)).toBe(expected === '421' ? '421' : 'GET /a');
  });

  it('may leave out the default port', () => {
    const http = new HostGuard({ ...own, port: 80 });
    const https = new HostGuard({ ...own, port: 443, secure: true });
    const request = {
      method: 'GET',
      target: '/',
      httpVersionMajor: 1,
      httpVersionMinor: 1,
      headers: { host: 'localhost' },
      rawHeaders: [],
    };
    expect([http.check(request).kind, https.check(request).kind]).toEqual(['allowed', 'allowed']);
  });
});

describe('a request in a circle', () => {
  it.each([
    ['1.1 clojars-fetch-1', '508'],
    ['HTTP/1.1 clojars-fetch-1 (comment)', '508'],
    ['1.1 nginx,1.1\tclojars-fetch-1', '508'],
    ['1.1 clojars-fetch-2', 'GET /'],
    ['1.1 nginx (clojars-fetch-1)', 'GET /'],
    [Array.from({ length: 17 }, (_, index) => `1.1 p${index}`).join(', '), '508'],
  ])('%s', (via, expected) => {
    expect(ask({ host: 'localhost:8400', via })).toBe(expected);
  });
});

describe('any request', () => {
  it('is read without throwing, and never leads to another server', () => {
    const text = fc.oneof(
      fc.string({ unit: codePoint, maxLength: 40 }),
      fc.constantFrom('http://', 'https://evil.example/', 'localhost:8400', '*', 'null'),
    );
    const names = fc.constantFrom('host', 'origin', 'via', 'sec-fetch-site', 'sec-fetch-mode', 'content-length', 'transfer-encoding');
    fc.assert(
      fc.property(fc.dictionary(names, text), fc.array(text, { maxLength: 3 }), text, (headers, pieces, method) => {
        const line = ask({ host: 'localhost:8400', ...headers }, pieces.join(''), { method });
        expect(line).toMatch(/^(?:GET|HEAD) \/|^4\d\d$|^508$/);
      }),
    );
  });
});
