import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { contentTypeOf } from '../../../src/app/proxy/http/content-type.js';
import { answerFile, type CacheStatus, formatCacheStatus, httpDate, type Representation } from '../../../src/app/proxy/http/file-answer.js';
import type { RequestHeaders } from '../../../src/app/proxy/http/precondition.js';
import { byName } from './headers.js';

const sha256 = 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9';
const etag = `"sha256:${sha256}"`;
const modified = 'Tue, 02 Jan 2024 03:04:05 GMT';
const earlier = 'Tue, 02 Jan 2024 03:04:04 GMT';
const later = 'Tue, 02 Jan 2024 03:04:06 GMT';

const release: Representation = {
  size: 11,
  lastModifiedMs: Date.UTC(2024, 0, 2, 3, 4, 5, 678),
  contentType: 'application/java-archive',
  digests: { sha256, sha1: '2aae6c35c94fcfb415dbe95f408b9ce91ee846ed', md5: '5eb63bbbe01eeed093cb22bb8f5acdc3' },
  lifetime: 'immutable',
  cacheStatus: { kind: 'hit' },
  ageSeconds: null,
};
const snapshot: Representation = { ...release, lifetime: 'revalidate', ageSeconds: 12.9 };
const undated: Representation = { ...release, lastModifiedMs: null };

const ask = (headers: RequestHeaders, file = release, method: 'GET' | 'HEAD' = 'GET') => answerFile({ method, headers }, file);
/** The status, and the bytes of a part. */
const outcome = (headers: RequestHeaders, file = release, method: 'GET' | 'HEAD' = 'GET'): string => {
  const { status, body } = ask(headers, file, method);
  return status === 206 ? `206 ${body?.from}-${body?.to}` : String(status);
};

describe('conditions, in the order of RFC 9110 section 13.2.2', () => {
  const rows: readonly (readonly [expected: string, headers: RequestHeaders, file?: Representation])[] = [
    ['200', {}],
    // 1. If-Match, compared strongly.
    ['200', { 'if-match': etag }],
    ['200', { 'if-match': '*' }],
    ['200', { 'if-match': `"a", ${etag}` }],
    ['200', { 'if-match': `,, "a,b" ,\t${etag} ,` }],
    ['412', { 'if-match': '"a"' }],
    ['412', { 'if-match': `W/${etag}` }],
    ['412', { 'if-match': '' }],
    ['412', { 'if-match': etag.slice(1, -1) }],
    ['412', { 'if-match': `"a${etag}b"` }],
    // 2. If-Unmodified-Since counts only without If-Match.
    ['200', { 'if-unmodified-since': modified }],
    ['200', { 'if-unmodified-since': later }],
    ['412', { 'if-unmodified-since': earlier }],
    ['200', { 'if-unmodified-since': 'yesterday' }],
    ['200', { 'if-unmodified-since': earlier }, undated],
    ['200', { 'if-match': etag, 'if-unmodified-since': earlier }],
    ['412', { 'if-match': '"a"', 'if-unmodified-since': later }],
    // 3. If-None-Match, compared weakly, after either.
    ['304', { 'if-none-match': etag }],
    ['304', { 'if-none-match': `W/${etag}` }],
    ['304', { 'if-none-match': '*' }],
    ['304', { 'if-none-match': `"a", W/"b", ${etag}` }],
    ['200', { 'if-none-match': '"a"' }],
    ['200', { 'if-none-match': '' }],
    ['200', { 'if-none-match': `a ${etag}` }],
    ['304', { 'if-match': etag, 'if-none-match': etag }],
    ['412', { 'if-match': '"a"', 'if-none-match': etag }],
    ['412', { 'if-unmodified-since': earlier, 'if-none-match': etag }],
    // 4. If-Modified-Since counts only without If-None-Match.
    ['304', { 'if-modified-since': modified }],
    ['304', { 'if-modified-since': later }],
    ['200', { 'if-modified-since': earlier }],
    ['304', { 'if-modified-since': 'Tuesday, 02-Jan-24 03:04:05 GMT' }],
    ['304', { 'if-modified-since': 'Tue Jan  2 03:04:05 2024' }],
    ['200', { 'if-modified-since': '2024-01-02T03:04:05Z' }],
    ['200', { 'if-modified-since': modified }, undated],
    ['200', { 'if-none-match': '"a"', 'if-modified-since': later }],
    ['304', { 'if-none-match': etag, 'if-modified-since': earlier }],
    // 5. If-Range decides whether Range counts.
    ['206 0-5', { range: 'bytes=0-4' }],
    ['206 0-5', { range: 'bytes=0-4', 'if-range': etag }],
    ['200', { range: 'bytes=0-4', 'if-range': '"a"' }],
    ['200', { range: 'bytes=0-4', 'if-range': `W/${etag}` }],
    ['206 0-5', { range: 'bytes=0-4', 'if-range': modified }],
    ['200', { range: 'bytes=0-4', 'if-range': later }],
    ['200', { range: 'bytes=0-4', 'if-range': earlier }],
    ['200', { range: 'bytes=0-4', 'if-range': modified }, snapshot],
    ['206 0-5', { range: 'bytes=0-4', 'if-range': etag }, snapshot],
    ['200', { range: 'bytes=0-4', 'if-range': modified }, undated],
    ['200', { 'if-range': '"a"' }],
    ['200', { range: 'bytes=99-', 'if-range': '"a"' }],
    ['416', { range: 'bytes=99-', 'if-range': etag }],
    ['304', { range: 'bytes=0-4', 'if-none-match': etag }],
    ['412', { range: 'bytes=0-4', 'if-match': '"a"' }],
    ['206 0-5', { range: 'bytes=0-4', 'if-match': etag, 'if-unmodified-since': earlier }],
    // Maven's resolver resumes a download in this way.
    ['206 5-11', { range: 'bytes=5-', 'if-unmodified-since': modified, 'accept-encoding': 'identity' }],
    // The build tools send these with every request: they are not obeyed.
    ['200', { 'cache-control': 'no-cache', pragma: 'no-cache' }],
    ['304', { 'cache-control': 'no-cache', 'if-none-match': etag }],
  ];
  it.each(rows.map(([expected, headers, file = release]) => [expected, headers, file] as const))('%s for %j', (expected, headers, file) => {
    expect(outcome(headers, file)).toBe(expected);
    // Without ranges, HEAD gives the same status.
    const status = expected.startsWith('206') || expected === '416' ? '200' : expected;
    expect(outcome(headers, file, 'HEAD')).toBe(status);
    expect(ask(headers, file, 'HEAD').body).toBeNull();
  });

  it('reads a list of entity tags of 1 MiB, and blanks without end, in no time', () => {
    const tags = `"0123456789abcdef", `.repeat(52_000);
    expect(outcome({ 'if-none-match': `${tags}${etag}` })).toBe('304');
    expect(outcome({ 'if-none-match': tags + ' '.repeat(1_000_000) + 'x' })).toBe('200');
    expect(outcome({ 'if-match': ','.repeat(1_000_000) })).toBe('412');
    expect(outcome({ 'if-none-match': `"${'a'.repeat(1_000_000)}` })).toBe('200');
  });
});

describe('ranges', () => {
  it.each([
    ['206 0-1', 'bytes=0-0'],
    ['206 10-11', 'bytes=10-10'],
    ['206 0-11', 'bytes=0-'],
    ['206 3-11', 'bytes=3-99999999999999999999999999'],
    ['206 3-11', 'BYTES=3-10'],
    ['206 6-11', 'bytes=-5'],
    ['206 0-11', 'bytes=-99999999999999999999'],
    ['206 1-3', 'bytes= 1-2 '],
    ['206 1-3', 'bytes=,1-2,'],
    ['206 1-3', 'bytes=0001-0002'],
    ['416', 'bytes=11-'],
    ['416', 'bytes=11-20'],
    ['416', 'bytes=-0'],
    ['416', 'bytes=99999999999999999999999999-'],
    ['200', 'bytes=2-1'],
    ['200', 'bytes=99999999999999999999999999-99999999999999999999999998'],
    ['200', 'bytes=0-1,2-3'],
    ['200', 'bytes=0-1, -1'],
    ['200', 'bytes='],
    ['200', 'bytes=,'],
    ['200', 'bytes=-'],
    ['200', 'bytes=a-b'],
    ['200', 'bytes=1'],
    ['200', 'bytes=+1-2'],
    ['200', 'bytes=1-2-3'],
    ['200', 'bytes=0x1-2'],
    ['200', 'bytes 0-1'],
    ['200', 'lines=0-1'],
    ['200', '0-1'],
    ['200', ''],
  ])('%s for %s', (expected, range) => {
    expect(outcome({ range })).toBe(expected);
  });

  it('in 10,000 parts are ignored', () => {
    expect(outcome({ range: `bytes=${Array.from({ length: 10_000 }, (_, at) => `${at}-${at}`).join(',')}` })).toBe('200');
    expect(outcome({ range: ['bytes=0-1', 'bytes=2-3'] })).toBe('200');
  });

  it('of an empty file are unsatisfiable, or the whole of it', () => {
    const empty = { ...release, size: 0 };
    expect(['bytes=0-', 'bytes=0-0', 'bytes=-1', 'bytes=-0'].map((range) => outcome({ range }, empty))).toEqual([
      '416',
      '416',
      '200',
      '416',
    ]);
  });

  it('lie within the file, whatever the header says', () => {
    const digits = fc.oneof(fc.nat(40).map(String), fc.bigInt({ min: 0n, max: 10n ** 40n }).map(String), fc.constant(''));
    fc.assert(
      fc.property(digits, digits, fc.nat(30), (first, last, size) => {
        const { status, body, headers } = ask({ range: `bytes=${first}-${last}` }, { ...release, size });
        expect([200, 206, 416]).toContain(status);
        if (status !== 206 || body === null) return;
        expect(body.from >= 0 && body.from < body.to && body.to <= size).toBe(true);
        expect(byName(headers)).toMatchObject({
          'content-range': `bytes ${body.from}-${body.to - 1}/${size}`,
          'content-length': String(body.to - body.from),
        });
      }),
    );
  });
});

describe('headers', () => {
  it('of a release', () => {
    const answer = ask({});
    expect(byName(answer.headers)).toEqual({
      etag,
      'cache-control': 'public, max-age=31536000, immutable',
      'cache-status': 'clojars-fetch; hit',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'last-modified': modified,
      'content-type': 'application/java-archive',
      'repr-digest': 'sha-256=:uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=:',
      'x-checksum-sha256': sha256,
      'x-checksum-sha1': '2aae6c35c94fcfb415dbe95f408b9ce91ee846ed',
      'x-checksum-md5': '5eb63bbbe01eeed093cb22bb8f5acdc3',
      'content-length': '11',
    });
    expect(answer.body).toEqual({ from: 0, to: 11 });
    expect(ask({}, release, 'HEAD').headers).toEqual(answer.headers);
  });

  it('of a snapshot have an age and ask for revalidation', () => {
    expect(byName(ask({}, snapshot).headers)).toMatchObject({ age: '12', 'cache-control': 'no-cache' });
  });

  it.each([
    [412, { 'if-match': '"a"' }],
    [416, { range: 'bytes=99-' }],
  ] as const)('keep %i out of caches: it is not an answer to other requests for the file', (status, headers) => {
    for (const file of [release, snapshot]) {
      const answer = ask(headers, file);
      expect([answer.status, byName(answer.headers)]).toMatchObject([status, { 'cache-control': 'no-store', etag }]);
      expect(answer.headers.filter((name) => name === 'Cache-Control')).toHaveLength(1);
    }
    expect(byName(ask({}).headers)['cache-control']).toContain('immutable');
  });

  it('of a part are those of the whole, with its place', () => {
    const headers = byName(ask({ range: 'bytes=-3' }).headers);
    expect(headers).toMatchObject({ etag, 'content-length': '3', 'content-range': 'bytes 8-10/11', 'x-checksum-sha256': sha256 });
  });

  it('of other answers', () => {
    expect(byName(ask({ 'if-none-match': etag }).headers)).toEqual({
      etag,
      'cache-control': 'public, max-age=31536000, immutable',
      'cache-status': 'clojars-fetch; hit',
      'accept-ranges': 'bytes',
      'x-content-type-options': 'nosniff',
      'last-modified': modified,
    });
    expect(byName(ask({ 'if-match': '"a"' }).headers)).toMatchObject({ 'content-length': '0', etag });
    expect(byName(ask({ range: 'bytes=11-' }).headers)).toMatchObject({ 'content-length': '0', 'content-range': 'bytes */11' });
  });

  it('leave out what is not known', () => {
    const { sha1: _sha1, md5: _md5, ...digests } = release.digests;
    const headers = byName(ask({}, { ...undated, digests }).headers);
    expect(Object.keys(headers).filter((name) => /last-modified|sha1|md5|age$/.test(name))).toEqual([]);
  });

  it.each([
    [-5, '0'],
    [Number.NaN, '0'],
    [Number.POSITIVE_INFINITY, '2147483648'],
    [1e12, '2147483648'],
  ])('make sense if a clock jumps: an age of %d', (ageSeconds, expected) => {
    expect(byName(ask({}, { ...release, ageSeconds }).headers)['age']).toBe(expected);
  });

  it.each([
    [Number.NaN, 'Thu, 01 Jan 1970 00:00:00 GMT'],
    [-1e18, 'Mon, 01 Jan 1900 00:00:00 GMT'],
    [1e18, 'Fri, 31 Dec 9999 23:59:59 GMT'],
  ])('have a date that HTTP can express: %d', (ms, expected) => {
    expect(httpDate(ms)).toBe(expected);
  });

  it.each<readonly [CacheStatus, string]>([
    [{ kind: 'hit' }, 'clojars-fetch; hit'],
    [{ kind: 'miss', mirror: 'https://user:secret@repo.clojars.org/path/' }, 'clojars-fetch; fwd=miss; detail="repo.clojars.org"'],
    [{ kind: 'miss', mirror: 'http://127.0.0.1:8081/' }, 'clojars-fetch; fwd=miss; detail="127.0.0.1:8081"'],
    [{ kind: 'miss', mirror: null }, 'clojars-fetch; fwd=miss'],
    [{ kind: 'miss', mirror: 'file:///mirror/' }, 'clojars-fetch; fwd=miss'],
    [{ kind: 'stale', mirror: 'https://bücher.example/' }, 'clojars-fetch; fwd=stale; detail="xn--bcher-kva.example"'],
  ])('say where the bytes come from: %j', (status, expected) => {
    expect(formatCacheStatus(status)).toBe(expected);
  });
});

describe('media types', () => {
  it.each([
    ['g/a/1/a-1.jar', 'application/java-archive'],
    ['g/a/1/a-1.pom', 'application/xml'],
    ['g/a/1/a-1.tar.gz', 'application/gzip'],
    ['g/a/1/a-1.jar.asc', 'application/pgp-signature'],
    ['g/a/1/a-1.jar.sha1', 'text/plain; charset=utf-8'],
    ['g/a/1/a-1.html', 'application/octet-stream'],
    ['g/a/1/a-1.svg', 'application/octet-stream'],
    ['g/a/1/a-1.__proto__', 'application/octet-stream'],
    ['g/a/1/a-1.constructor', 'application/octet-stream'],
  ])('of %s', (path, expected) => {
    expect(contentTypeOf(path)).toBe(expected);
  });
});
