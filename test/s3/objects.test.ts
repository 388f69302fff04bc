/** Uploads, downloads and deletions, and what the server is told of them. */
import { createHash } from 'node:crypto';

import { describe, expect } from 'vitest';

import { Cancellation } from '../../src/base/async/cancellation.js';
import { deleteObject, getObject, headObject } from '../../src/network/s3/objects.js';
import { findConditionSupport, putObject } from '../../src/network/s3/put-object.js';
import { sourceOf } from '../../src/network/s3/upload.js';
import { askingAt } from '../support/s3/asking.js';
import { S3Refusal } from '../support/s3/refusal.js';
import { type S3Server, type S3ServerOptions, startS3Server } from '../support/s3/s3-server.js';
import { it, type Workbench } from '../support/workbench.js';

const signal = new Cancellation();
const options = { contentType: 'application/xml', signal };
const large = Buffer.alloc(34 * 1024 * 1024, 'clojars');

async function serve(bench: Workbench, given: S3ServerOptions = {}): Promise<S3Server> {
  const server = await startS3Server(given);
  bench.atEnd(() => server.close());
  return server;
}

describe('an object', () => {
  it('is stored with its MD5 and SHA-256, read, looked at, and deleted', async ({ bench }) => {
    const server = await serve(bench);
    const asking = askingAt(bench, server.url());
    const body = Buffer.from('<project/>');
    const md5 = createHash('md5').update(body);
    const key = "g/a+b/1 0/a'é.pom";
    expect(await putObject(asking, key, sourceOf(body), options)).toEqual({ kind: 'stored', etag: md5.copy().digest('hex') });
    expect(server.objects.get(key)).toMatchObject({ body, contentType: 'application/xml' });
    expect(server.requests[0]?.headers).toMatchObject({
      'content-md5': md5.digest('base64'),
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
      'content-length': '10',
    });
    expect(await headObject(asking, key, signal)).toMatchObject({ size: 10 });
    const answer = await getObject(asking, key, { maxBytes: 4096, signal, rangeFrom: 4 });
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer?.body ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toBe('ject/>');
    await deleteObject(asking, key, signal);
    await deleteObject(asking, key, signal);
    expect(server.objects.size).toBe(0);
    expect(await headObject(asking, key, signal)).toBeNull();
    expect(await getObject(asking, key, { maxBytes: 4096, signal })).toBeNull();
  });

  it('without bytes is stored', async ({ bench }) => {
    const server = await serve(bench);
    expect(await putObject(askingAt(bench, server.url()), 'empty', sourceOf(Buffer.alloc(0)), options)).toMatchObject({ kind: 'stored' });
    expect(server.objects.get('empty')?.body.length).toBe(0);
  });

  it('that changes while it is sent is refused by the server', async ({ bench }) => {
    const server = await serve(bench);
    let reads = 0;
    const source = { bytes: 5, read: () => sourceOf(Buffer.from(reads++ === 0 ? 'first' : 'other')).read(0, 5) };
    await expect(putObject(askingAt(bench, server.url()), 'k', source, options)).rejects.toMatchObject({
      code: 'XAmzContentSHA256Mismatch',
    });
    expect(server.objects.size).toBe(0);
  });

  it('that cannot be read any more ends with the reason', async ({ bench }) => {
    const server = await serve(bench);
    let reads = 0;
    const source = {
      bytes: 5,
      async *read() {
        yield Buffer.from('fi');
        if (reads++ > 0) throw new Error('the disk is gone');
        yield Buffer.from('rst');
      },
    };
    await expect(putObject(askingAt(bench, server.url()), 'k', source, options)).rejects.toMatchObject({
      outcome: 'io',
      cause: { message: 'the disk is gone' },
    });
    expect(server.objects.size).toBe(0);
  });

  it('larger than 16 MiB is stored in parts', async ({ bench }) => {
    const server = await serve(bench);
    const result = await putObject(askingAt(bench, server.url()), 'large.jar', sourceOf(large), options);
    const stored = server.objects.get('large.jar');
    expect(stored?.body.equals(large)).toBe(true);
    expect(stored?.contentType).toBe('application/xml');
    expect(result).toEqual({ kind: 'stored', etag: stored?.etag });
    expect(stored?.etag).toMatch(/-3$/);
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'PUT', 'PUT', 'PUT', 'POST']);
    expect(server.requests.filter(({ method, headers }) => method === 'PUT' && headers['content-md5'] === undefined)).toEqual([]);
    expect(server.uploads.size).toBe(0);
  });

  it('leaves no parts behind if a part fails', async ({ bench }) => {
    const server = await serve(bench, {
      refuse: ({ query }) => (query.get('partNumber') === '2' ? new S3Refusal(403, 'AccessDenied', 'Access Denied') : null),
    });
    await expect(putObject(askingAt(bench, server.url()), 'large.jar', sourceOf(large), options)).rejects.toMatchObject({
      code: 'AccessDenied',
    });
    expect([server.uploads.size, server.objects.size]).toEqual([0, 0]);
  });

  it('is sent again after SlowDown', async ({ bench }) => {
    const answers = [new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.', {}, { 'retry-after': '0' })];
    const server = await serve(bench, { refuse: () => answers.shift() ?? null });
    expect(await putObject(askingAt(bench, server.url()), 'k', sourceOf(Buffer.from('x')), options)).toMatchObject({ kind: 'stored' });
    expect(server.requests.length).toBe(2);
  });

  it('has no place in a missing bucket, or without the right', async ({ bench }) => {
    const server = await serve(bench);
    const missing = askingAt(bench, server.url().replace('bucket', 'other-bucket'));
    await expect(getObject(missing, 'k', { maxBytes: 4096, signal })).rejects.toMatchObject({ code: 'NoSuchBucket' });
    const unsigned = askingAt(bench, server.url(), {});
    await expect(putObject(unsigned, 'k', sourceOf(Buffer.from('x')), options)).rejects.toMatchObject({
      code: 'AccessDenied',
      status: 403,
    });
  });
});

describe('a condition', () => {
  const put = (bench: Workbench, server: S3Server, text: string, condition: 'absent' | { etag: string }) =>
    putObject(askingAt(bench, server.url()), 'lock', sourceOf(Buffer.from(text)), { ...options, condition });

  it('lets one of two have the lock', async ({ bench }) => {
    const server = await serve(bench);
    const results = await Promise.all([put(bench, server, 'one', 'absent'), put(bench, server, 'two', 'absent')]);
    expect(results.map(({ kind }) => kind).sort()).toEqual(['refused', 'stored']);
    const { etag = '' } = server.objects.get('lock') ?? {};
    expect(await put(bench, server, 'heartbeat', { etag: 'f'.repeat(32) })).toEqual({ kind: 'refused' });
    expect(await put(bench, server, 'heartbeat', { etag })).toMatchObject({ kind: 'stored' });
  });

  it('knows its own lock again if the answer was lost', async ({ bench }) => {
    const server = await serve(bench);
    let isLost = false;
    const original = server.objects.set.bind(server.objects);
    server.objects.set = (key, object) => {
      original(key, object);
      if (isLost) return server.objects;
      isLost = true;
      throw new S3Refusal(500, 'InternalError', 'The answer is lost.');
    };
    expect(await put(bench, server, 'mine', 'absent')).toMatchObject({ kind: 'stored' });
    expect(await put(bench, server, 'mine', 'absent')).toEqual({ kind: 'refused' });
  });

  it.for([
    ['honoured', 'honoured'],
    ['refused', 'unsupported'],
    ['ignored', 'ignored'],
  ] as const)('that the server calls %s is found %s', async ([conditions, support], { bench }) => {
    const server = await serve(bench, { conditions });
    expect(await findConditionSupport(askingAt(bench, server.url()), '.clojars-mirror/probe', signal)).toBe(support);
    expect(server.objects.size).toBe(0);
  });
});
