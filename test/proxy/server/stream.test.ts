import { randomBytes } from 'node:crypto';
import { once } from 'node:events';

import { describe, expect } from 'vitest';

import { type ArrivingFile, earlyBytes } from '../../../src/app/proxy/http/early-bytes.js';
import { type ArrivingBytes, sendArriving, sendEarlyHead, type StreamResult } from '../../../src/app/proxy/server/stream.js';
import { testCertificates } from '../../support/certificate.js';
import { rawRequest } from '../../support/raw-request.js';
import { get, test } from './stage.js';

const mebibyte = 2 ** 20;
const total = 9 * mebibyte;
const file: ArrivingFile & { readonly total: number } = {
  total,
  contentType: 'application/java-archive',
  lastModifiedMs: Date.UTC(2024, 0, 1),
  cacheStatus: { kind: 'miss', mirror: 'https://repo.clojars.org/' },
};

/** Gives pieces, and then fails or ends. */
const source = (pieces: Iterable<Uint8Array>, refusal?: Error): ArrivingBytes => ({
  async *read() {
    yield* pieces;
    if (refusal !== undefined) throw refusal;
  },
});

describe('bytes before the verdict', () => {
  const request = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1, headers: {} };
  test.for([
    ['a large file', {}, total, true, 'stream'],
    ['its headers', { method: 'HEAD' }, total, true, 'head'],
    ['a file of 8 MiB', {}, 8 * mebibyte, true, 'wait'],
    ['a file of unknown length', {}, null, true, 'wait'],
    ['HTTP/1.0', { httpVersionMinor: 0 }, total, true, 'wait'],
    ['HTTP/0.9', { httpVersionMajor: 0, httpVersionMinor: 9 }, total, true, 'wait'],
    ['a range', { headers: { range: 'bytes=0-1' } }, total, true, 'wait'],
    ['a condition', { headers: { 'if-none-match': '"x"' } }, total, true, 'wait'],
    ['a date', { headers: { 'if-modified-since': 'x' } }, total, true, 'wait'],
    ['--no-early-bytes', {}, total, false, 'wait'],
  ] as const)('%s', ([, changes, size, isAllowed, expected]) => {
    expect(earlyBytes({ ...request, ...changes }, { total: size }, isAllowed)).toBe(expected);
  });
});

describe('a file that arrives', () => {
  test('is sent with its length and its mirror, and without digests', async ({ bench }) => {
    const content = randomBytes(total);
    const pieces = [content.subarray(0, 1), content.subarray(1, 3 * mebibyte), content.subarray(3 * mebibyte)];
    const results: StreamResult[] = [];
    const server = await bench.start(async (request, response) => {
      results.push(await sendArriving(request, response, file, source(pieces)));
    });
    const answer = await rawRequest(server.url);
    expect([answer.status, answer.ended, answer.body.equals(content)]).toEqual([200, 'end', true]);
    expect(answer.headers).toMatchObject({
      'content-length': String(total),
      'cache-status': 'clojars-fetch; fwd=miss; detail="repo.clojars.org"',
      'cache-control': 'no-store',
      'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT',
    });
    expect(answer.headers.etag).toBeUndefined();
    await expect.poll(() => results).toEqual([{ kind: 'complete' }]);
    expect(bench.records).toMatchObject([{ bodyBytes: total, isComplete: true }]);
  });

  test('shows its headers before the first byte, and answers HEAD from them', async ({ bench }) => {
    const server = await bench.start(async (request, response) => {
      if (request.method === 'HEAD') return sendEarlyHead(response, file);
      await sendArriving(request, response, file, {
        async *read(signal) {
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          yield* [];
        },
      });
    });
    expect((await rawRequest(server.url, { method: 'HEAD' })).headers['content-length']).toBe(String(total));
    expect(await rawRequest(server.url, { idleMs: 100 })).toMatchObject({ status: 200, ended: 'quiet' });
    await expect.poll(() => bench.records.length).toBe(2);
  });

  test.for([
    ['refused at its end', [total - 65_536], new Error('refused')],
    ['refused before its first byte', [], new Error('refused')],
    ['shorter than announced', [total - 1], undefined],
    ['longer than announced', [total, 1], undefined],
  ] as const)('is cut if it is %s', async ([, lengths, refusal], { bench }) => {
    const results: StreamResult[] = [];
    const pieces = lengths.map((length) => Buffer.alloc(length));
    const server = await bench.start(async (request, response) => {
      results.push(await sendArriving(request, response, file, source(pieces, refusal)));
    });
    const answer = await rawRequest(server.url);
    expect(answer.ended).not.toBe('end');
    expect(answer.body.length).toBeLessThanOrEqual(total);
    await expect.poll(() => results).toMatchObject([{ kind: 'refused' }]);
    await expect.poll(() => server.connections).toBe(0);
  });

  test('is cut over TLS too if it is refused', async ({ bench }) => {
    const { ca, valid } = await testCertificates();
    const results: StreamResult[] = [];
    const server = await bench.start(
      async (request, response) => {
        results.push(await sendArriving(request, response, file, source([Buffer.alloc(1_000)], new Error('refused'))));
      },
      { tls: valid },
    );
    const answer = await rawRequest(`https://localhost:${server.port}/`, { ca });
    expect([answer.status, answer.ended === 'end']).toEqual([200, false]);
    await expect.poll(() => results).toMatchObject([{ kind: 'refused' }]);
    expect(bench.errors).toEqual([]);
  });

  test('is left unread when its client hangs up', async ({ bench }) => {
    const results: StreamResult[] = [];
    let isAborted = false;
    const server = await bench.start(async (request, response) => {
      const endless: ArrivingBytes = {
        async *read(signal) {
          yield Buffer.alloc(1_000);
          await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
          isAborted = signal.aborted;
        },
      };
      results.push(await sendArriving(request, response, file, endless));
    });
    const socket = await bench.socket(server.port);
    socket.write(get(server.port));
    await once(socket, 'readable');
    socket.destroy();
    await expect.poll(() => results).toEqual([{ kind: 'gone' }]);
    expect(isAborted).toBe(true);
  });

  test('waits for a slow client, and cuts one that takes nothing', async ({ bench }) => {
    const results: StreamResult[] = [];
    let given = 0;
    const server = await bench.start(async (request, response) => {
      const large = { ...file, total: 200 * mebibyte };
      const pieces = (function* () {
        for (; given < 200; given += 1) yield Buffer.alloc(mebibyte);
      })();
      results.push(await sendArriving(request, response, large, source(pieces), 200));
    });
    const socket = await bench.socket(server.port);
    socket.pause();
    socket.write(get(server.port));
    await expect.poll(() => results).toEqual([{ kind: 'gone' }]);
    expect(given).toBeLessThan(50);
  });
});
