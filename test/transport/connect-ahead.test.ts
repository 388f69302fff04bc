/** Connections that are opened before there are requests for them. */
import { describe, expect } from 'vitest';

import { TransportError } from '../../src/network/transport/contract/transport.js';
import { testCertificates } from '../support/certificate.js';
import { bytesOf, failureOf, it, request } from './bench.js';

const { ca, valid } = await testCertificates();

describe('a connection that is opened ahead', () => {
  it('sends no request, and serves the requests that follow', async ({ bench }) => {
    let requests = 0;
    const server = await bench.http((_, response) => {
      requests += 1;
      response.end('x');
    });
    const transport = bench.transport();
    transport.connectAhead?.(new URL(server.url), 3);
    await expect.poll(() => server.connections()).toBe(3);
    expect(requests).toBe(0);
    for (let round = 0; round < 2; round += 1)
      await Promise.all(Array.from({ length: 3 }, async () => bytesOf(await transport.get(request(server.url)))));
    expect([requests, server.connections()]).toEqual([6, 3]);
  });

  it('counts as one of them if it is asked for again', async ({ bench }) => {
    const server = await bench.http((_, response) => response.end('x'));
    const transport = bench.transport();
    transport.connectAhead?.(new URL(server.url), 2);
    transport.connectAhead?.(new URL(server.url), 2);
    await bytesOf(await transport.get(request(server.url)));
    transport.connectAhead?.(new URL(server.url), 4);
    await expect.poll(() => server.open()).toBe(4);
    expect(server.connections()).toBe(4);
  });

  it('is one over HTTP/2, and as many as there may be over HTTP/1.1', async ({ bench }) => {
    const both = await bench.http2(valid, (_, response) => response.end('x'));
    const old = await bench.https(valid, (_, response) => response.end('x'));
    const transport = bench.transport({ ca, concurrency: 3 });
    for (const { url } of [both, old]) transport.connectAhead?.(new URL(url), 8);
    await expect.poll(() => old.connections()).toBe(3);
    for (const { url } of [both, old]) await bytesOf(await transport.get(request(url)));
    expect([both.connections(), old.connections()]).toEqual([1, 3]);
  });

  it('outlives a request that is given up', async ({ bench }) => {
    const server = await bench.http((_, response) => response.end('x'));
    const transport = bench.transport();
    transport.connectAhead?.(new URL(server.url), 2);
    const controller = new AbortController();
    const given = failureOf(transport.get(request(server.url, { signal: controller.signal })));
    controller.abort();
    expect((await given).outcome).toBe('aborted');
    await expect.poll(() => server.open()).toBe(2);
  });

  it('is not opened again when the server closes it', async ({ bench }) => {
    const server = await bench.tcp((socket) => void socket.end());
    const transport = bench.transport();
    transport.connectAhead?.(new URL(server.url), 2);
    await expect.poll(() => [server.connections(), server.open()]).toEqual([2, 0]);
    const other = await bench.tcp(() => undefined);
    transport.connectAhead?.(new URL(other.url), 1);
    await expect.poll(() => other.connections()).toBe(1); // a third one to the first server would have come before
    expect(server.connections()).toBe(2);
  });

  it('reports no failure: the requests do', async ({ bench }) => {
    const transport = bench.transport({
      proxyFor: (url) => {
        if (url.hostname === 'behind.invalid') throw new TransportError('io', 'no such proxy');
        return null;
      },
    });
    const refusing = `http://127.0.0.1:${await bench.refusingPort()}/`;
    for (const url of [refusing, 'http://plain.invalid/', 'https://behind.invalid/', 'ftp://127.0.0.1/'])
      transport.connectAhead?.(new URL(url), 2);
    expect((await failureOf(transport.get(request(refusing)))).outcome).toBe('refused');
    await transport.close();
    transport.connectAhead?.(new URL(refusing), 2);
  });
});
