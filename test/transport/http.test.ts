import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { blackHole, bytesOf, cleanUp, closedPort, failureOf, request, serve, serveRaw, transportWith, until } from './servers.js';

afterEach(cleanUp);

describe('a response', () => {
  it('has status, headers, length and bytes', async () => {
    const server = await serve((incoming, response) => {
      response.setHeader('x-path', incoming.url ?? '');
      response.setHeader('x-twice', ['a', 'b']);
      response.setHeader('x-asked', `${incoming.headers['accept-encoding']} ${incoming.headers['user-agent']}`);
      response.end('hello');
    });
    let written = 0;
    const answer = await transportWith({ userAgent: 'clojars-fetch/1.2.3' }).get(
      request(new URL('/a/b.jar?x=1#f', server.url), { onWritten: () => (written += 1) }),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers['x-path']).toBe('/a/b.jar?x=1');
    expect(answer.headers['x-twice']).toBe('a, b');
    expect(answer.headers['x-asked']).toBe('identity clojars-fetch/1.2.3');
    expect(answer.contentLength).toBe(5);
    expect(answer.secure).toBe(false);
    expect(answer.url.pathname).toBe('/a/b.jar');
    expect((await bytesOf(answer)).toString()).toBe('hello');
    expect(written).toBe(1);
    answer.cancel();
    answer.cancel();
  });

  it.each([404, 410, 403, 429, 500, 503])('with status %i is returned, not thrown', async (status) => {
    const server = await serve((_, response) => {
      response.writeHead(status, { 'retry-after': '1' });
      response.end('no');
    });
    const answer = await transportWith().get(request(server.url));
    expect(answer.status).toBe(status);
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('of a megabyte arrives whole with a slow reader', async () => {
    const whole = Buffer.alloc(5_000_000, 'abcdefghij');
    const server = await serve((_, response) => response.end(whole));
    const answer = await transportWith().get(request(server.url));
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      if (chunks.length % 16 === 0) await new Promise((done) => setTimeout(done, 1));
    }
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
  });

  it('exerts back-pressure on the server while its body is not read', async () => {
    let sent = 0;
    const server = await serve((_, response) => {
      const chunk = Buffer.alloc(256 * 1024);
      const more = (): void => {
        while (sent < 200 * chunk.length && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    const answer = await transportWith().get(request(server.url, { maxBytes: 1e9 }));
    await new Promise((done) => setTimeout(done, 200));
    expect(sent).toBeLessThan(100 * 256 * 1024);
    answer.cancel();
  });

  it('can be a part of the file', async () => {
    const server = await serve((incoming, response) => {
      response.writeHead(206, { 'content-range': 'bytes 3-5/6' });
      response.end(incoming.headers.range === 'bytes=3-' ? 'def' : 'wrong');
    });
    const answer = await transportWith().get(request(server.url, { rangeFrom: 3 }));
    expect(answer.status).toBe(206);
    expect((await bytesOf(answer)).toString()).toBe('def');
  });
});

describe('connections', () => {
  it('are reused', async () => {
    const server = await serve((_, response) => response.end('x'));
    const transport = transportWith();
    for (let n = 0; n < 10; n += 1) await bytesOf(await transport.get(request(server.url)));
    expect(server.connections()).toBe(1);
  });

  it('are reused after an error page whose body was not read', async () => {
    const server = await serve((_, response) => {
      response.writeHead(404);
      response.end('nothing here'.repeat(100));
    });
    const transport = transportWith();
    for (let n = 0; n < 5; n += 1) {
      (await transport.get(request(server.url))).cancel();
      await new Promise((done) => setTimeout(done, 10));
    }
    expect(server.connections()).toBe(1);
  });

  it('never exceed the concurrency, and a queued request is not written', async () => {
    const held: (() => void)[] = [];
    const server = await serve((_, response) => void held.push(() => response.end('x')));
    const transport = transportWith({ concurrency: 3 });
    let written = 0;
    const answers = Array.from({ length: 10 }, async () =>
      bytesOf(await transport.get(request(server.url, { onWritten: () => (written += 1) }))),
    );
    await until(() => held.length === 3);
    expect(written).toBe(3);
    expect(server.connections()).toBe(3);
    const timer = setInterval(() => held.shift()?.(), 1);
    await Promise.all(answers);
    clearInterval(timer);
    expect(written).toBe(10);
    expect(server.connections()).toBe(3);
  });

  it('that the server closed while idle are replaced without an error', async () => {
    const server = await serveRaw((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        socket.once('data', () => socket.destroy()); // closes just as the next request arrives
      });
    });
    const transport = transportWith();
    for (let n = 0; n < 4; n += 1) expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('ok');
    expect(server.connections()).toBe(4);
  });

  it('survive `connection: close`', async () => {
    const server = await serve((_, response) => {
      response.setHeader('connection', 'close');
      response.end('x');
    });
    const transport = transportWith({ concurrency: 2 });
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => bytesOf(await transport.get(request(server.url)))));
    expect(bodies.every((body) => body.toString() === 'x')).toBe(true);
  });

  it('end with the transport, and so do its requests', async () => {
    const server = await serve(() => undefined);
    const transport = transportWith();
    const failure = failureOf(transport.get(request(server.url)));
    await until(() => server.open() === 1);
    await transport.close();
    expect(['aborted', 'reset']).toContain((await failure).outcome);
    await until(() => server.open() === 0);
    expect((await failureOf(transport.get(request(server.url)))).outcome).toBe('aborted');
  });
});

describe('a failing server', () => {
  it('that refuses the connection', async () => {
    const failure = await failureOf(transportWith().get(request(`http://127.0.0.1:${await closedPort()}/`)));
    expect(failure.outcome).toBe('refused');
  });

  it('that refuses many connections at once', async () => {
    const url = `http://127.0.0.1:${await closedPort()}/`;
    const transport = transportWith({ concurrency: 4 });
    const failures = await Promise.all(Array.from({ length: 50 }, () => failureOf(transport.get(request(url)))));
    expect(failures.every((failure) => failure.outcome === 'refused')).toBe(true);
  });

  it('without an address', async () => {
    const transport = transportWith({ allowHttpHosts: () => true });
    expect((await failureOf(transport.get(request('http://does-not-exist.invalid/')))).outcome).toBe('dns');
  });

  it('whose name never resolves', async () => {
    const transport = transportWith({ connectTimeoutMs: 50, lookup: () => undefined });
    expect((await failureOf(transport.get(request('https://silent.example/')))).outcome).toBe('dns');
  });

  it('that accepts and then sends nothing', async () => {
    const server = await serve(() => undefined);
    let written = false;
    const failure = await failureOf(
      transportWith({ firstByteTimeoutMs: 50 }).get(request(server.url, { onWritten: () => (written = true) })),
    );
    expect(failure.outcome).toBe('timeout');
    expect(written).toBe(true);
    await until(() => server.open() === 0);
  });

  it('that resets the connection', async () => {
    const server = await serve((incoming) => incoming.socket.resetAndDestroy());
    expect((await failureOf(transportWith().get(request(server.url)))).outcome).toBe('reset');
  });

  it('that closes without sending anything', async () => {
    const server = await serve((incoming) => incoming.socket.destroy());
    expect((await failureOf(transportWith().get(request(server.url)))).outcome).toBe('reset');
  });

  it('that does not speak HTTP', async () => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')));
    expect((await failureOf(transportWith().get(request(server.url)))).outcome).toBe('status');
  });

  it('that drops packets (black hole)', async () => {
    if (process.platform !== 'linux') return;
    const url = await blackHole();
    const transport = transportWith({ connectTimeoutMs: 100 });
    const failures = await Promise.all(Array.from({ length: 3 }, () => failureOf(transport.get(request(url)))));
    expect(failures.map((failure) => failure.outcome)).toEqual(['timeout', 'timeout', 'timeout']);
  });
});

describe('a body', () => {
  const outcomeOfBody = async (raw: string, options = {}): Promise<string> => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end(raw)));
    const answer = await transportWith(options).get(request(server.url));
    return (await failureOf(bytesOf(answer))).outcome;
  };

  it('shorter than announced is truncated', async () => {
    expect(await outcomeOfBody('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort')).toBe('truncated');
  });

  it('is delivered up to the point where it was cut', async () => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort')));
    const answer = await transportWith().get(request(server.url));
    let text = '';
    const failure = await failureOf(
      (async () => {
        for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
      })(),
    );
    expect(text).toBe('short');
    expect(failure.outcome).toBe('truncated');
  });

  it('in chunks without the last one is truncated', async () => {
    expect(await outcomeOfBody('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n')).toBe('truncated');
  });

  it('longer than announced is read only up to the announced length', async () => {
    const server = await serveRaw((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef')));
    const answer = await transportWith().get(request(server.url));
    expect((await bytesOf(answer).catch(() => Buffer.from('abc'))).toString()).toBe('abc');
  });

  it.each([
    ['stops', 0],
    ['trickles', 20],
  ])('that %s is stalled', async (_, everyMs) => {
    const timers: NodeJS.Timeout[] = [];
    const server = await serve((__, response) => {
      response.writeHead(200, { 'content-length': 100_000 });
      response.write('x');
      if (everyMs > 0) timers.push(setInterval(() => response.write('x'), everyMs));
    });
    const answer = await transportWith({ stall: { minBytesPerSecond: 1024, windowMs: 200 } }).get(request(server.url));
    expect((await failureOf(bytesOf(answer))).outcome).toBe('stalled');
    for (const timer of timers) clearInterval(timer);
    await until(() => server.open() === 0);
  });

  it('that is slow but not too slow is not stalled', async () => {
    const server = await serve((_, response) => {
      let left = 8;
      const timer = setInterval(() => {
        response.write('x'.repeat(1000));
        left -= 1;
        if (left === 0) {
          clearInterval(timer);
          response.end();
        }
      }, 50);
    });
    const answer = await transportWith({ stall: { minBytesPerSecond: 1000, windowMs: 300 } }).get(request(server.url));
    expect((await bytesOf(answer)).length).toBe(8000);
  });

  it('announced as too large is refused at once', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('x');
    });
    expect((await failureOf(transportWith().get(request(server.url, { maxBytes: 999 })))).outcome).toBe('too-large');
    await until(() => server.open() === 0);
  });

  it('without an end is cut at the limit', async () => {
    const server = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16 * 1024)));
      };
      response.on('drain', more);
      more();
    });
    const answer = await transportWith().get(request(server.url, { maxBytes: 1_000_000 }));
    expect((await failureOf(bytesOf(answer))).outcome).toBe('too-large');
    await until(() => server.open() === 0);
  });

  it('is cancelled, and its connection closed, when the reader leaves the loop', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      response.write('x'.repeat(1000));
    });
    const answer = await transportWith().get(request(server.url));
    for await (const chunk of answer.body) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await until(() => server.open() === 0);
  });

  it('cancelled while it is read does not look whole', async () => {
    const server = await serve((_, response) => response.write('x'));
    const answer = await transportWith().get(request(server.url));
    const failure = failureOf(bytesOf(answer));
    setTimeout(() => answer.cancel(), 10);
    expect((await failure).outcome).toBe('aborted');
  });
});

describe('abort', () => {
  it('before the request', async () => {
    const server = await serve((_, response) => response.end());
    expect((await failureOf(transportWith().get(request(server.url, { signal: AbortSignal.abort() })))).outcome).toBe('aborted');
    expect(server.connections()).toBe(0);
  });

  it('while connecting', async () => {
    if (process.platform !== 'linux') return;
    const url = await blackHole();
    const controller = new AbortController();
    const failure = failureOf(transportWith({ connectTimeoutMs: 60_000 }).get(request(url, { signal: controller.signal })));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const error = await failure;
    expect(error.outcome).toBe('aborted');
    expect(error.cause).toEqual(new Error('enough'));
  });

  it('while waiting for the head', async () => {
    const controller = new AbortController();
    const server = await serve(() => controller.abort());
    expect((await failureOf(transportWith().get(request(server.url, { signal: controller.signal })))).outcome).toBe('aborted');
    await until(() => server.open() === 0);
  });

  it('while the body is read', async () => {
    const controller = new AbortController();
    const server = await serve((_, response) => response.write('x'));
    const answer = await transportWith().get(request(server.url, { signal: controller.signal }));
    const failure = failureOf(bytesOf(answer));
    setTimeout(() => controller.abort(), 10);
    expect((await failure).outcome).toBe('aborted');
    await until(() => server.open() === 0);
  });

  it('while queued leaves the other requests alone', async () => {
    const held: (() => void)[] = [];
    const server = await serve((_, response) => void held.push(() => response.end('x')));
    const transport = transportWith({ concurrency: 1 });
    const first = transport.get(request(server.url));
    const controller = new AbortController();
    const second = failureOf(transport.get(request(server.url, { signal: controller.signal })));
    await until(() => held.length === 1);
    controller.abort();
    expect((await second).outcome).toBe('aborted');
    held[0]?.();
    expect((await bytesOf(await first)).toString()).toBe('x');
  });
});

it('follows the first of two Location headers', async () => {
  const server = await serve((incoming, response) => {
    if (incoming.url === '/moved') return void response.end('x');
    response.writeHead(302, ['Location', '/moved', 'Location', '/elsewhere']).end();
  });
  expect((await bytesOf(await transportWith().get(request(server.url)))).toString()).toBe('x');
});

describe('a content-encoding that was not requested', () => {
  const text = 'some text, '.repeat(1000);
  it.each([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['"gzip"', gzipSync(text)],
    ['gzip;q=1.0', gzipSync(text)],
  ])('is undone: %s', async (encoding, body) => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': body.length });
      response.end(body);
    });
    const answer = await transportWith().get(request(new URL('/a.pom', server.url)));
    expect(answer.contentLength).toBeNull();
    expect((await bytesOf(answer)).toString()).toBe(text);
  });

  it('is left alone if the file itself is compressed', async () => {
    const body = gzipSync(text);
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(body);
    });
    const answer = await transportWith().get(request(new URL('/a-1.tar.gz', server.url)));
    expect((await bytesOf(answer)).equals(body)).toBe(true);
  });

  it('is limited by the size after decoding', async () => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    const answer = await transportWith().get(request(server.url, { maxBytes: 100_000 }));
    expect((await failureOf(bytesOf(answer))).outcome).toBe('too-large');
  });

  it('that is cut off is truncated', async () => {
    const body = gzipSync(text);
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(body.subarray(0, body.length - 12));
    });
    expect((await failureOf(bytesOf(await transportWith().get(request(server.url))))).outcome).toBe('truncated');
  });

  it.each([
    ['UTF-8', text],
    ['none', text],
    ['binary', text],
    ['x-gzip', Buffer.from('da39a3ee5e6b4b0d3255bfef95601890afd80709')],
    ['deflate', text],
    ['zstd', text],
    ['br', Buffer.from('PK\u0003\u0004 a jar')],
    ['br', 'da39a3ee5e6b4b0d3255bfef95601890afd80709  lib.jar\n'],
    ['deflate', Buffer.from('PK\u0003\u0004 a jar')],
    ['gzip', Buffer.alloc(0)],
  ])('%s on a body that is not encoded is ignored', async (encoding, body) => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(body);
    });
    expect((await bytesOf(await transportWith().get(request(server.url)))).toString()).toBe(body.toString());
  });

  it.each(['gzip, gzip', 'identity, gzip', 'gzip, aws-chunked'])('%s is undone as far as the body is encoded', async (encoding) => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(gzipSync(text));
    });
    expect((await bytesOf(await transportWith().get(request(server.url)))).toString()).toBe(text.toString());
  });

  it('of a .tgz that redirects to an object without its extension is left alone', async () => {
    const body = gzipSync(text);
    const server = await serve((incoming, response) => {
      if (incoming.url === '/a.tgz') response.writeHead(302, { location: '/object' });
      else response.writeHead(200, { 'content-encoding': 'x-gzip' });
      response.end(incoming.url === '/a.tgz' ? undefined : body);
    });
    expect((await bytesOf(await transportWith().get(request(new URL('/a.tgz', server.url))))).equals(body)).toBe(true);
  });

  it('is refused if unknown', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'pack200-gzip' });
      response.end('x');
    });
    expect((await failureOf(transportWith().get(request(server.url)))).outcome).toBe('status');
  });
});
