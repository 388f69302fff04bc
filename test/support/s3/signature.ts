/** Checks AWS Signature Version 4 by the specification, with node:crypto only: the code under test signs with another implementation. */
import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { S3Refusal } from './refusal.js';

export interface ServerKey {
  readonly secretAccessKey: string;
  /** Must come with each request, if given. */
  readonly sessionToken?: string;
  /** Epoch milliseconds. */
  readonly expiresMs?: number;
}

const skewMaxMs = 15 * 60_000;

/** The account that signed the request, or null for a request without a signature. Throws a refusal for a wrong one. */
export function verifySignature(
  request: IncomingMessage,
  keys: ReadonlyMap<string, ServerKey>,
  region: string,
  nowMs: number,
  service = 's3',
): string | null {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/,]+)\/(\d{8})\/([^/,]+)\/([a-z0-9]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  if (!parts) throw new S3Refusal(400, 'AuthorizationHeaderMalformed', 'The authorization header is malformed.');
  const [, id = '', day = '', scope = '', asked = '', names = '', signature = ''] = parts;
  if (asked !== service) throw new S3Refusal(403, 'SignatureDoesNotMatch', `The service '${asked}' is wrong; expecting '${service}'`);
  const key = keys.get(id);
  if (key === undefined) throw new S3Refusal(403, 'InvalidAccessKeyId', 'The access key id does not exist.');
  if (scope !== region) {
    throw new S3Refusal(400, 'AuthorizationHeaderMalformed', `The region '${scope}' is wrong; expecting '${region}'`, { Region: region });
  }
  const date = headerOf(request, 'x-amz-date');
  if (!/^\d{8}T\d{6}Z$/.test(date) || !date.startsWith(day)) throw new S3Refusal(403, 'AccessDenied', 'x-amz-date is missing or wrong.');
  const dateMs = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const signed = names.split(';');
  const required = ['host', ...Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') || name === 'content-md5')];
  const unsigned = required.filter((name) => !signed.includes(name));
  if (unsigned.length > 0) throw new S3Refusal(403, 'AccessDenied', `Headers present that were not signed: ${unsigned.join(', ')}`);
  if (signed.join(';') !== [...signed].sort().join(';'))
    throw new S3Refusal(400, 'AuthorizationHeaderMalformed', 'SignedHeaders is unsorted.');
  const canonical = canonicalRequest(request, signed);
  const text = ['AWS4-HMAC-SHA256', date, `${day}/${scope}/${service}/aws4_request`, sha256(canonical)].join('\n');
  const derived = [day, scope, service, 'aws4_request'].reduce<Buffer | string>(
    (from, part) => hmac(from, part),
    `AWS4${key.secretAccessKey}`,
  );
  if (hmac(derived, text).toString('hex') !== signature) {
    throw new S3Refusal(403, 'SignatureDoesNotMatch', 'The signature does not match.', { CanonicalRequest: canonical });
  }
  if (Math.abs(nowMs - dateMs) > skewMaxMs) throw new S3Refusal(403, 'RequestTimeTooSkewed', 'The clocks differ too much.');
  if (key.expiresMs !== undefined && key.expiresMs <= nowMs) throw new S3Refusal(400, 'ExpiredToken', 'The provided token has expired.');
  if ((request.headers['x-amz-security-token'] ?? undefined) !== key.sessionToken)
    throw new S3Refusal(400, 'InvalidToken', 'The token is malformed.');
  return id;
}

function canonicalRequest(request: IncomingMessage, signed: readonly string[]): string {
  const [path = '', query = ''] = (request.url ?? '').split(/\?(.*)/s);
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value))] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? compare(x, y) : compare(a, b)));
  return [
    request.method,
    encode(decodeURIComponent(path)).replaceAll('%2F', '/'),
    pairs.map((pair) => pair.join('=')).join('&'),
    ...signed.map((name) => `${name}:${headerOf(request, name).trim().replace(/ +/g, ' ')}`),
    '',
    signed.join(';'),
    headerOf(request, 'x-amz-content-sha256'),
  ].join('\n');
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  if (value === undefined) throw new S3Refusal(403, 'AccessDenied', `A signed header is missing: ${name}`);
  return Array.isArray(value) ? value.join(',') : value;
}

/** Everything but the unreserved characters, as the specification of signatures says. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
