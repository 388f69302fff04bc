/**
 * GOAWAY of HTTP/2 (RFC 9113 section 6.8) while requests are in flight, from servers that allow a limited number of streams per connection.
 */
import type { ServerHttp2Session, ServerHttp2Stream } from 'node:http2';

import { describe, expect } from 'vitest';

import { testCertificates } from '../support/certificate.js';
import { bytesOf, failureOf, it, request, type TransportBench } from './bench.js';

const { ca, valid: identity } = await testCertificates();
const body = Buffer.alloc(20_000, 'x');
const refusedStream = 7;

function answer(stream: ServerHttp2Stream): void {
  stream.respond({ ':status': 200, 'content-length': body.length });
  stream.end(body);
}

/** Ends each session after `limit` streams; a little later, since Node 20 crashes if a session ends inside its 'stream' event. */
function closeAfter(limit: number, onStream: (stream: ServerHttp2Stream) => void): (session: ServerHttp2Session) => void {
  return (session) => {
    let count = 0;
    session.on('stream', (stream: ServerHttp2Stream) => {
      count += 1;
      if (count > limit) return stream.close(refusedStream);
      onStream(stream);
      if (count === limit) setImmediate(() => session.close());
    });
  };
}

async function sizesOf(bench: TransportBench, url: string, count: number): Promise<number[]> {
  const transport = bench.transport({ ca });
  return Promise.all(
    Array.from({ length: count }, async (_, index) => (await bytesOf(await transport.get(request(new URL(`/${index}`, url))))).length),
  );
}

describe('GOAWAY loses no response', () => {
  it.for([1, 2, 3, 8, 17, 50, 99, 100])('after every %i streams', async (limit, { bench }) => {
    const server = await bench.http2Sessions(identity, closeAfter(limit, answer));
    // Each session costs a handshake.
    const count = Math.min(120, limit * 20);
    expect(await sizesOf(bench, server.url, count)).toEqual(Array.from({ length: count }, () => body.length));
  });

  it.for([1, 8])('when responses come long after it, after every %i streams', async (limit, { bench }) => {
    const server = await bench.http2Sessions(
      identity,
      closeAfter(limit, (stream) => void setTimeout(() => answer(stream), 50)),
    );
    expect(await sizesOf(bench, server.url, 20)).toEqual(Array.from({ length: 20 }, () => body.length));
  });
});

describe('a refused stream', () => {
  it('is retried on the same connection as long as the server answers other streams', async ({ bench }) => {
    let active = 0;
    const server = await bench.http2Sessions(identity, (session) => {
      session.on('stream', (stream: ServerHttp2Stream) => {
        if (active >= 3) return stream.close(refusedStream);
        active += 1;
        stream.on('close', () => (active -= 1));
        answer(stream);
        return undefined;
      });
    });
    expect(await sizesOf(bench, server.url, 40)).toEqual(Array.from({ length: 40 }, () => body.length));
  });

  it('is soon a failure if the server refuses every stream', async ({ bench }) => {
    let asked = 0;
    const server = await bench.http2Sessions(identity, (session) => {
      session.on('stream', (stream: ServerHttp2Stream) => {
        asked += 1;
        stream.close(refusedStream);
      });
    });
    expect((await failureOf(bench.transport({ ca }).get(request(server.url)))).outcome).toBe('reset');
    expect(asked).toBeLessThan(20);
  });
});
