/** Requests that no client sends: targets, headers and framing put together by chance. */
import type { Chance } from '../../support/chance.js';

export interface RawRequest {
  readonly method: string;
  /** As written into the request. */
  readonly target: string;
  readonly bytes: Buffer;
  /** Whether its end is where it seems to be, so that others may follow it on the connection. */
  readonly isFramed: boolean;
}

/** Pieces of targets, good and bad. */
const pieces = [
  '/', '/', '/', '/', '/', 'r', 'x', 'all', '-', 'health', 'metrics', 'status', 'org', 'example', 'greeter', 'greeter', '1.0.0', '1.1.0',
  'greeter-1.0.0.jar', 'greeter-1.0.0.pom', 'greeter-1.0.0-sources.jar', 'greeter-1.0.0.jar.asc', 'maven-metadata.xml', '.sha1', '.md5', '.sha256',
  '.sha512', '.asc', 'RELEASE', 'LATEST', '1-SNAPSHOT', 'archetype-catalog.xml', '.meta', 'prefixes.txt', '.', '..', '...', '%2e', '%2E%2e', '%2f',
  '%5c', '\\', '%00', '%', '%25', '%252e%252e', '%c0%ae', '%c0%af', '%e0%80%ae', '%ff', '%u002e', ';', ';jsessionid=1', '?', '#', '+', '~', ':',
  '*', '@', '$', 'con', 'etc', 'passwd', 'proc', 'self', 'environ', '.clojars-fetch', 'inventory.jsonl', '169.254.169.254', 'http:', 'file:',
  '%0d%0a', '%e2%80%ae', 'é'.normalize('NFC'),
]; // prettier-ignore

/** Targets of files that the proxy has, in spellings that mean the same. */
const realTargets = ['jar', 'pom', 'jar.sha1', 'jar.sha512', 'jar?x=y', 'j%61r', 'pom.md5'].map(
  (ending) => `/r/org/example/greeter/1.0.0/greeter-1.0.0.${ending}`,
);

const headers = [
  'Accept: */*', 'Range: bytes=0-9', 'Range: bytes=-5', 'Range: bytes=9-1', 'Range: bytes=0-0,1-1,2-2', 'Range: lines=1-2', 'Range: bytes=99999999999999999999-',
  'If-None-Match: *', 'If-None-Match: "x", W/"y"', 'If-None-Match: ",,,"', 'If-Match: "x"', 'If-Range: "x"', 'If-Modified-Since: yesterday',
  'If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT', 'If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT', 'Cache-Control: no-cache', 'Pragma: no-cache',
  'Upgrade: websocket', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk', 'Expect: 100-continue', 'Expect: nothing', 'Origin: http://evil.example',
  'Origin: null', 'Sec-Fetch-Site: cross-site', 'Via: 1.1 other', 'X-Forwarded-Host: evil.example', 'X-Forwarded-For: 169.254.169.254', 'Forwarded: host=evil.example',
  'X-Original-URL: /etc/passwd', 'X-Http-Method-Override: DELETE', 'Authorization: Basic Og==', 'Cookie: a=b', 'Accept-Encoding: gzip, br', 'TE: trailers',
  'Connection: keep-alive', 'Connection: close, x-foo', 'Proxy-Connection: keep-alive', 'Content-Type: text/plain', 'Content-Length: 0',
]; // prettier-ignore

/** Headers that say something about the end of the request. */
const framing = [
  'Content-Length: 5', 'Content-Length: 5\r\nContent-Length: 6', 'Content-Length: -1', 'Content-Length: +5', 'Content-Length: 0x5', 'Content-Length: 5, 5',
  'Content-Length: 99999999999999999999', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked, identity', 'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked', 'Transfer-Encoding:\tchunked', 'Transfer-Encoding: chunked\r\nContent-Length: 5', 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'X: y\r z', 'X: y\n z', 'X\u0000: y', ' X: y', 'X: \u0000', 'Host: evil.example', ': y', 'X', 'X : y', '\u00ff: \u00ff',
]; // prettier-ignore

const methods = ['GET', 'GET', 'GET', 'GET', 'GET', 'HEAD'];
const oddMethods = [
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PATCH',
  'PRI',
  'get',
  'G ET',
  '',
  'PROPFIND',
  'PURGE',
  'SEARCH',
];

const names = pieces.filter((piece) => /^[a-z0-9.-]+$/i.test(piece) && piece !== '..' && piece !== '.');

function targetOf(chance: Chance): string {
  if (chance.happens(0.15)) return chance.pick(realTargets);
  if (chance.happens(0.2))
    return `/r/org/example/greeter/1.0.0/${chance.pick(pieces)}${chance.pick(['', '', '.sha1', '.asc', '.sha1.sha1'])}`;
  const start = chance.happens(0.9) ? `/${chance.pick(['r', 'r', 'all', '-', 'x', ''])}/` : '';
  // One hostile piece among names gets further than many.
  const from = chance.happens(0.6) ? names : pieces;
  const parts = Array.from({ length: chance.below(8) }, () => chance.pick(chance.happens(0.9) ? from : pieces));
  return start + parts.join(chance.happens(0.8) ? '/' : '');
}

/** Only bytes that end a target can change how a request is framed. */
const isPlain = (target: string): boolean => /^\/[!-~]*$/.test(target);

/** Makes a request. The connection goes on after it, if it is framed. */
export function makeRequest(chance: Chance, port: number): RawRequest {
  const method = chance.happens(0.95) ? chance.pick(methods) : chance.pick(oddMethods);
  const target = chance.happens(0.01) ? `/r/${'a/'.repeat(chance.below(40_000))}` : targetOf(chance);
  const lines = Array.from({ length: chance.below(3) }, () => chance.pick(headers));
  const isOdd = chance.happens(0.03);
  if (isOdd) lines.push(chance.pick(framing));
  const host = chance.happens(0.97)
    ? `Host: 127.0.0.1:${port}`
    : chance.pick(['Host: evil.example', 'Host: 169.254.169.254', 'Host:', 'X: no host']);
  const version = chance.happens(0.98) ? 'HTTP/1.1' : chance.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.2', 'http/1.1', '']);
  const body = isOdd ? chance.pick(['', 'hello', '5\r\nhello\r\n0\r\n\r\n', '0\r\n\r\n', 'ffffffffffffffff\r\n']) : '';
  const text = `${method} ${target} ${version}\r\n${[host, ...lines].join('\r\n')}\r\n\r\n${body}`;
  const bytes = Buffer.from(text, 'latin1');
  const isFramed =
    !isOdd &&
    (method === 'GET' || method === 'HEAD') &&
    version === 'HTTP/1.1' &&
    isPlain(target) &&
    text.length < 8_000 &&
    host.startsWith('Host: 127') &&
    !lines.some((line) => /^(?:Connection: close|Expect|Upgrade)/.test(line));
  return { method, target, bytes, isFramed };
}

/** Changes, removes or repeats a few bytes. */
export function damage({ method, target, bytes }: RawRequest, chance: Chance): RawRequest {
  const changed = Buffer.from(bytes);
  for (let count = chance.below(5); count >= 0; count -= 1)
    changed[chance.below(changed.length)] = chance.pick([0, 10, 13, 32, 58, 255, chance.below(256)]);
  const cut = chance.happens(0.3) ? changed.subarray(0, chance.below(changed.length)) : changed;
  return { method, target, bytes: chance.happens(0.2) ? Buffer.concat([cut, cut]) : cut, isFramed: false };
}
