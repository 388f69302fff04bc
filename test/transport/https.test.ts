import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse, Http2Session } from 'node:http2';
import { hostname, networkInterfaces } from 'node:os';

import { describe, expect } from 'vitest';

import { redirectTarget } from '../../src/network/transport/http/redirect.js';
import { testCertificates } from '../support/certificate.js';
import type { ForwardProxyOptions, ProxyRequest } from '../support/forward-proxy.js';
import { bytesOf, failureOf, it, request, type TransportBench } from './bench.js';

const certificates = await testCertificates();
const { ca, valid: good } = certificates;

describe('TLS', () => {
  it('with a known authority is secure', async ({ bench }) => {
    const server = await bench.https(good, (_, response) => response.end('x'));
    const answer = await bench.transport({ ca }).get(request(server.url));
    expect(answer.secure).toBe(true);
    expect((await bytesOf(answer)).toString()).toBe('x');
  });

  it('with an unknown authority is refused, whatever the environment says', async ({ bench }) => {
    const server = await bench.https(good, (_, response) => response.end('x'));
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect((await failureOf(bench.transport().get(request(server.url)))).outcome).toBe('tls');
    } finally {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before;
    }
  });

  it.for([
    ['an expired certificate', certificates.expired],
    ['a certificate for another name', certificates.wrongName],
    ['a self-signed certificate', certificates.selfSigned],
  ] as const)('with %s is refused', async ([_, identity], { bench }) => {
    const server = await bench.https(identity, (__, response) => response.end('x'));
    expect((await failureOf(bench.transport({ ca }).get(request(server.url)))).outcome).toBe('tls');
    await expect.poll(() => server.open()).toBe(0);
  });

  it('with a server that does not speak TLS is refused', async ({ bench }) => {
    const server = await bench.tcp((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    expect((await failureOf(bench.transport({ ca }).get(request(`https://127.0.0.1:${server.port}/`)))).outcome).toBe('tls');
  });

  it('that never finishes its handshake times out', async ({ bench }) => {
    const server = await bench.tcp((socket) => void socket.resume());
    const failure = await failureOf(bench.transport({ ca, connectTimeoutMs: 100 }).get(request(`https://127.0.0.1:${server.port}/`)));
    expect(failure.outcome).toBe('timeout');
    await expect.poll(() => server.open()).toBe(0);
  });

  it('uses many connections if only HTTP/1.1 is spoken', async ({ bench }) => {
    let now = 0;
    let most = 0;
    const server = await bench.https(good, (_, response) => {
      most = Math.max(most, (now += 1));
      setTimeout(() => {
        now -= 1;
        response.end('x');
      }, 30);
    });
    const transport = bench.transport({ ca, concurrency: 8 });
    await Promise.all(Array.from({ length: 32 }, async () => bytesOf(await transport.get(request(server.url)))));
    expect(most).toBeGreaterThan(1);
    expect(server.connections()).toBeLessThanOrEqual(8);
  });
});

describe('HTTP/2', () => {
  it('uses one connection for many concurrent requests', async ({ bench }) => {
    const versions = new Set<string>();
    const server = await bench.http2(good, (incoming, response) => {
      versions.add(incoming.httpVersion);
      setTimeout(() => response.end(`body of ${incoming.url}`), 20);
    });
    const transport = bench.transport({ ca });
    const bodies = await Promise.all(
      Array.from({ length: 150 }, async (_, n) => (await bytesOf(await transport.get(request(new URL(`/${n}`, server.url))))).toString()),
    );
    expect(bodies).toEqual(Array.from({ length: 150 }, (_, n) => `body of /${n}`));
    expect([...versions]).toEqual(['2.0']);
    expect(server.connections()).toBeLessThanOrEqual(2);
  });

  it('can be switched off', async ({ bench }) => {
    const server = await bench.http2(good, (incoming, response) => response.end(incoming.httpVersion));
    expect((await bytesOf(await bench.transport({ ca, http2: false }).get(request(server.url)))).toString()).toBe('1.1');
  });

  it('aborts one stream and keeps the others', async ({ bench }) => {
    const server = await bench.http2(good, (incoming, response) => {
      if (incoming.url === '/hang') return;
      response.end('x');
    });
    const transport = bench.transport({ ca });
    const controller = new AbortController();
    const hanging = failureOf(transport.get(request(new URL('/hang', server.url), { signal: controller.signal })));
    expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('x');
    controller.abort();
    expect((await hanging).outcome).toBe('aborted');
    expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('x');
  });

  it('notices a body that is cut', async ({ bench }) => {
    const server = await bench.http2(good, (_, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x');
      setTimeout(() => response.destroy(), 20);
    });
    const failure = await failureOf(bench.transport({ ca }).get(request(server.url)).then(bytesOf));
    expect(['truncated', 'reset']).toContain(failure.outcome);
  });

  it('notices a connection that is lost', async ({ bench }) => {
    const server = await bench.http2(good, (incoming, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('x');
      setTimeout(() => incoming.socket.destroy(), 20);
    });
    const failure = await failureOf(bench.transport({ ca }).get(request(server.url)).then(bytesOf));
    expect(['truncated', 'reset']).toContain(failure.outcome);
  });

  it('survives GOAWAY: requests in flight end well, later ones use a new connection', async ({ bench }) => {
    const responses: ServerResponse[] = [];
    const server = await bench.http2(good, (incoming, response) => {
      if (incoming.url !== '/slow') return response.end('x');
      response.write('begin ');
      responses.push(response);
      return undefined;
    });
    const transport = bench.transport({ ca });
    const slow = await transport.get(request(new URL('/slow', server.url)));
    const { stream } = responses[0] as unknown as Http2ServerResponse;
    stream.session?.goaway(0);
    const bodies = await Promise.all(
      Array.from({ length: 5 }, async () => (await bytesOf(await transport.get(request(server.url)))).toString()),
    );
    expect(bodies).toEqual(['x', 'x', 'x', 'x', 'x']);
    responses[0]?.end('end');
    expect((await bytesOf(slow)).toString()).toBe('begin end');
  });

  it.for([
    ['GOAWAY with an error', (session: Http2Session | undefined) => session?.goaway(2)],
    ['loss of the connection', (session: Http2Session | undefined) => session?.destroy()],
  ] as const)('%s in the middle of many requests fails only those requests', async ([_name, strike], { bench }) => {
    const responses: ServerResponse[] = [];
    const server = await bench.http2(good, (incoming, response) => {
      if (incoming.url === '/fine') return response.end('x');
      response.writeHead(200, { 'content-length': '1000' });
      response.write('begin');
      responses.push(response);
      return undefined;
    });
    const transport = bench.transport({ ca });
    const answers = await Promise.all(Array.from({ length: 20 }, () => transport.get(request(server.url))));
    const failures = Promise.all(answers.map((answer) => failureOf(bytesOf(answer))));
    strike((responses[0] as unknown as Http2ServerResponse).stream.session);
    for (const { outcome } of await failures) expect(['reset', 'truncated']).toContain(outcome);
    expect((await bytesOf(await transport.get(request(new URL('/fine', server.url))))).toString()).toBe('x');
  });

  it('treats a stream that the server resets as a failure of that request alone', async ({ bench }) => {
    const server = await bench.http2(good, (incoming, response) => {
      const { stream } = response as unknown as Http2ServerResponse;
      if (incoming.url === '/before') return stream.close(8);
      if (incoming.url !== '/after') return response.end('x');
      response.write('begin');
      setTimeout(() => stream.close(2), 20);
      return undefined;
    });
    const transport = bench.transport({ ca });
    expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('x');
    expect(['reset', 'truncated']).toContain(
      (await failureOf(transport.get(request(new URL('/before', server.url))).then(bytesOf))).outcome,
    );
    expect(['reset', 'truncated']).toContain(
      (await failureOf(transport.get(request(new URL('/after', server.url))).then(bytesOf))).outcome,
    );
    expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('x');
  });

  it('transfers large bodies whole', async ({ bench }) => {
    const whole = Buffer.alloc(3_000_000, 'abcdefghij');
    const server = await bench.http2(good, (_, response) => response.end(whole));
    expect((await bytesOf(await bench.transport({ ca }).get(request(server.url)))).equals(whole)).toBe(true);
  });
});

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.map(({ address, family }) => (family === 'IPv6' ? `[${address.replace(/%.*$/, '')}]` : address));
}

describe('redirects', () => {
  it('are followed, relative ones too, and the last address is reported', async ({ bench }) => {
    const server = await bench.http((incoming, response) => {
      if (incoming.url === '/a') response.writeHead(302, { location: 'b' });
      else if (incoming.url === '/b') response.writeHead(307, { location: '/c' });
      else response.write('end');
      response.end();
    });
    let written = 0;
    const answer = await bench.transport().get(request(new URL('/a', server.url), { onWritten: () => (written += 1) }));
    expect(answer.url.pathname).toBe('/c');
    expect((await bytesOf(answer)).toString()).toBe('end');
    expect(written).toBe(1);
  });

  it('in a circle, and too many redirects, are refused', async ({ bench }) => {
    let asked = 0;
    const server = await bench.http((incoming, response) => {
      asked += 1;
      response.writeHead(302, { location: incoming.url === '/circle' ? '/circle' : `${incoming.url}x` });
      response.end();
    });
    expect((await failureOf(bench.transport().get(request(new URL('/circle', server.url))))).outcome).toBe('redirect');
    expect(asked).toBe(1);
    expect((await failureOf(bench.transport().get(request(new URL('/long', server.url))))).outcome).toBe('redirect');
    expect(asked).toBe(7);
  });

  it('send the bytes of the location: raw UTF-8, Latin-1, and the text of a signed query', async ({ bench }) => {
    const asked: string[] = [];
    const locations = [
      Buffer.from('/f \u00fc/x', 'utf8'),
      Buffer.from('/\u00fc', 'latin1'),
      Buffer.from("/o?sig=a'b%2f%2F|{}+~\u00fc&x=%C3%BC", 'utf8'),
      Buffer.from('/o?'),
      Buffer.from('?only=query#fragment'),
    ];
    const server = await bench.tcp((socket) => {
      socket.on('data', (head) => {
        const target = /^GET (\S+)/.exec(head.toString('latin1'))?.[1] ?? '';
        const location = /^\/(\d)$/.exec(target)?.[1];
        if (location === undefined) asked.push(target);
        const answer = location === undefined ? 'HTTP/1.1 200 OK\r\n' : 'HTTP/1.1 302 Found\r\nLocation: ';
        socket.end(
          Buffer.concat([
            Buffer.from(answer),
            location ? (locations[Number(location)] ?? Buffer.of()) : Buffer.of(),
            Buffer.from(`${location ? '\r\n' : ''}Content-Length: 0\r\nConnection: close\r\n\r\n`),
          ]),
        );
      });
    });
    for (const index of locations.keys()) await bench.transport().get(request(new URL(`/${index}`, server.url)));
    expect(asked).toEqual(['/f%20%C3%BC/x', '/%FC', "/o?sig=a'b%2f%2F|{}+~%C3%BC&x=%C3%BC", '/o?', '/4?only=query']);
  });

  it('over HTTP/2 send the bytes of the location', async ({ bench }) => {
    const server = await bench.http2(good, (incoming, response) => {
      if (incoming.url === '/start') response.writeHead(302, { location: Buffer.from('/f \u00fc', 'utf8').toString('latin1') });
      response.end(incoming.url);
    });
    expect((await bytesOf(await bench.transport({ ca }).get(request(new URL('/start', server.url))))).toString()).toBe('/f%20%C3%BC');
  });

  it.each([
    '0.0.0.0',
    '[::]',
    '[::ffff:127.0.0.1]',
    '127.1',
    '0x7f000001',
    'localhost.',
    'a.localhost',
    '[::1]',
    '[64:ff9b::127.0.0.1]',
    hostname(),
    ...ownAddresses(),
  ])('from another machine to %s are refused as redirects to this machine', (host) => {
    for (const scheme of ['http', 'https']) {
      const location = `${scheme}://${host}:1234/`;
      expect(() => redirectTarget(new URL('http://mirror.example/'), location, 302)).toThrow(/to this machine$/);
      expect(redirectTarget(new URL('http://127.0.0.1/'), location, 302).url.port).toBe('1234');
    }
  });

  it('to other machines are followed', () => {
    for (const host of ['mirror.example', '192.0.2.1', '[2001:db8::1]', '[::ffff:192.0.2.1]']) {
      expect(redirectTarget(new URL('http://mirror.example/'), `http://${host}/`, 302).url.hostname).toBe(
        new URL(`http://${host}/`).hostname,
      );
    }
  });

  it.for(['file:///etc/passwd', 'ftp://127.0.0.1/', 'http://mirror.example/', 'http://[bad'])(
    'to %s are refused',
    async (location, { bench }) => {
      const server = await bench.http((_, response) => {
        response.writeHead(302, { location });
        response.end();
      });
      expect((await failureOf(bench.transport().get(request(server.url)))).outcome).toBe('redirect');
    },
  );

  it('from https to http are refused, even to this machine', async ({ bench }) => {
    const plain = await bench.http((_, response) => response.end('x'));
    const server = await bench.https(good, (_, response) => {
      response.writeHead(302, { location: plain.url });
      response.end();
    });
    expect((await failureOf(bench.transport({ ca }).get(request(server.url)))).outcome).toBe('redirect');
    expect(plain.connections()).toBe(0);
  });

  it('from http to https do not make a response secure', async ({ bench }) => {
    const safe = await bench.https(good, (_, response) => response.end('x'));
    const server = await bench.http((_, response) => {
      response.writeHead(301, { location: safe.url });
      response.end();
    });
    expect((await bench.transport({ ca }).get(request(server.url))).secure).toBe(false);
  });

  it('never send credentials to another origin, nor back', async ({ bench }) => {
    const seen: string[] = [];
    const note = (where: string, incoming: IncomingMessage): void => void seen.push(`${where} ${incoming.headers.authorization ?? 'none'}`);
    let home = '';
    const away = await bench.http((incoming, response) => {
      note('away', incoming);
      response.writeHead(302, { location: `${home}back` });
      response.end();
    });
    const server = await bench.http((incoming, response) => {
      note('home', incoming);
      if (incoming.url === '/start') response.writeHead(302, { location: '/same' });
      else if (incoming.url === '/same') response.writeHead(302, { location: away.url });
      response.end();
    });
    home = server.url;
    const url = new URL('/start', server.url);
    await bench.transport().get(request(url, { credentials: { kind: 'bearer', token: 's3cret' } }));
    expect(seen).toEqual(['home Bearer s3cret', 'home Bearer s3cret', 'away none', 'home none']);
  });
});

describe('plain http', () => {
  it('is allowed for this machine and for listed hosts', async ({ bench }) => {
    expect((await failureOf(bench.transport().get(request('http://mirror.example/')))).outcome).toBe('redirect');
    const server = await bench.http((_, response) => response.end('x'));
    expect((await bench.transport().get(request(`http://localhost:${server.port}/`))).status).toBe(200);
  });
});

describe('a proxy', () => {
  const startProxy = async (
    bench: TransportBench,
    options: ForwardProxyOptions = {},
  ): Promise<{ url: URL; requests: readonly ProxyRequest[] }> => {
    const { url, requests } = await bench.proxy(options);
    return { url: new URL(url), requests };
  };
  const credentials = { kind: 'basic', username: 'u', password: 'p' } as const;

  it('tunnels https, with a login, and TLS still checks the server behind it', async ({ bench }) => {
    const server = await bench.https(good, (incoming, response) => response.end(incoming.headers['proxy-authorization'] ?? 'no login'));
    const { url, requests } = await startProxy(bench);
    const answer = await bench.transport({ ca, proxyFor: () => ({ url, credentials }) }).get(request(server.url));
    expect((await bytesOf(answer)).toString()).toBe('no login');
    expect(answer.secure).toBe(true);
    expect(requests.map(({ line, login }) => `${line} ${login}`)).toEqual([`CONNECT localhost:${server.port} Basic dTpw`]);
    expect((await failureOf(bench.transport({ proxyFor: () => ({ url }) }).get(request(server.url)))).outcome).toBe('tls');
  });

  it('is sent whole URLs with plain http', async ({ bench }) => {
    const { url, requests } = await startProxy(bench, { answer: () => 'by proxy' });
    const answer = await bench
      .transport({ allowHttpHosts: () => true, proxyFor: () => ({ url, credentials }) })
      .get(request('http://mirror.example/a?b'));
    expect((await bytesOf(answer)).toString()).toBe('by proxy');
    expect(requests).toEqual([{ line: 'GET http://mirror.example/a?b', host: 'mirror.example', login: 'Basic dTpw' }]);
  });

  it('that refuses the tunnel is reported with its status; one that cannot be reached counts as refused', async ({ bench }) => {
    const { url } = await startProxy(bench, { refusal: '407 Proxy Authentication Required' });
    const failure = await failureOf(bench.transport({ ca, proxyFor: () => ({ url }) }).get(request('https://mirror.example/')));
    expect([failure.outcome, failure.status]).toEqual(['status', 407]);
    const gone = new URL(`http://127.0.0.1:${await bench.refusingPort()}`);
    expect((await failureOf(bench.transport({ proxyFor: () => ({ url: gone }) }).get(request('https://mirror.example/')))).outcome).toBe(
      'refused',
    );
  });
});
