/** Listings: every page, in the order of bytes, and no page that cannot be true. */
import { describe, expect } from 'vitest';

import { Cancellation } from '../../src/base/async/cancellation.js';
import { compareBytes } from '../../src/network/s3/byte-order.js';
import { listObjects } from '../../src/network/s3/list-objects.js';
import { ListingPageReader } from '../../src/network/s3/listing-page.js';
import { createRandom } from '../support/random.mjs';
import { askingAt } from '../support/s3/asking.js';
import { S3Refusal } from '../support/s3/refusal.js';
import { type S3Server, type S3ServerOptions, startS3Server } from '../support/s3/s3-server.js';
import { it, type Workbench } from '../support/workbench.js';

const signal = new Cancellation();
const one = Buffer.from('x');

async function serve(bench: Workbench, options: S3ServerOptions): Promise<S3Server> {
  const server = await startS3Server(options);
  bench.atEnd(() => server.close());
  return server;
}

async function keysOf(bench: Workbench, server: S3Server, prefix = '', startAfter?: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { objects } of listObjects(askingAt(bench, server.url()), { prefix, startAfter, signal })) {
    keys.push(...objects.map(({ key }) => key));
  }
  return keys;
}

/** A page with these keys. */
const page = (keys: readonly string[], more = ''): string =>
  `<ListBucketResult>${more === '' ? '<IsTruncated>false</IsTruncated>' : more}${keys
    .map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`)
    .join('')}</ListBucketResult>`;
const truncated = (token: string): string => `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;

describe('a listing', () => {
  it.for([true, false])('has every key in the order of bytes, over pages with opaque tokens (encoded: %s)', async (encodes, { bench }) => {
    const random = createRandom(7);
    const letters = ['a', 'b', '-', '/', '+', ' ', '%41', '&', '<', "'", 'é', '\uff5e', '😀', '0'];
    const keys = new Set(['a/b-c/x', 'a/b/x', 'a/b.x']);
    while (keys.size < 300) {
      const key = Array.from({ length: 1 + Math.floor(random() * 6) }, () => letters[Math.floor(random() * letters.length)]).join('');
      keys.add(`p/${key}`);
    }
    const server = await serve(bench, { files: new Map([...keys].map((key) => [key, one])), pageSize: 37, encodes });
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(await keysOf(bench, server)).toEqual(sorted);
    expect([...keys].sort(compareBytes)).toEqual(sorted);
    expect(await keysOf(bench, server, 'a/')).toEqual(['a/b-c/x', 'a/b.x', 'a/b/x']);
    expect(await keysOf(bench, server, 'a/', 'a/b.x')).toEqual(['a/b/x']);
  });

  it('tells size, ETag and time', async ({ bench }) => {
    const now = (): number => Date.parse('2026-01-02T03:04:05Z');
    const server = await serve(bench, { files: new Map([['k', Buffer.from('hello')]]), anonymous: 'get-and-list', now });
    const { value } = await listObjects(askingAt(bench, server.url(), {}), { prefix: '', signal }).next();
    const expected = { key: 'k', size: 5, etag: '5d41402abc4b2a76b9719d911017c592', lastModified: '2026-01-02T03:04:05.000Z' };
    expect(value).toEqual({ objects: [expected], nextToken: null });
  });

  it.for([
    ['a key twice', page(['a', 'a']), 'has the key a twice'],
    ['keys out of order', page(['a/b/x', 'a/b-c/x']), 'is not in the order of bytes: a/b-c/x comes after a/b/x'],
    ['a repeated token', page([], truncated('again')), 'goes in circles: its token repeats'],
    ['no token for more', page(['a'], '<IsTruncated>true</IsTruncated>'), 'says that it goes on, and does not say where'],
    ['no word of its end', page(['a'], '<KeyCount>1</KeyCount>'), 'does not say whether it is complete'],
    ['a page of HTML', '<!DOCTYPE html><html><body>Login</body></html>', 'has a document type'],
    ['another page of HTML', '<html><body>Login</body></html>', 'its root is <html>'],
    ['no XML', 'hello', 'is not XML'],
    ['a cut page', page(['a']).slice(0, -10), 'is not XML'],
    [
      'entities that multiply',
      '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><ListBucketResult>&b;</ListBucketResult>',
      'has a document type',
    ],
    ['an entity without a type', page(['&bomb;']), 'is not XML'],
    ['elements without end', `<ListBucketResult>${'<a>'.repeat(100)}`, 'more than 8 nested elements'],
    ['a text without end', page(['a'.repeat(10_000)]), 'has more than 8192 characters'],
    ['too many keys', page(Array.from({ length: 10_001 }, (_, index) => String(index).padStart(6, '0'))), 'has more than 10000 objects'],
    ['a size that is none', page(['a']).replace('<Size>1', '<Size>-1'), 'the size of a is not a number'],
    ['two keys for one object', page(['a']).replace('<Key>', '<Key>b</Key><Key>'), 'has two elements <Key>'],
    ['bytes that are no text', Buffer.from([0x3c, 0xff, 0xfe]), 'is not UTF-8'],
  ] as const)('with %s is refused', async ([, body, message], { bench }) => {
    const server = await serve(bench, { listing: () => body });
    await expect(keysOf(bench, server)).rejects.toThrow(message);
  });

  it('with keys that were not asked for is refused', async ({ bench }) => {
    const server = await serve(bench, { listing: () => page(['b/x']) });
    await expect(keysOf(bench, server, 'a/')).rejects.toThrow('has the key b/x, which was not asked for');
    await expect(keysOf(bench, server, '', 'c')).rejects.toThrow('is not in the order of bytes: b/x comes after c');
  });

  it('that never ends is refused, whatever its tokens', async ({ bench }) => {
    let token = 0;
    const server = await serve(bench, { listing: () => page([], truncated(`t${token++}`)) });
    await expect(keysOf(bench, server)).rejects.toThrow('does not end: 100 pages without keys');
    let turn = 0;
    const circle = await serve(bench, { listing: () => page(['a', 'b'], truncated(turn++ % 2 === 0 ? 'x' : 'y')) });
    await expect(keysOf(bench, circle)).rejects.toThrow('is not in the order of bytes: a comes after b');
  });

  it('is larger than the limit of a page only in vain', async ({ bench }) => {
    const server = await serve(bench, { listing: () => `<ListBucketResult>${' '.repeat(9 * 1024 * 1024)}` });
    await expect(keysOf(bench, server)).rejects.toMatchObject({ outcome: 'too-large' });
  });

  it('goes on after SlowDown, errors of the server and a cut connection', async ({ bench }) => {
    const answers = [
      new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.'),
      new S3Refusal(500, 'InternalError', 'We encountered an error.'),
    ];
    const server = await serve(bench, {
      files: new Map([
        ['a', one],
        ['b', one],
      ]),
      pageSize: 1,
      refuse: () => answers.shift() ?? null,
    });
    expect(await keysOf(bench, server)).toEqual(['a', 'b']);
    const closed = await serve(bench, { refuse: () => new S3Refusal(503, 'SlowDown', 'Please reduce your request rate.') });
    await expect(keysOf(bench, closed)).rejects.toMatchObject({ code: 'SlowDown', status: 503 });
    expect(closed.requests.length).toBe(6);
    const denied = await serve(bench, { listable: false });
    await expect(keysOf(bench, denied)).rejects.toMatchObject({ code: 'AccessDenied', status: 403 });
    expect(denied.requests.length).toBe(1);
  });
});

describe('a page', () => {
  it('may come in pieces of any size, with any prefix of names', () => {
    const text =
      '<?xml version="1.0"?><s3:ListBucketResult xmlns:s3="x"><s3:IsTruncated> true </s3:IsTruncated><s3:NextContinuationToken> a&amp;=\n</s3:NextContinuationToken>' +
      '<s3:Contents><s3:Key>a&#38;<![CDATA[<b>]]></s3:Key><s3:Owner><s3:ID>k</s3:ID></s3:Owner><s3:ETag>&quot;e&quot;</s3:ETag><s3:LastModified>t</s3:LastModified><s3:Size>12</s3:Size></s3:Contents></s3:ListBucketResult>';
    for (const size of [1, 7, text.length]) {
      const reader = new ListingPageReader();
      for (let from = 0; from < text.length; from += size) reader.write(text.slice(from, from + size));
      expect(reader.end()).toEqual({ objects: [{ key: 'a&<b>', size: 12, etag: 'e', lastModified: 't' }], nextToken: ' a&=\n' });
    }
  });
});
