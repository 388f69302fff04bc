import type { LookupAddress } from 'node:dns';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import type { LookupFunction } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect } from 'vitest';

import { createLookup, type DnsRecord, dnsStaleMaxMs } from '../../src/network/transport/connection/dns.js';
import { createTransport } from '../../src/network/transport/create-transport.js';
import { createFileTransport } from '../../src/network/transport/file/file.js';
import { bytesOf, failureOf, it, request } from './bench.js';

describe('file: URLs', () => {
  it('give the bytes, or parts of them, and nothing beyond the end', async ({ bench }) => {
    const root = bench.folder;
    const body = Buffer.alloc(200_000, 'abcdefghij');
    await writeFile(join(root, 'a b.jar'), body);
    await symlink(join(root, 'a b.jar'), join(root, 'link.jar'));
    const file = createFileTransport();
    for (const name of ['a b.jar', 'link.jar']) {
      const answer = await file.get(request(pathToFileURL(join(root, name))));
      expect([answer.status, answer.contentLength, answer.secure]).toEqual([200, 200_000, true]);
      expect((await bytesOf(answer)).equals(body)).toBe(true);
    }
    const part = await file.get(request(pathToFileURL(join(root, 'a b.jar')), { rangeFrom: 199_995 }));
    expect([part.status, part.headers['content-range']]).toEqual([206, 'bytes 199995-199999/200000']);
    expect((await bytesOf(part)).toString()).toBe('fghij');
    expect((await file.get(request(pathToFileURL(join(root, 'a b.jar')), { rangeFrom: 200_000 }))).status).toBe(416);
  });

  it('give 404 for a missing file, 403 for a folder, too-large and aborted', async ({ bench }) => {
    const root = bench.folder;
    await mkdir(join(root, 'sub'));
    await writeFile(join(root, 'a'), 'abc');
    const file = createFileTransport();
    expect((await file.get(request(pathToFileURL(join(root, 'none'))))).status).toBe(404);
    expect((await file.get(request(pathToFileURL(join(root, 'a', 'b'))))).status).toBe(404);
    expect((await file.get(request(pathToFileURL(join(root, 'sub'))))).status).toBe(403);
    expect((await failureOf(file.get(request(pathToFileURL(join(root, 'a')), { maxBytes: 2 })))).outcome).toBe('too-large');
    expect((await failureOf(file.get(request(pathToFileURL(join(root, 'a')), { signal: AbortSignal.abort() })))).outcome).toBe('aborted');
    expect((await failureOf(file.get(request('file://host/share')))).outcome).toBe('io');
    const dropped = await file.get(request(pathToFileURL(join(root, 'a'))));
    dropped.cancel();
    dropped.cancel();
  });
});

it('choose the transport of createTransport by their scheme', async ({ bench }) => {
  const root = bench.folder;
  await writeFile(join(root, 'a'), 'from disk');
  const server = await bench.http((_, response) => response.end('from the net'));
  const transport = createTransport();
  bench.atEnd(() => transport.close());
  expect((await bytesOf(await transport.get(request(pathToFileURL(join(root, 'a')))))).toString()).toBe('from disk');
  expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('from the net');
  expect((await failureOf(transport.get(request('gopher://x/')))).outcome).toBe('io');
});

describe('names resolved before', () => {
  const addresses: LookupAddress[] = [
    { address: '192.0.2.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ];
  const ask = (lookup: LookupFunction, options: object = { all: true }, host = 'a.example'): Promise<unknown> =>
    new Promise((done, fail) =>
      lookup(host, options, (error, found, family) => (error ? fail(error) : done(family === undefined ? found : [found, family]))),
    );
  const down = (): Promise<never> => Promise.reject(Object.assign(new Error('down'), { code: 'EAI_AGAIN' }));

  it('resolve as with node:dns', async () => {
    const lookup = createLookup({ now: Date.now, resolve: async () => addresses });
    expect(await ask(lookup)).toEqual(addresses);
    expect(await ask(lookup, {})).toEqual(['192.0.2.1', 4]);
    expect(await ask(lookup, { family: 6 })).toEqual(['2001:db8::1', 6]);
    await expect(ask(createLookup({ now: Date.now, resolve: async () => [] }))).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('are used for seven days while the resolver fails or does not answer', async () => {
    let clock = 1e12;
    let resolve: () => Promise<readonly LookupAddress[]> = async () => addresses;
    const lookup = createLookup({ now: () => clock, timeoutMs: 20, resolve: () => resolve() });
    await ask(lookup);
    resolve = down;
    expect(await ask(lookup)).toEqual(addresses);
    resolve = () => new Promise(() => undefined);
    expect(await ask(lookup)).toEqual(addresses);
    clock += dnsStaleMaxMs + 1;
    resolve = down;
    await expect(ask(lookup)).rejects.toMatchObject({ code: 'EAI_AGAIN' });
  });

  it('outlive the process through the cache, which may be broken', async () => {
    let stored: Readonly<Record<string, DnsRecord>> = { 'old.example': { addresses, atMs: 1e12 } };
    const cache = { read: async () => stored, write: async (records: typeof stored) => void (stored = records) };
    await ask(createLookup({ cache, now: () => 1e12, resolve: async () => addresses }));
    await expect.poll(() => Object.keys(stored).sort()).toEqual(['a.example', 'old.example']);
    const later = createLookup({ cache, now: () => 1e12 + 1000, resolve: down });
    expect(await ask(later)).toEqual(addresses);
    expect(await ask(later, { all: true }, 'old.example')).toEqual(addresses);
    const broken = { read: () => Promise.reject(new Error('x')), write: () => Promise.reject(new Error('x')) };
    expect(await ask(createLookup({ cache: broken, now: Date.now, resolve: async () => addresses }))).toEqual(addresses);
  });
});
