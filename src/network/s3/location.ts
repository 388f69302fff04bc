/** Reads URLs such as `s3://bucket/prefix?region=us-east-2`: which bucket, beneath which prefix, at which server, with whose credentials. Pure. */
import { parseUrl } from '../../base/parse-url.js';
import { type CredentialChoice, credentialSources } from './credentials/credential-choice.js';

export interface S3Location extends CredentialChoice {
  readonly bucket: string;
  /** The keys of the location begin with it. Empty, or ends with '/'. */
  readonly prefix: string;
  /** Null if the URL names none: then environment and profile are asked, and the server's word is followed. */
  readonly region: string | null;
  /** Another server than Amazon's: its origin. */
  readonly endpoint: URL | null;
  /** Whether the bucket stands in the path or in the host name. */
  readonly style: 'path' | 'virtual';
}

const styles = ['path', 'virtual'] as const;
const parameters = ['region', 'endpoint', 'style', 'credentials', 'profile'] as const;
type Parameter = (typeof parameters)[number];

const maxLength = 2048;
/** Amazon's rule. Its other rules concern the creation of buckets. */
const bucketName = /^(?!.*\.\.)(?!\d{1,3}(?:\.\d{1,3}){3}$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const regionName = /^[a-z0-9](?:[a-z0-9-]{0,40}[a-z0-9])?$/i;
const profileName = /^[^\u0000-\u001f\u007f[\]]{1,128}$/;

/** Whether the text is meant as the URL of a bucket. */
export function isS3Url(text: string): boolean {
  return /^s3:/i.test(text);
}

/** Whether a name can be one of a region: it becomes a part of host names. */
export function isRegionName(name: string): boolean {
  return regionName.test(name);
}

/** Reads the URL of a bucket. Each problem ends a sentence that begins with the name of the URL and a colon. */
export function parseS3Url(text: string): { readonly location: S3Location } | { readonly problem: string } {
  try {
    return { location: readLocation(text) };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.message };
    throw error;
  }
}

/** Writes a location as a URL whose path ends with '/': the same text for the same location. */
export function writeS3Url(location: S3Location): string {
  const { bucket, prefix, region, endpoint, style, credentials, profile } = location;
  const query = Object.entries({
    region,
    endpoint: endpoint?.origin ?? null,
    style: style === defaultStyle(bucket, endpoint) ? null : style,
    credentials: credentials === 'default' ? null : credentials,
    profile,
  }).filter(([, value]) => value !== null);
  const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value ?? '')}`).join('&');
  return `s3://${bucket}/${encodeKey(prefix)}${search === '' ? '' : `?${search}`}`;
}

/** Encodes a key for the path of a URL: everything but RFC 3986's unreserved characters and '/', as signatures require. */
export function encodeKey(key: string): string {
  return encodeQueryValue(key).replaceAll('%2F', '/');
}

/** Encodes a value for a query in the same way. */
export function encodeQueryValue(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

class Problem extends Error {}

function readLocation(text: string): S3Location {
  // The URL standard removes line breaks and tabs.
  if (text.length > maxLength || /[\u0000-\u0020\u007f]/.test(text)) throw new Problem('not a URL of a bucket');
  const url = parseUrl(text);
  if (url === null || url.protocol !== 's3:') throw new Problem('not a URL of a bucket');
  if (url.username !== '' || url.password !== '') throw new Problem('keys do not belong into the URL');
  if (url.port !== '') throw new Problem('a bucket has no port; write the server as endpoint=');
  if (url.hash !== '') throw new Problem('the URL of a bucket has no fragment');
  const bucket = url.hostname;
  if (bucket === '') throw new Problem('names no bucket');
  if (!bucketName.test(bucket)) throw new Problem(`'${bucket.slice(0, 70)}' cannot be the name of a bucket`);
  const query = readQuery(url.search);
  const endpoint = query.endpoint === undefined ? null : readEndpoint(query.endpoint);
  const region = query.region ?? null;
  if (region !== null && !isRegionName(region)) throw new Problem(`'${region.slice(0, 40)}' cannot be the name of a region`);
  const profile = query.profile ?? null;
  if (profile !== null && !profileName.test(profile)) throw new Problem('profile= is not the name of a profile');
  const credentials = oneOf('credentials', query.credentials ?? (profile === null ? 'default' : 'profile'), credentialSources);
  if (profile !== null && credentials !== 'profile') throw new Problem(`profile= contradicts credentials=${credentials}`);
  const style = oneOf('style', query.style ?? defaultStyle(bucket, endpoint), styles);
  if (style === 'virtual' && endpoint !== null && /^[[\d]/.test(endpoint.hostname) && !/[a-z]/i.test(endpoint.hostname))
    throw new Problem('style=virtual needs an endpoint with a name, not an address');
  return { bucket, prefix: readPrefix(url.pathname), region, endpoint, style, credentials, profile };
}

function readQuery(search: string): Partial<Record<Parameter, string>> {
  const query: Partial<Record<Parameter, string>> = {};
  for (const pair of search.slice(1).split('&')) {
    if (pair === '') continue;
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const known = parameters.find((parameter) => parameter === name);
    if (known === undefined) throw new Problem(`unknown parameter '${name.slice(0, 40)}'; known are ${parameters.join(', ')}`);
    if (query[known] !== undefined) throw new Problem(`${known}= is there twice`);
    if (value === '') throw new Problem(`${known}= has no value`);
    query[known] = decode(value, `${known}=`);
  }
  return query;
}

function readEndpoint(text: string): URL {
  const url = parseUrl(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new Problem('endpoint= is not a URL such as https://s3.example.org');
  }
  if (url.username !== '' || url.password !== '') throw new Problem('keys do not belong into endpoint=');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw new Problem('endpoint= has a path, a query or a fragment');
  return new URL(url.origin);
}

function readPrefix(pathname: string): string {
  const path = decode(pathname.slice(1), 'the prefix');
  const prefix = path === '' || path.endsWith('/') ? path : `${path}/`;
  if (/[\u0000-\u001f\u007f]/.test(prefix)) throw new Problem('the prefix has control characters');
  if (/^\/|\/\//.test(prefix)) throw new Problem('the prefix has an empty segment');
  if (/(?:^|\/)\.{1,2}\//.test(prefix)) throw new Problem("the prefix has a segment '.' or '..'");
  return prefix;
}

/** Amazon's certificates cover one label before `s3`, and other servers often have no names for buckets. */
function defaultStyle(bucket: string, endpoint: URL | null): S3Location['style'] {
  return endpoint === null && !bucket.includes('.') ? 'virtual' : 'path';
}

function oneOf<T extends string>(name: Parameter, value: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw new Problem(`${name}= is one of ${allowed.join(', ')}, not '${value.slice(0, 40)}'`);
  return found;
}

function decode(text: string, what: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Problem(`${what} is not percent-encoded properly`);
  }
}
