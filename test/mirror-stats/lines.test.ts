/** The forms of log lines, and the paths that are downloads. Held against a regular expression that says the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { writeDownload } from '../../src/app/mirror-stats/lines/download-path.js';
import { FormatFinder } from '../../src/app/mirror-stats/lines/find-format.js';
import { LineCutter } from '../../src/app/mirror-stats/lines/line-cutter.js';
import { LogLine } from '../../src/app/mirror-stats/lines/log-line.js';

const dayMs = 86_400_000;

/** Reads one line, and says what was found; null if the line has no known form. */
function read(text: string): object | null {
  // The bytes after the line must not matter.
  const bytes = Buffer.from(`${text}\n<134>2001-01-01T00:00:00Z a b: c "GET /x HTTP/1.1" 404 1`);
  const line = new LogLine();
  const finder = new FormatFinder();
  const slice = (from: Uint8Array, start: number, end: number): string => Buffer.from(from.subarray(start, end)).toString();
  if (!finder.parse(bytes, 0, Buffer.byteLength(text), line)) return null;
  return {
    format: [...finder.found].join(),
    date: new Date(line.day * dayMs).toISOString().slice(0, 10),
    isGet: line.isGet,
    status: line.status,
    path: slice(line.pathBytes, line.pathStart, line.pathEnd),
    address: slice(line.bytes, line.addressStart, line.addressEnd),
  };
}

const path = '/captain/archibald/haddock/0.1.0/haddock-0.1.0.jar';
const fastly = (request: string, rest = '200 2377 "(null)" "Java/1.6.0_30"', date = '2012-04-14T06:40:59Z'): string =>
  `<134>${date} cache-bwi5023 s3-bucket[3217]: 3.90.141.179 "${request}" ${rest}`;
const combined = (request: string, rest = '200 2377 "-" "Java/1.6.0_30"', date = '14/Apr/2012:06:40:59 +0000'): string =>
  `::ffff:127.0.0.1 - - [${date}] "${request}" ${rest}`;

const s3 = (method: string, target: string, status = '200 -'): string =>
  `79a5 bucket [14/Apr/2012:06:40:59 +0000] 192.0.2.3 - 3E57427F3EXAMPLE REST.GET.OBJECT ${path.slice(1)} "${method} ${target} HTTP/1.1" ${status} 2377 2377 7 - "-" "S3Console/0.4" -`;

describe('a line', () => {
  const found = { date: '2012-04-14', isGet: true, status: 200, path };

  it.each([
    ['of Fastly', fastly(`GET ${path} HTTP/1.1`), { format: 'fastly', address: '3.90.141.179' }],
    ["of Fastly's old form", fastly(`GET ${path}`).replace(' "GET', ' "-" "GET'), { address: '3.90.141.179' }],
    ['of Fastly with a free end', fastly(`GET ${path} HTTP/1.1`, '200 2377 (null) Java/1.6 "x'), {}],
    ['of Fastly with an IPv6 address', fastly(`GET ${path} HTTP/2`).replace('3.90.141.179', '2001:db8::1'), { address: '2001:db8::1' }],
    ['of Fastly with a fraction', fastly(`GET ${path} HTTP/1.1`, undefined, '2012-04-14T06:40:59.123456Z'), {}],
    ['of Fastly in another zone', fastly(`GET ${path} HTTP/1.1`, undefined, '2012-04-15T01:40:59+05:00'), {}],
    ['of nginx', combined(`GET ${path} HTTP/1.1`), { format: 'combined', address: '::ffff:127.0.0.1' }],
    ['of nginx in a zone where it is the day before', combined(`GET ${path} HTTP/1.1`, undefined, '13/Apr/2012:23:30:00 -0130'), {}],
    ['of nginx with a user in brackets', combined(`GET ${path} HTTP/1.1`).replace('- -', '- [a b]'), {}],
    ['of Apache in the common form', combined(`GET ${path} HTTP/1.0`, '200 -'), {}],
    ['of Apache with a host', `mirror.test:443 ${combined(`GET ${path} HTTP/1.1`)}`, { address: '::ffff:127.0.0.1' }],
    ['of S3', s3('GET', `/bucket${path}`), { format: 's3', address: '192.0.2.3' }],
    ['of S3 by the name of the bucket', s3('GET', path), {}],
    ['of S3 with a query', s3('GET', `${path}?x-id=GetObject`), { path: `${path}?x-id=GetObject` }],
    ['of S3 without a file', s3('GET', `/bucket${path}`, '404 NoSuchKey'), { status: 404, path: `/bucket${path}` }],
    [
      'of S3 about an expired object',
      s3('GET', path)
        .replace('REST.GET', 'S3.EXPIRE')
        .replace(/"GET.*/, '"-" - - - - - - - "-" "-" -'),
      { status: 0, isGet: false, path: '' },
    ],
    [
      'of JSON',
      `{"time":"2012-04-14T06:40:59+00:00","remote_addr":"::1","request":"GET ${path} HTTP/1.1","status":"200"}`,
      { format: 'json', address: '::1' },
    ],
    ['of Caddy', `{"ts":1334385659.5,"request":{"remote_ip":"::1","method":"GET","uri":"${path}"},"status":200}`, { address: '::1' }],
    ['of JSON with milliseconds', `{"timestamp":1334385659500,"url":"https://mirror.test${path}","status":200}`, { address: '-' }],
    ['without a protocol', combined(`GET ${path}`), {}],
    ['of another method', combined(`HEAD ${path} HTTP/1.1`), { isGet: false }],
    ['with a quote in its agent', combined(`GET ${path} HTTP/1.1`, '200 1 "-" "a \\" b'), {}],
    ['with a quote in its path', combined(String.raw`GET /a\"b HTTP/1.1`, '404 1'), { status: 404, path: String.raw`/a\"b` }],
    ['of a handshake', combined(String.raw`\x16\x03\x01\x00`, '400 150 "-" "-"'), { isGet: false, status: 400, path: '' }],
    ['of nothing', combined('', '400 0 "-" "-"'), { isGet: false, status: 400, path: '' }],
    ['with a space in its path', combined('GET /a b HTTP/1.1', '400 0'), { status: 400, path: '' }],
  ])('%s is read', (_, text, more) => {
    expect(read(text)).toMatchObject({ ...found, ...more });
  });

  it.each([
    ['an empty object', '{}'],
    ['an error of nginx', '2026/11/29 14:06:40 [error] 1#1: *1 open() "/x" failed, client: 1.2.3.4, request: "GET /x HTTP/1.1"'],
    ['a date that does not exist', combined(`GET ${path} HTTP/1.1`, undefined, '31/Feb/2012:06:40:59 +0000')],
    ['a time that does not exist', fastly(`GET ${path} HTTP/1.1`, undefined, '2012-04-14T24:40:59Z')],
    ['JSON that is cut', '{"time":"2012-04-14T06:40:59Z","request":"GET /'],
    ['JSON without a status', `{"time":"2012-04-14T06:40:59Z","path":"${path}"}`],
    ['a number in JSON', '1'],
    ['no date', `<134>${path}`],
    ['no status', fastly(`GET ${path} HTTP/1.1`, 'OK 12')],
  ])('with %s is not', (_, text) => {
    expect(read(text)).toBeNull();
  });

  it.each([fastly(`GET ${path} HTTP/1.1`, '200 2377'), combined(`GET ${path} HTTP/1.1`, '200 2377')])(
    'is not read if it is cut: %s',
    (text) => {
      const least = text.length - '377'.length;
      for (let length = 1; length < least; length++) expect(read(text.slice(0, length)), text.slice(0, length)).toBeNull();
      expect(read(text.slice(0, least))).toMatchObject(found);
    },
  );

  it('never makes the reader throw', () => {
    const piece = fc.constantFrom(
      '<134>',
      '2012-04-14T06:40:59Z',
      ' ',
      '"',
      '[',
      ']',
      ':',
      'GET',
      '/a',
      '200',
      '14/Apr/2012:06:40:59 +0000',
      '-',
      '\\',
      'é',
    );
    fc.assert(fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => void read(pieces.join(''))));
  });
});

/** Reads `group/artifact/version` of a path; null if it is not a download. */
function download(text: string): string | null {
  const bytes = Buffer.from(`${text} HTTP`);
  const target = new Uint8Array(bytes.length + 8);
  const end = writeDownload(bytes, 0, Buffer.byteLength(text), target, 4);
  return end === -1 ? null : Buffer.from(target.subarray(4, end)).toString();
}

describe('a path', () => {
  it.each([
    [path, 'captain.archibald/haddock/0.1.0'],
    [`/repo${path}`, 'captain.archibald/haddock/0.1.0'],
    ['//repo///captain//archibald///haddock//0.1.0//haddock-0.1.0.jar', 'captain.archibald/haddock/0.1.0'],
    ['/snowy/snowy/0.2.0-SNAPSHOT/snowy-0.2.0-20120414.064059-1.jar', 'snowy/snowy/0.2.0-SNAPSHOT'],
    ['/a/b/1/b-1-sources.jar', 'a/b/1'],
    ['/a/b/1/anything.jar', 'a/b/1'],
    ['/repo/b/1/b-1.jar', 'repo/b/1'],
    ['/repo/repo/b/1/b-1.jar', 'repo/b/1'],
    ['/repository/b/1/b-1.jar', 'repository/b/1'],
    ['/a.b/c/1/c-1.jar', 'a.b/c/1'],
    ['/a/b%2Bc/1%2B2/b-1.jar', 'a/b%2Bc/1%2B2'],
    ['/grüße/b/1/b-1.jar', 'grüße/b/1'],
    ['/b/1/b-1.jar', null],
    ['/a/b/1/b-1.pom', null],
    ['/a/b/1/b-1.jar.sha1', null],
    ['/a/b/1/b-1.JAR', null],
    ['/a/b/1/.jar', null],
    ['/a/b/1/jar', null],
    ['/a/b/1/b-1.jar?x=1', null],
    ['/a/b/1/b-1.jar?x=.jar', null],
    ['/x?/a/b/1/b-1.jar', null],
    ['a/b/1/b-1.jar', null],
    ['http://mirror/a/b/1/b-1.jar', null],
    ['/', null],
    ['', null],
    [`/${'a/'.repeat(4000)}b/1/b-1.jar`, null],
  ])('%s downloads %s', (text, expected) => {
    expect(download(text)).toBe(expected);
  });

  it("is read as by Clojars' regular expression", () => {
    const rule = /^\/+(?:repo\/+)?((?:[^/]+\/+)*[^/]+)\/+([^/]+)\/+([^/]+)\/+[^/]+\.jar$/;
    const segment = fc.constantFrom('repo', 'a', 'b.c', '1', 'x.jar', '.jar', '', 'é');
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 8 }), (segments) => {
        const text = `/${segments.join('/')}`;
        const [, group = '', artifact = '', version = ''] = rule.exec(text) ?? [];
        expect(download(text)).toBe(group === '' ? null : `${group.replace(/\/+/g, '.')}/${artifact}/${version}`);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a cutter of lines', () => {
  it('finds the same lines however the log is cut into pieces', () => {
    const line = fc.stringMatching(/^[a-c]{0,12}$/);
    fc.assert(
      fc.property(
        fc.array(line),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        fc.array(fc.nat({ max: 9 }), { minLength: 1 }),
        (lines, end, isEnded, sizes) => {
          const log = Buffer.from(lines.join(end) + (isEnded ? end : ''));
          const found: string[] = [];
          const cutter = new LineCutter((bytes, from, to) => void found.push(Buffer.from(bytes.subarray(from, to)).toString()));
          for (let [at, turn] = [0, 0]; at < log.length; turn++) {
            const size = (sizes[turn % sizes.length] ?? 0) + 1;
            cutter.add(log.subarray(at, at + size));
            at += size;
          }
          cutter.end();
          expect(found).toEqual(lines.filter((text) => text !== ''));
        },
      ),
    );
  });

  it('keeps the beginning of a line that is too long', () => {
    const lengths: number[] = [];
    const cutter = new LineCutter((_, from, to) => void lengths.push(to - from));
    for (let turn = 0; turn < 40; turn++) cutter.add(Buffer.alloc(1 << 17, 'x'));
    cutter.add(Buffer.from('x\nshort\n'));
    cutter.end();
    expect(lengths).toEqual([1 << 21, 5]);
  });
});
