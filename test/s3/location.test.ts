/** URLs of buckets: what is read, what is refused and why, and where requests go. */
import { describe, expect, it } from 'vitest';

import { parseS3Url, type S3Location, writeS3Url } from '../../src/network/s3/location.js';
import { objectUrl } from '../../src/network/s3/object-url.js';

function locationOf(text: string): S3Location {
  const parsed = parseS3Url(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.location;
}

describe('the URL of a bucket', () => {
  it('names bucket, prefix, region, endpoint, style and credentials', () => {
    expect(locationOf('s3://clojars-repo-production')).toEqual({
      bucket: 'clojars-repo-production',
      prefix: '',
      region: null,
      endpoint: null,
      style: 'virtual',
      credentials: 'default',
      profile: null,
    });
    expect(locationOf('S3://my.bucket/a/b%20c?profile=Work&endpoint=https%3A%2F%2Fs3.example.org%3A8443&region=eu-west-1')).toEqual({
      bucket: 'my.bucket',
      prefix: 'a/b c/',
      region: 'eu-west-1',
      endpoint: new URL('https://s3.example.org:8443'),
      style: 'path',
      credentials: 'profile',
      profile: 'Work',
    });
    expect(locationOf('s3://bucket/p/?endpoint=http://127.0.0.1:9000&credentials=anonymous').endpoint?.origin).toBe(
      'http://127.0.0.1:9000',
    );
  });

  it.each([
    ['s3:bucket/a', 'names no bucket'],
    ['s3:///a', 'names no bucket'],
    ['s3://My_Bucket/', "'My_Bucket' cannot be the name of a bucket"],
    ['s3://ab', "'ab' cannot be the name of a bucket"],
    ['s3://192.168.1.1/', "'192.168.1.1' cannot be the name of a bucket"],
    ['s3://a..b/', "'a..b' cannot be the name of a bucket"],
    ['s3://key:secret@bucket/', 'keys do not belong into the URL'],
    ['s3://bucket:9000/', 'a bucket has no port; write the server as endpoint='],
    ['s3://bucket/#x', 'the URL of a bucket has no fragment'],
    ['s3://bucket/?regoin=x', "unknown parameter 'regoin'; known are region, endpoint, style, credentials, profile"],
    ['s3://bucket/?region=', 'region= has no value'],
    ['s3://bucket/?region=a&region=b', 'region= is there twice'],
    ['s3://bucket/?region=a.b', "'a.b' cannot be the name of a region"],
    ['s3://bucket/?endpoint=s3.example.org', 'endpoint= is not a URL such as https://s3.example.org'],
    ['s3://bucket/?endpoint=ftp://x', 'endpoint= is not a URL such as https://s3.example.org'],
    ['s3://bucket/?endpoint=https://u:p@x', 'keys do not belong into endpoint='],
    ['s3://bucket/?endpoint=https://x/s3', 'endpoint= has a path, a query or a fragment'],
    ['s3://bucket/?style=dns', "style= is one of path, virtual, not 'dns'"],
    ['s3://bucket/?credentials=mine', "credentials= is one of default, anonymous, environment, profile, container, instance, not 'mine'"],
    ['s3://bucket/?credentials=anonymous&profile=x', 'profile= contradicts credentials=anonymous'],
    ['s3://bucket/?style=virtual&endpoint=http://127.0.0.1:1', 'style=virtual needs an endpoint with a name, not an address'],
    ['s3://bucket/?region=%zz', 'region= is not percent-encoded properly'],
    ['s3://bucket/a//b', 'the prefix has an empty segment'],
    ['s3://bucket/a%00b', 'the prefix has control characters'],
    ['s3://bucket/a\nb', 'not a URL of a bucket'],
    ['https://bucket/', 'not a URL of a bucket'],
  ])('refuses %j: %s', (text, problem) => {
    expect(parseS3Url(text)).toEqual({ problem });
  });

  it.each([
    ['s3://bucket', 's3://bucket/'],
    ['s3://bucket/a', 's3://bucket/a/'],
    ['s3://bucket/a%2fb?style=virtual&region=x', 's3://bucket/a/b/?region=x'],
    ['s3://my.bucket/?endpoint=https://x:443/&style=virtual&region=x', 's3://my.bucket/?region=x&endpoint=https%3A%2F%2Fx&style=virtual'],
  ])('writes %s as %s, whatever its form', (text, written) => {
    expect(writeS3Url(locationOf(text))).toBe(written);
    expect(writeS3Url(locationOf(written))).toBe(written);
  });
});

describe('the URL of a request', () => {
  it.each([
    ['s3://bucket', 'eu-central-1', 'https://bucket.s3.eu-central-1.amazonaws.com/g/a%2B1/x%27%28%29.jar'],
    ['s3://bucket', 'cn-north-1', 'https://bucket.s3.cn-north-1.amazonaws.com.cn/g/a%2B1/x%27%28%29.jar'],
    ['s3://my.bucket', 'x', 'https://s3.x.amazonaws.com/my.bucket/g/a%2B1/x%27%28%29.jar'],
    ['s3://bucket?endpoint=https://s3.example.org:8443', 'x', 'https://s3.example.org:8443/bucket/g/a%2B1/x%27%28%29.jar'],
    ['s3://bucket?endpoint=https://s3.example.org:8443&style=virtual', 'x', 'https://bucket.s3.example.org:8443/g/a%2B1/x%27%28%29.jar'],
  ])('of %s in %s is %s', (text, region, url) => {
    expect(objectUrl(locationOf(text), region, "g/a+1/x'().jar").href).toBe(url);
  });

  it('encodes a query so that a signature can cover it', () => {
    expect(objectUrl(locationOf('s3://bucket'), 'x', '', { uploads: '', prefix: 'a b+/*' }).search).toBe('?uploads=&prefix=a%20b%2B%2F%2A');
  });

  it.each(['a/../b', '.', 'a/.', '..', 'a/\ud800'])('cannot name the key %j', (key) => {
    expect(() => objectUrl(locationOf('s3://bucket'), 'x', key)).toThrow(RangeError);
  });
});
