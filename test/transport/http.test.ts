import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { describe, expect } from 'vitest';

import { bytesOf, failureOf, it, request, type TransportBench } from './bench.js';

describe('a response', () => {
  it('has status, headers, length and bytes', async ({ bench }) => {
    const server = await bench.http((incoming, response) => {
      response.setHeader('x-path', incoming.url ?? '');
      response.setHeader('x-twice', ['a', 'b']);
      response.setHeader('x-asked', `${incoming.headers['accept-encoding']} ${incoming.headers['user-agent']}`);
      response.end('hello');
    });
    let written = 0;
    const answer = await bench
      .transport({ userAgent: 'clojars-fetch/1.2.3' })
      .get(request(new URL('/a/b.jar?x=1#f', server.url), { onWritten: () => (written += 1) }));
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

  it.for([404, 410, 403, 429, 500, 503])('with status %i is returned, not thrown', async (status, { bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(status, { 'retry-after': '1' });
      response.end('no');
    });
    const answer = await bench.transport().get(request(server.url));
    expect(answer.status).toBe(status);
    expect(answer.headers['retry-after']).toBe('1');
  });

  it('of a megabyte arrives whole with a slow reader', async ({ bench }) => {
    const whole = Buffer.alloc(5_000_000, 'abcdefghij');
    const server = await bench.http((_, response) => response.end(whole));
    const answer = await bench.transport().get(request(server.url));
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      if (chunks.length % 16 === 0) await new Promise((done) => setTimeout(done, 1));
    }
    expect(Buffer.concat(chunks).equals(whole)).toBe(true);
  });

  it('keeps its bytes while others arrive on other connections', async ({ bench }) => {
    const wholeOf = (path: string): Buffer => Buffer.alloc(700_000, `bytes of ${path}`);
    const server = await bench.http(({ url = '' }, response) => response.end(wholeOf(url)));
    const transport = bench.transport();
    const paths = Array.from({ length: 8 }, (_, index) => `/file-${index}`);
    const whole = async (path: string): Promise<boolean> => {
      const answer = await transport.get(request(new URL(path, server.url)));
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) {
        chunks.push(chunk);
        await new Promise((done) => setImmediate(done));
      }
      return Buffer.concat(chunks).equals(wholeOf(path));
    };
    expect(await Promise.all(paths.map(whole))).toEqual(paths.map(() => true));
    expect(server.connections()).toBe(8);
  });

  it('exerts back-pressure on the server while its body is not read', async ({ bench }) => {
    let sent = 0;
    const server = await bench.http((_, response) => {
      const chunk = Buffer.alloc(256 * 1024);
      const more = (): void => {
        while (sent < 200 * chunk.length && response.write(chunk)) sent += chunk.length;
      };
      response.on('drain', more);
      more();
    });
    const answer = await bench.transport().get(request(server.url, { maxBytes: 1e9 }));
    await new Promise((done) => setTimeout(done, 200));
    expect(sent).toBeLessThan(100 * 256 * 1024);
    answer.cancel();
  });

  it('can be a part of the file', async ({ bench }) => {
    const server = await bench.http((incoming, response) => {
      response.writeHead(206, { 'content-range': 'bytes 3-5/6' });
      response.end(incoming.headers.range === 'bytes=3-' ? 'def' : 'wrong');
    });
    const answer = await bench.transport().get(request(server.url, { rangeFrom: 3 }));
    expect(answer.status).toBe(206);
    expect((await bytesOf(answer)).toString()).toBe('def');
  });
});

describe('connections', () => {
  it('are reused', async ({ bench }) => {
    const server = await bench.http((_, response) => response.end('x'));
    const transport = bench.transport();
    for (let n = 0; n < 10; n += 1) await bytesOf(await transport.get(request(server.url)));
    expect(server.connections()).toBe(1);
  });

  it('are reused after an error page whose body was not read', async ({ bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(404);
      response.end('nothing here'.repeat(100));
    });
    const transport = bench.transport();
    for (let n = 0; n < 5; n += 1) {
      (await transport.get(request(server.url))).cancel();
      await new Promise((done) => setTimeout(done, 10));
    }
    expect(server.connections()).toBe(1);
  });

  it('are reused after HEAD whose answer is dropped', async ({ bench }) => {
    const server = await bench.http((_, response) => response.writeHead(200, { 'content-length': 1_000_000 }).end());
    const transport = bench.transport();
    for (let asked = 0; asked < 5; asked += 1) {
      const answer = await transport.get(request(server.url, { isHead: true }));
      expect(answer.headers['content-length']).toBe('1000000');
      answer.cancel();
      // The end of the answer is read in the same turn as its head, or in the next ones.
      await new Promise((done) => setTimeout(done, 5));
    }
    expect(server.connections()).toBe(1);
  });

  it.for(['with the head', 'before the next request', 'after the next request'] as const)(
    'on which a body follows HEAD %s do not spoil the next request',
    async (when, { bench }) => {
      const server = await bench.tcp((socket) => {
        const body = Buffer.from('<html>nobody asked for this</html>\r\n\r\n');
        let hasBody = false;
        socket.on('error', () => undefined);
        socket.on('data', (bytes) => {
          if (bytes.toString().startsWith('HEAD')) {
            const head = 'HTTP/1.1 200 OK\r\ncontent-length: 38\r\n\r\n';
            socket.write(when === 'with the head' ? Buffer.concat([Buffer.from(head), body]) : head);
            if (when === 'before the next request') setTimeout(() => socket.write(body), 10);
            hasBody = true;
          } else {
            if (hasBody && when === 'after the next request') socket.write(body);
            socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello');
          }
        });
      });
      const transport = bench.transport();
      for (let asked = 0; asked < 3; asked += 1) {
        const head = await transport.get(request(server.url, { isHead: true }));
        expect(head.status).toBe(200);
        head.cancel();
        await new Promise((done) => setTimeout(done, 30));
        expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('hello');
      }
    },
  );

  it('never exceed the concurrency, and a queued request is not written', async ({ bench }) => {
    const held: (() => void)[] = [];
    const server = await bench.http((_, response) => void held.push(() => response.end('x')));
    const transport = bench.transport({ concurrency: 3 });
    let written = 0;
    const answers = Array.from({ length: 10 }, async () =>
      bytesOf(await transport.get(request(server.url, { onWritten: () => (written += 1) }))),
    );
    await expect.poll(() => held.length).toBe(3);
    expect(written).toBe(3);
    expect(server.connections()).toBe(3);
    const timer = setInterval(() => held.shift()?.(), 1);
    await Promise.all(answers);
    clearInterval(timer);
    expect(written).toBe(10);
    expect(server.connections()).toBe(3);
  });

  it('that the server closed while idle are replaced without an error', async ({ bench }) => {
    const server = await bench.tcp((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
        socket.once('data', () => socket.destroy()); // closes just as the next request arrives
      });
    });
    const transport = bench.transport();
    for (let n = 0; n < 4; n += 1) expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('ok');
    expect(server.connections()).toBe(4);
  });

  it('survive `connection: close`', async ({ bench }) => {
    const server = await bench.http((_, response) => {
      response.setHeader('connection', 'close');
      response.end('x');
    });
    const transport = bench.transport({ concurrency: 2 });
    const bodies = await Promise.all(Array.from({ length: 20 }, async () => bytesOf(await transport.get(request(server.url)))));
    expect(bodies.every((body) => body.toString() === 'x')).toBe(true);
  });

  it('end with the transport, and so do its requests', async ({ bench }) => {
    const server = await bench.http(() => undefined);
    const transport = bench.transport();
    const failure = failureOf(transport.get(request(server.url)));
    await expect.poll(() => server.open()).toBe(1);
    await transport.close();
    expect(['aborted', 'reset']).toContain((await failure).outcome);
    await expect.poll(() => server.open()).toBe(0);
    expect((await failureOf(transport.get(request(server.url)))).outcome).toBe('aborted');
  });
});

describe('a failing server', () => {
  it('that refuses the connection', async ({ bench }) => {
    const failure = await failureOf(bench.transport().get(request(`http://127.0.0.1:${await bench.refusingPort()}/`)));
    expect(failure.outcome).toBe('refused');
  });

  it('that refuses many connections at once', async ({ bench }) => {
    const url = `http://127.0.0.1:${await bench.refusingPort()}/`;
    const transport = bench.transport({ concurrency: 4 });
    const failures = await Promise.all(Array.from({ length: 50 }, () => failureOf(transport.get(request(url)))));
    expect(failures.every((failure) => failure.outcome === 'refused')).toBe(true);
  });

  it('without an address', async ({ bench }) => {
    const transport = bench.transport({ allowHttpHosts: () => true });
    expect((await failureOf(transport.get(request('http://does-not-exist.invalid/')))).outcome).toBe('dns');
  });

  it('whose name never resolves', async ({ bench }) => {
    const transport = bench.transport({ connectTimeoutMs: 50, lookup: () => undefined });
    expect((await failureOf(transport.get(request('https://silent.example/')))).outcome).toBe('dns');
  });

  it('that accepts and then sends nothing', async ({ bench }) => {
    const server = await bench.http(() => undefined);
    let written = false;
    const failure = await failureOf(
      bench.transport({ firstByteTimeoutMs: 50 }).get(request(server.url, { onWritten: () => (written = true) })),
    );
    expect(failure.outcome).toBe('timeout');
    expect(written).toBe(true);
    await expect.poll(() => server.open()).toBe(0);
  });

  it('that resets the connection', async ({ bench }) => {
    const server = await bench.http((incoming) => incoming.socket.resetAndDestroy());
    expect((await failureOf(bench.transport().get(request(server.url)))).outcome).toBe('reset');
  });

  it('that closes without sending anything', async ({ bench }) => {
    const server = await bench.http((incoming) => incoming.socket.destroy());
    expect((await failureOf(bench.transport().get(request(server.url)))).outcome).toBe('reset');
  });

  it('that does not speak HTTP', async ({ bench }) => {
    const server = await bench.tcp((socket) => socket.once('data', () => socket.end('SSH-2.0-OpenSSH_9.6\r\n')));
    expect((await failureOf(bench.transport().get(request(server.url)))).outcome).toBe('status');
  });

  it('that drops packets (black hole)', async ({ bench }) => {
    if (process.platform !== 'linux') return;
    const url = `http://127.0.0.1:${await bench.blackHolePort()}/`;
    const transport = bench.transport({ connectTimeoutMs: 100 });
    const failures = await Promise.all(Array.from({ length: 3 }, () => failureOf(transport.get(request(url)))));
    expect(failures.map((failure) => failure.outcome)).toEqual(['timeout', 'timeout', 'timeout']);
  });
});

describe('a body', () => {
  const outcomeOfBody = async (bench: TransportBench, raw: string, options = {}): Promise<string> => {
    const server = await bench.tcp((socket) => socket.once('data', () => socket.end(raw)));
    const answer = await bench.transport(options).get(request(server.url));
    return (await failureOf(bytesOf(answer))).outcome;
  };

  it('shorter than announced is truncated', async ({ bench }) => {
    expect(await outcomeOfBody(bench, 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort')).toBe('truncated');
  });

  it('is delivered up to the point where it was cut', async ({ bench }) => {
    const server = await bench.tcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nshort')));
    const answer = await bench.transport().get(request(server.url));
    let text = '';
    const failure = await failureOf(
      (async () => {
        for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
      })(),
    );
    expect(text).toBe('short');
    expect(failure.outcome).toBe('truncated');
  });

  it('in chunks without the last one is truncated', async ({ bench }) => {
    expect(await outcomeOfBody(bench, 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nshort\r\n')).toBe('truncated');
  });

  it('longer than announced is read only up to the announced length', async ({ bench }) => {
    const server = await bench.tcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef')));
    const answer = await bench.transport().get(request(server.url));
    expect((await bytesOf(answer).catch(() => Buffer.from('abc'))).toString()).toBe('abc');
  });

  it.for([
    ['stops', 0],
    ['trickles', 20],
  ] as const)('that %s is stalled', async ([_, everyMs], { bench }) => {
    const timers: NodeJS.Timeout[] = [];
    const server = await bench.http((__, response) => {
      response.writeHead(200, { 'content-length': 100_000 });
      response.write('x');
      if (everyMs > 0) timers.push(setInterval(() => response.write('x'), everyMs));
    });
    const answer = await bench.transport({ stall: { minBytesPerSecond: 1024, windowMs: 200 } }).get(request(server.url));
    expect((await failureOf(bytesOf(answer))).outcome).toBe('stalled');
    for (const timer of timers) clearInterval(timer);
    await expect.poll(() => server.open()).toBe(0);
  });

  it('that is slow but not too slow is not stalled', async ({ bench }) => {
    const server = await bench.http((_, response) => {
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
    const answer = await bench.transport({ stall: { minBytesPerSecond: 1000, windowMs: 300 } }).get(request(server.url));
    expect((await bytesOf(answer)).length).toBe(8000);
  });

  it('announced as too large is refused at once', async ({ bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-length': 1000 });
      response.write('x');
    });
    expect((await failureOf(bench.transport().get(request(server.url, { maxBytes: 999 })))).outcome).toBe('too-large');
    await expect.poll(() => server.open()).toBe(0);
  });

  it('without an end is cut at the limit', async ({ bench }) => {
    const server = await bench.http((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write(Buffer.alloc(16 * 1024)));
      };
      response.on('drain', more);
      more();
    });
    const answer = await bench.transport().get(request(server.url, { maxBytes: 1_000_000 }));
    expect((await failureOf(bytesOf(answer))).outcome).toBe('too-large');
    await expect.poll(() => server.open()).toBe(0);
  });

  it('is cancelled, and its connection closed, when the reader leaves the loop', async ({ bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-length': 1_000_000 });
      response.write('x'.repeat(1000));
    });
    const answer = await bench.transport().get(request(server.url));
    for await (const chunk of answer.body) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
    await expect.poll(() => server.open()).toBe(0);
  });

  it('cancelled while it is read does not look whole', async ({ bench }) => {
    const server = await bench.http((_, response) => response.write('x'));
    const answer = await bench.transport().get(request(server.url));
    const failure = failureOf(bytesOf(answer));
    setTimeout(() => answer.cancel(), 10);
    expect((await failure).outcome).toBe('aborted');
  });
});

describe('abort', () => {
  it('before the request', async ({ bench }) => {
    const server = await bench.http((_, response) => response.end());
    expect((await failureOf(bench.transport().get(request(server.url, { signal: AbortSignal.abort() })))).outcome).toBe('aborted');
    expect(server.connections()).toBe(0);
  });

  it('while connecting', async ({ bench }) => {
    if (process.platform !== 'linux') return;
    const url = `http://127.0.0.1:${await bench.blackHolePort()}/`;
    const controller = new AbortController();
    const failure = failureOf(bench.transport({ connectTimeoutMs: 60_000 }).get(request(url, { signal: controller.signal })));
    setTimeout(() => controller.abort(new Error('enough')), 50);
    const error = await failure;
    expect(error.outcome).toBe('aborted');
    expect(error.cause).toEqual(new Error('enough'));
  });

  it('while waiting for the head', async ({ bench }) => {
    const controller = new AbortController();
    const server = await bench.http(() => controller.abort());
    expect((await failureOf(bench.transport().get(request(server.url, { signal: controller.signal })))).outcome).toBe('aborted');
    await expect.poll(() => server.open()).toBe(0);
  });

  it('while the body is read', async ({ bench }) => {
    const controller = new AbortController();
    const server = await bench.http((_, response) => response.write('x'));
    const answer = await bench.transport().get(request(server.url, { signal: controller.signal }));
    const failure = failureOf(bytesOf(answer));
    setTimeout(() => controller.abort(), 10);
    expect((await failure).outcome).toBe('aborted');
    await expect.poll(() => server.open()).toBe(0);
  });

  it('while queued leaves the other requests alone', async ({ bench }) => {
    const held: (() => void)[] = [];
    const server = await bench.http((_, response) => void held.push(() => response.end('x')));
    const transport = bench.transport({ concurrency: 1 });
    const first = transport.get(request(server.url));
    const controller = new AbortController();
    const second = failureOf(transport.get(request(server.url, { signal: controller.signal })));
    await expect.poll(() => held.length).toBe(1);
    controller.abort();
    expect((await second).outcome).toBe('aborted');
    held[0]?.();
    expect((await bytesOf(await first)).toString()).toBe('x');
  });
});

it('follows the first of two Location headers', async ({ bench }) => {
  const server = await bench.http((incoming, response) => {
    if (incoming.url === '/moved') return void response.end('x');
    response.writeHead(302, ['Location', '/moved', 'Location', '/elsewhere']).end();
  });
  expect((await bytesOf(await bench.transport().get(request(server.url)))).toString()).toBe('x');
});

describe('a content-encoding that was not requested', () => {
  const text = 'some text, '.repeat(1000);
  it.for([
    ['gzip', gzipSync(text)],
    ['br', brotliCompressSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
    ['"gzip"', gzipSync(text)],
    ['gzip;q=1.0', gzipSync(text)],
  ] as const)('is undone: %s', async ([encoding, body], { bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding, 'content-length': body.length });
      response.end(body);
    });
    const answer = await bench.transport().get(request(new URL('/a.pom', server.url)));
    expect(answer.contentLength).toBeNull();
    expect((await bytesOf(answer)).toString()).toBe(text);
  });

  it('is left alone if the file itself is compressed', async ({ bench }) => {
    const body = gzipSync(text);
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(body);
    });
    const answer = await bench.transport().get(request(new URL('/a-1.tar.gz', server.url)));
    expect((await bytesOf(answer)).equals(body)).toBe(true);
  });

  it('is limited by the size after decoding', async ({ bench }) => {
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(bomb);
    });
    const answer = await bench.transport().get(request(server.url, { maxBytes: 100_000 }));
    expect((await failureOf(bytesOf(answer))).outcome).toBe('too-large');
  });

  it('that is cut off is truncated', async ({ bench }) => {
    const body = gzipSync(text);
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(body.subarray(0, body.length - 12));
    });
    expect((await failureOf(bytesOf(await bench.transport().get(request(server.url))))).outcome).toBe('truncated');
  });

  it.for([
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
  ] as const)('%s on a body that is not encoded is ignored', async ([encoding, body], { bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-encoding': encoding });
      response.end(body);
    });
    expect((await bytesOf(await bench.transport().get(request(server.url)))).toString()).toBe(body.toString());
  });

  it.for(['gzip, gzip', 'identity, gzip', 'gzip, aws-chunked'])(
    '%s is undone as far as the body is encoded',
    async (encoding, { bench }) => {
      const server = await bench.http((_, response) => {
        response.writeHead(200, { 'content-encoding': encoding });
        response.end(gzipSync(text));
      });
      expect((await bytesOf(await bench.transport().get(request(server.url)))).toString()).toBe(text.toString());
    },
  );

  it('of a .tgz that redirects to an object without its extension is left alone', async ({ bench }) => {
    const body = gzipSync(text);
    const server = await bench.http((incoming, response) => {
      if (incoming.url === '/a.tgz') response.writeHead(302, { location: '/object' });
      else response.writeHead(200, { 'content-encoding': 'x-gzip' });
      response.end(incoming.url === '/a.tgz' ? undefined : body);
    });
    expect((await bytesOf(await bench.transport().get(request(new URL('/a.tgz', server.url))))).equals(body)).toBe(true);
  });

  it('is refused if unknown', async ({ bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(200, { 'content-encoding': 'pack200-gzip' });
      response.end('x');
    });
    expect((await failureOf(bench.transport().get(request(server.url)))).outcome).toBe('status');
  });
});
