/** Parses a repository's URL: checks its scheme, and removes its credentials. */
import { ClojarsFetchError } from '../../base/error.js';
import { parseUrl } from '../../base/parse-url.js';
import { isS3Url, parseS3Url, writeS3Url } from '../s3/location.js';
import { isLoopback } from '../transport/contract/loopback.js';
import type { Credentials } from '../transport/contract/transport.js';

/** A base URL whose path ends with '/', and the credentials that it contained. The query of a bucket's URL says where the bucket is. */
export interface RepositoryUrl {
  readonly url: URL;
  readonly credentials: Credentials | null;
}

const maxLength = 2048;

/** Returns a URL's text for messages: no credentials, no control characters, at most 200 characters. */
export function redactUrl(text: string): string {
  // In a text that cannot be parsed, a secret with a '/' in it may stand anywhere before the last '@'.
  const redacted = (parseUrl(text) ? text.replace(/\/\/[^/?#]*@/g, '//') : text.replace(/^([a-z]+:\/\/)?[^]*@/i, '$1')).replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    '\uFFFD',
  );
  return redacted.length > 200 ? `${redacted.slice(0, 200)}…` : redacted;
}

/** Returns the setting that a place such as `/home/me/config.json: repositories[0].url` names; undefined for elements of settings.xml. */
export function settingOf(where: string): string | undefined {
  const setting = where.slice(where.lastIndexOf(': ') + 1).trim();
  return /^[a-z]/.test(setting) ? setting : undefined;
}

/**
 * Parses a repository's or mirror's base URL.
 * @param where names the value in errors, e.g. `/home/me/config.json: repositories[0].url`.
 * @param allowHttp hosts that plain http may be used with, besides loopback.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` or `insecure-url`.
 */
export function parseRepositoryUrl(text: string, where: string, allowHttp: readonly string[] = []): RepositoryUrl {
  const shown = redactUrl(text);
  const fail = (problem: string, hint: string): ClojarsFetchError =>
    new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${where}: ${problem}: ${shown}`,
      hint,
      setting: settingOf(where),
    });
  const example = 'Write the base URL of a Maven repository, such as https://repo.example.org/maven/';
  // The URL standard removes line breaks and tabs, so https://x, a line break and .example/ would become another host.
  const isClean = text.length <= maxLength && !/[\u0000-\u001f\u007f]/.test(text.trim());
  const parsed = isClean ? parseUrl(text) : null;
  if (parsed === null) throw fail('not an absolute URL', example);
  if (isS3Url(text)) return { url: parseBucketUrl(text.trim(), where, allowHttp), credentials: null };
  if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:' && parsed.protocol !== 'file:') {
    throw fail(`the scheme ${parsed.protocol} is not supported`, 'Allowed are https:, s3:, file:, and http: on this machine.');
  }
  if (parsed.search !== '' || parsed.hash !== '') throw fail('a base URL has no query and no fragment', example);
  if (parsed.protocol === 'file:' && parsed.host !== '') {
    throw fail('a file: URL names no host', 'Write file:/// and the absolute path of a folder.');
  }
  if (parsed.protocol === 'http:' && !isLoopback(parsed.hostname) && !allowsHttp(allowHttp, parsed)) {
    throw insecureUrl(parsed, where, shown);
  }
  const credentials = takeCredentials(parsed);
  if (credentials === undefined) throw fail('the credentials in it are not percent-encoded properly', example);
  if (!parsed.pathname.endsWith('/')) parsed.pathname += '/';
  return { url: parsed, credentials };
}

/** Reads the URL of a bucket in Maven's layout, and writes it in the one form in which equal locations have equal URLs. */
function parseBucketUrl(text: string, where: string, allowHttp: readonly string[]): URL {
  const parsed = parseS3Url(text);
  if ('problem' in parsed) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `${where}: ${parsed.problem}: ${redactUrl(text)}`,
      hint: 'Write s3://BUCKET/PREFIX, then ? and any of region=, endpoint=, style=, credentials= and profile=, joined by &.',
      setting: settingOf(where),
    });
  }
  const { endpoint } = parsed.location;
  if (endpoint?.protocol === 'http:' && !isLoopback(endpoint.hostname) && !allowsHttp(allowHttp, endpoint)) {
    throw insecureUrl(endpoint, where, redactUrl(text));
  }
  return new URL(writeS3Url(parsed.location));
}

function insecureUrl({ hostname }: URL, where: string, shown: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'insecure-url',
    message: `${where}: over plain http, anyone on the way can change what is served: ${shown}`,
    setting: settingOf(where),
    hint: `Use https, or allow this host by name, in the configuration file or the library's options: \`"allowHttp": ["${hostname}"]\`.`,
  });
}

function allowsHttp(allowed: readonly string[], url: URL): boolean {
  return allowed.some((host) => host.toLowerCase() === url.hostname || host.toLowerCase() === url.host);
}

function takeCredentials(url: URL): Credentials | null | undefined {
  if (url.username === '' && url.password === '') return null;
  try {
    const credentials: Credentials = {
      kind: 'basic',
      username: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
    };
    url.username = '';
    url.password = '';
    return credentials;
  } catch {
    return undefined;
  }
}
