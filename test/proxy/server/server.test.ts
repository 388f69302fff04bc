import { once } from 'node:events';

import { describe, expect } from 'vitest';

import { type ProxyResponse, sendPage } from '../../../src/app/proxy/server/response.js';
import { createLoopbackServer } from '../../../src/app/proxy/server/server.js';
import { isClojarsFetchError } from '../../../src/base/error.js';
import { testCertificates } from '../../support/certificate.js';
import { rawRequest } from '../../support/raw-request.js';
import { bodyOf, get, readAll, statusOf, test } from './stage.js';

/** Answers with the target that it sees. */
const echo = async ({ url = '' }: { url?: string | undefined }, response: ProxyResponse): Promise<void> =>
  sendPage(response, 200, ['Content-Length', String(url.length)], Buffer.from(url));

describe('requests that are not for the proxy', () => {
  test.for([
    ['a foreign host', 'GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n', '421'],
    ['a rebound name with our port', 'GET / HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n', '421'],
    ['another port', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n', '421'],
    ['no port', 'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', '421'],
    ['an empty host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', '421'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', '400'],
    ['two hosts', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil.example\r\n\r\n', '400'],
    ['another server', 'GET http://repo.clojars.org/a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n', '421'],
    ['another server over TLS', 'CONNECT repo.clojars.org:443 HTTP/1.1\r\nHost: repo.clojars.org:443\r\n\r\n', '405'],
    [
      'a web page that posts',
      'POST / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://evil.example\r\nContent-Length: 3\r\n\r\na=b',
      '403',
    ],
    ['a page without origin', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: null\r\n\r\n', '403'],
    [
      'an image of a page',
      'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n\r\n',
      '403',
    ],
    ['a deploy', 'PUT /clojars/a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 0\r\n\r\n', '405'],
    ['every path', 'OPTIONS * HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n', '421'],
    ['itself', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nVia: 1.1 other, 1.1 clojars-fetch-test\r\n\r\n', '508'],
    ['a body', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nContent-Length: 4\r\n\r\nbody', '400'],
    ['a chunked body', 'GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', '400'],
  ] as const)('%s', async ([, text, status], { bench }) => {
    const server = await bench.start(echo);
    const closing = text.replaceAll('PORT', String(server.port)).replace('\r\n', '\r\nConnection: close\r\n');
    const answer = await bench.exchange(server.port, closing);
    expect(statusOf(answer)).toBe(status);
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).toMatch(/^HTTP\/1\.1 \d+ [ -~]{1,120}\r\n/);
    const body: unknown = JSON.parse(bodyOf(answer));
    expect(body).toMatchObject({ status: Number(status), code: 'ERR_REQUEST' });
  });
});

describe('a body', () => {
  test('that waits for 100 Continue is refused without being read', async ({ bench }) => {
    const server = await bench.start(echo);
    const answer = await bench.exchange(
      server.port,
      get(server.port, '/a', 'Content-Length: 1000000', 'Expect: 100-continue').replace('GET', 'PUT'),
    );
    expect(statusOf(answer)).toBe('405');
    expect(answer).not.toMatch(/HTTP\/1\.1 100/);
  });

  test('that is larger than a deploy of a small file is not read to its end', async ({ bench }) => {
    const server = await bench.start(echo);
    const socket = await bench.socket(server.port);
    const answer = readAll(socket);
    socket.write(`PUT / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nContent-Length: 1000000000\r\n\r\n`);
    const chunk = Buffer.alloc(65_536);
    const timer = setInterval(() => socket.write(chunk), 1);
    expect(['405', 'none']).toContain(statusOf(await answer));
    clearInterval(timer);
    await expect.poll(() => server.connections).toBe(0);
    expect(bench.records).toMatchObject([{ status: 405 }]);
  });

  test('of a small deploy is read, so that the client sees the answer', async ({ bench }) => {
    const server = await bench.start(echo);
    const text = get(server.port, '/a', 'Content-Length: 50000').replace('GET', 'PUT') + 'x'.repeat(50_000);
    expect(statusOf(await bench.exchange(server.port, text))).toBe('405');
  });
});

describe('requests that are for the proxy', () => {
  test.for([
    ['by address', 'GET /a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n', '/a'],
    ['by name', 'GET /a HTTP/1.1\r\nHost: LocalHost:PORT\r\n\r\n', '/a'],
    ['by IPv6 address', 'GET /a HTTP/1.1\r\nHost: [::1]:PORT\r\n\r\n', '/a'],
    ['by a configured name', 'GET /a HTTP/1.1\r\nHost: maven.example\r\n\r\n', '/a'],
    ['in absolute form', 'GET http://127.0.0.1:PORT/a?b HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n', '/a?b'],
    ['in absolute form without a path', 'GET http://localhost:PORT HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n', '/'],
    [
      'of its own pages',
      'GET /a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT\r\nSec-Fetch-Site: same-origin\r\n\r\n',
      '/a',
    ],
    [
      'of a person who follows a link',
      'GET /a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n\r\n',
      '/a',
    ],
    ['through another proxy', 'GET /a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nVia: 1.1 clojars-fetch-other\r\n\r\n', '/a'],
    ['that offer another protocol', 'GET /a HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nUpgrade: h2c\r\n\r\n', '/a'],
  ] as const)('%s', async ([, text, target], { bench }) => {
    const server = await bench.start(echo, { hosts: ['maven.example'] });
    const answer = await bench.exchange(
      server.port,
      text.replaceAll('PORT', String(server.port)).replace('\r\n', '\r\nConnection: close\r\n'),
    );
    expect([statusOf(answer), bodyOf(answer)]).toEqual(['200', target]);
  });

  test('of HTTP/1.0, which needs no host', async ({ bench }) => {
    const server = await bench.start(echo);
    const answer = await bench.exchange(server.port, 'GET /a HTTP/1.0\r\n\r\n');
    expect([statusOf(answer), bodyOf(answer)]).toEqual(['200', '/a']);
    expect(answer).not.toMatch(/transfer-encoding/i);
  });

  test('that are sent all at once are answered in order, one after the other', async ({ bench }) => {
    let running = 0;
    let most = 0;
    const server = await bench.start(async (request, response) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      await echo(request, response);
    });
    const texts = Array.from({ length: 100 }, (_, index) => `GET /${index} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
    const answer = await bench.exchange(server.port, `${texts.join('')}${get(server.port, '/last')}`);
    expect([...answer.matchAll(/\r\n\r\n(\/[a-z0-9]+)/g)].map(([, target]) => target)).toEqual([
      ...texts.map((_, index) => `/${index}`),
      '/last',
    ]);
    expect(most).toBe(1);
  });

  test('beyond a bound that are sent all at once end the connection', async ({ bench }) => {
    let handled = 0;
    const server = await bench.start(() => {
      handled += 1;
      return new Promise(() => undefined);
    });
    const one = `GET / HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`;
    expect(await bench.exchange(server.port, one.repeat(2_000))).toBe('');
    expect(handled).toBe(1);
  });
});

describe('input that is not HTTP', () => {
  test.for([
    ['both lengths', 'GET / HTTP/1.1\r\nHost: H\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'GET / HTTP/1.1\r\nHost: H\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\nabcde'],
    ['a length of words', 'GET / HTTP/1.1\r\nHost: H\r\nContent-Length: +4\r\n\r\nabcd'],
    ['a transfer coding that is not the last', 'POST / HTTP/1.1\r\nHost: H\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n'],
    ['a transfer coding behind white space', 'GET / HTTP/1.1\r\nHost: H\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['a bare CR', 'GET / HTTP/1.1\r\nHost: H\rX: y\r\n\r\n'],
    ['a folded header', 'GET / HTTP/1.1\r\nHost: H\r\n\tX: y\r\n: z\r\n\r\n'],
    ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: H\r\nX: \u0000\r\n\r\n'],
    ['a space in the target', 'GET / / HTTP/1.1\r\nHost: H\r\n\r\n'],
    ['no version', 'GET /\r\n\r\n'],
    ['another version', 'GET / HTTP/9.9\r\nHost: H\r\n\r\n'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['nonsense', 'hello\r\n\r\n'],
  ] as const)('%s is refused, and the connection ends', async ([, text], { bench }) => {
    const handled: string[] = [];
    const server = await bench.start((request, response) => {
      handled.push(String(request.url));
      return echo(request, response);
    });
    const smuggled = `${text.replace('Host: H', `Host: 127.0.0.1:${server.port}`)}GET /smuggled HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`;
    const answer = await bench.exchange(server.port, Buffer.from(smuggled, 'latin1'));
    expect(statusOf(answer)).toMatch(/^4\d\d$/);
    expect(handled).toEqual([]);
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
  });

  test('bare LF never splits one request in two', async ({ bench }) => {
    const handled: string[] = [];
    const server = await bench.start((request, response) => {
      handled.push(String(request.url));
      return echo(request, response);
    });
    await bench.exchange(server.port, `GET /one HTTP/1.1\nHost: 127.0.0.1:${server.port}\nConnection: close\n\nGET /two HTTP/1.1\n\n`);
    expect(handled).not.toContain('/two');
  });

  test('2,000 headers, a path of 64 KiB and a condition of 1 MiB are refused with 431', async ({ bench }) => {
    const server = await bench.start(echo);
    const many = Array.from({ length: 2_000 }, (_, index) => `X-${index}: y`);
    const tags = `If-None-Match: ${'"0123456789abcdef", '.repeat(55_000)}"x"`;
    for (const text of [
      get(server.port, '/', ...many),
      get(server.port, '/', ...many.slice(0, 300)),
      get(server.port, `/${'a/'.repeat(32_768)}`),
      get(server.port, '/', tags),
    ]) {
      const answer = await bench.exchange(server.port, text);
      expect([statusOf(answer), bodyOf(answer).includes('"ERR_REQUEST"')]).toEqual(['431', true]);
    }
    expect(statusOf(await bench.exchange(server.port, get(server.port, '/', ...many.slice(0, 150))))).toBe('200');
  });

  test('a client that sends headers slowly, or nothing, is cut', async ({ bench }) => {
    const server = await bench.start(echo, { limits: { headersTimeoutMs: 300 } });
    const slow = await bench.socket(server.port);
    const answer = readAll(slow);
    slow.write('GET / HTTP/1.1\r\n');
    const timer = setInterval(() => slow.write('X: y\r\n'), 20);
    const silent = await bench.socket(server.port);
    const nothing = readAll(silent);
    expect(statusOf(await answer)).toBe('408');
    clearInterval(timer);
    expect(statusOf(await nothing)).toMatch(/408|none/);
    await expect.poll(() => server.connections).toBe(0);
  });

  test('input behind a request that is being answered does not end up in its answer', async ({ bench }) => {
    let finish = (): void => undefined;
    const server = await bench.start(async (request, response) => {
      await new Promise<void>((resolve) => (finish = resolve));
      await echo(request, response);
    });
    const socket = await bench.socket(server.port);
    const answer = readAll(socket);
    socket.write(`GET /a HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\nnonsense\r\n\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    finish();
    expect((await answer).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200']);
    expect(bodyOf(await answer)).toBe('/a');
  });
});

describe('the handler', () => {
  test('that throws is answered with a problem, and reported', async ({ bench }) => {
    const server = await bench.start(async () => {
      throw new Error('secret');
    });
    const answer = await rawRequest(server.url);
    expect(answer.status).toBe(500);
    expect(answer.body.toString()).toContain('ERR_INTERNAL');
    expect(answer.body.toString()).not.toContain('secret');
    expect(bench.errors).toEqual([new Error('secret')]);
    expect(bench.records).toMatchObject([{ method: 'GET', target: '/', status: 500, problem: { code: 'ERR_INTERNAL' } }]);
  });

  test('that throws in the middle of its answer cuts the connection', async ({ bench }) => {
    const server = await bench.start(async (_request, response) => {
      response.writeHead(200, ['Content-Length', '10']);
      response.write('half');
      throw new Error('late');
    });
    expect((await rawRequest(server.url)).ended).not.toBe('end');
    expect((await rawRequest(server.url)).ended).not.toBe('end');
  });

  test('that forgets to answer is answered for', async ({ bench }) => {
    const server = await bench.start(async () => undefined);
    expect((await rawRequest(server.url)).status).toBe(500);
  });

  test('is told about every answer once', async ({ bench }) => {
    const server = await bench.start(echo);
    await rawRequest(`${server.url}abc`);
    await rawRequest(`${server.url}abc`, { method: 'HEAD' });
    await bench.exchange(server.port, 'nonsense\r\n\r\n');
    expect(
      bench.records.map(({ method, target, status, bodyBytes, isComplete }) => [method, target, status, bodyBytes, isComplete]),
    ).toEqual([
      ['GET', '/abc', 200, 4, true],
      ['HEAD', '/abc', 200, 0, true],
      [null, null, 400, 0, true],
    ]);
  });
});

describe('the port', () => {
  test('is on 127.0.0.1 alone', async ({ bench }) => {
    const server = await bench.start(echo);
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/`);
    expect((await rawRequest(`http://127.0.0.2:${server.port}/`)).ended).toBe('ECONNREFUSED');
  });

  test('that is in use is an error that names the process', async ({ bench }) => {
    const { port } = await bench.start(echo);
    const error: unknown = await createLoopbackServer({ port, handler: echo, viaToken: 'x' }).catch((reason: unknown) => reason);
    expect(isClojarsFetchError(error) && [error.code, error.reason]).toEqual(['ERR_CONFIG', 'port-in-use']);
    if (process.platform === 'linux') expect(String(error)).toContain(`(process ${process.pid})`);
  });
});

describe('the end', () => {
  test('closes idle connections at once, and lets a running answer finish', async ({ bench }) => {
    let finish = (): void => undefined;
    const server = await bench.start(async (request, response) => {
      if (request.url === '/slow') await new Promise<void>((resolve) => (finish = resolve));
      await echo(request, response);
    });
    const idle = await bench.socket(server.port);
    idle.write(`GET /idle HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
    await once(idle, 'data');
    const busy = await bench.socket(server.port);
    busy.write(`GET /slow HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`);
    const answer = readAll(busy);
    await expect.poll(() => server.connections).toBe(2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const closed = server.close(60_000);
    await once(idle, 'close');
    expect((await rawRequest(server.url)).ended).toBe('ECONNREFUSED');
    finish();
    expect(bodyOf(await answer)).toBe('/slow');
    expect(await answer).toMatch(/connection: close/i);
    await closed;
    expect(server.connections).toBe(0);
  });

  test('cuts what is not finished in time', async ({ bench }) => {
    const server = await bench.start(() => new Promise(() => undefined));
    const socket = await bench.socket(server.port);
    socket.write(get(server.port));
    const answer = readAll(socket);
    await expect.poll(() => server.connections).toBe(1);
    await Promise.all([server.close(50), server.close(50)]);
    expect(await answer).toBe('');
  });
});

describe('over TLS', () => {
  test('it answers by name, renews its certificate, and survives clients that speak plain HTTP', async ({ bench }) => {
    const { ca, valid } = await testCertificates();
    const server = await bench.start(echo, { tls: valid });
    const url = `https://localhost:${server.port}/a`;
    expect((await rawRequest(url, { ca })).body.toString()).toBe('/a');
    expect(await bench.exchange(server.port, get(server.port))).not.toMatch(/^HTTP\/1\.1 200/);
    server.renew(valid);
    expect((await rawRequest(url, { ca })).body.toString()).toBe('/a');
    const open = await bench.socket(server.port);
    await server.close(50);
    await expect.poll(() => [open.destroyed, server.connections]).toEqual([true, 0]);
  });
});
