/** Builds the URLs of requests to a bucket. Pure. */
import { encodeKey, encodeQueryValue, type S3Location } from './location.js';

/** Amazon's region that answers for every bucket, with the name of the right one. */
export const firstRegion = 'us-east-1';

/** Parameters of a request; an empty value is written as `name=`. */
export type Query = Readonly<Record<string, string>>;

/**
 * Returns the URL of a key, or of the bucket itself for an empty key.
 * @throws {RangeError} if no URL can name the key: it has a segment `.` or `..`, which URLs resolve, or half a surrogate pair.
 */
export function objectUrl(location: S3Location, region: string, key: string, query: Query = {}): URL {
  if (!isAddressable(key)) throw new RangeError(`no URL can name the key ${JSON.stringify(key.slice(0, 200))}`);
  const { bucket, style } = location;
  const server = location.endpoint ?? new URL(`https://s3.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`);
  const base = style === 'virtual' ? `${server.protocol}//${bucket}.${server.host}/` : `${server.origin}/${bucket}${key === '' ? '' : '/'}`;
  const search = Object.entries(query).map(([name, value]) => `${name}=${encodeQueryValue(value)}`);
  return new URL(`${base}${encodeKey(key)}${search.length === 0 ? '' : `?${search.join('&')}`}`);
}

/** Whether a URL can name the key. */
export function isAddressable(key: string): boolean {
  return !/(?:^|\/)\.{1,2}(?:\/|$)/.test(key) && !/\p{Surrogate}/u.test(key);
}
