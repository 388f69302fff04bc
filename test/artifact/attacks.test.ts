/** What a hostile server, or another user of this machine, may try, through the whole client. A sound mirror stands behind. */
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server as TcpServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect } from 'vitest';

import { createTestCertificates } from '../support/certificate.js';
import { portOf } from '../support/dead-port.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';

const files = greeter({ size: 40_000 });
const body = contentOf(files, jar);
const forged = greeter({ size: 40_000, seed: 'forged' });

async function listen(bench: Workbench, server: Server | TcpServer): Promise<string> {
  bench.atEnd(
    () =>
      new Promise<void>((done) => {
        server.close(() => done());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${portOf(server.address())}/`;
}

const hostile = (bench: Workbench, answer: (path: string, request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
  listen(
    bench,
    createServer((request, response) => answer((request.url ?? '/').slice(1), request, response)),
  );

/** Answers everything with these bytes and hangs up. */
const raw = (bench: Workbench, head: string): Promise<string> =>
  listen(
    bench,
    createTcpServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(head));
    }),
  );

/** The first mirror is hostile: the file comes whole from the second, and the first attempt ended so. */
async function expectSecond(
  bench: Workbench,
  url: string,
  outcomes: readonly string[],
  options: { artifactMaxBytes?: number } = {},
): Promise<void> {
  const sound = await bench.serve(files);
  const found = await bench.client({ ...options, repositories: [{ id: 'r', url, mirrors: [sound.url] }] }).resolveArtifact(coordinate);
  expect(found).toMatchObject({ mirror: sound.url, sha256: digest('sha256', body) });
  const ended = bench.of('attempt-ended').filter(({ mirror, path }) => mirror === url && path === jar);
  for (const { outcome } of ended) expect(outcomes).toContain(outcome);
  expect((await bench.placed()).filter((name) => /tmp/.test(name))).toEqual([]);
}

describe('heads of answers', () => {
  it.for([
    ['a header of a megabyte', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1 << 20)}\r\ncontent-length: 1\r\n\r\nx`],
    ['ten thousand headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}content-length: 1\r\n\r\nx`],
    ['a negative Content-Length', 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello'],
    ['a Content-Length beyond all numbers', `HTTP/1.1 200 OK\r\ncontent-length: ${'9'.repeat(40)}\r\n\r\nhello`],
    ['two Content-Lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 50000\r\n\r\nhello'],
    ['Content-Length and chunks', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n'],
    ['a chunk of a size beyond all numbers', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello'],
    ['a line break in the reason', 'HTTP/1.1 200 OK\rx: y\r\ncontent-length: 5\r\n\r\nhello'],
    ['a status of its own invention', 'HTTP/1.1 999 Whatever\r\ncontent-length: 0\r\n\r\n'],
    ['switching protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ] as const)('%s', async ([_name, head], { bench }) => {
    await expectSecond(bench, await raw(bench, head), [
      'status',
      'truncated',
      'reset',
      'too-large',
      'checksum-mismatch',
      'checksum-missing',
      'aborted',
      'timeout',
    ]);
  });

  it('a length of a terabyte is refused before a byte of it', async ({ bench }) => {
    await expectSecond(
      bench,
      await hostile(bench, (path, _request, response) => {
        response.writeHead(200, { 'content-length': path.endsWith('sha1') ? 40 : 2 ** 40 }).write('x');
      }),
      ['too-large', 'aborted'],
    );
  });
});

describe('ranges', () => {
  it('206 without being asked is refused', async ({ bench }) => {
    await expectSecond(
      bench,
      await hostile(bench, (path, _request, response) => {
        const content = files.get(path);
        response
          .writeHead(206, {
            'content-range': `bytes 0-${(content?.length ?? 1) - 1}/${content?.length ?? 1}`,
            'content-length': content?.length ?? 0,
          })
          .end(content);
      }),
      ['status'],
    );
  });

  it.for([
    ['another start', (from: number) => `bytes ${from + 1}-${body.length - 1}/${body.length}`, (from: number) => body.subarray(from)],
    ['no Content-Range', () => undefined, (from: number) => body.subarray(from)],
    [
      'another content from there on',
      (from: number) => `bytes ${from}-${body.length - 1}/${body.length}`,
      (from: number) => Buffer.alloc(body.length - from, 7),
    ],
    ['a length beyond all limits', (from: number) => `bytes ${from}-99999999999999999999/*`, (from: number) => body.subarray(from)],
  ] as const)('a continuation with %s never changes the file', async ([_name, rangeOf, contentFrom], { bench }) => {
    const broken = await bench.serve(files, { fault: { fault: 'truncate', match: /\.jar$/ } });
    let asked = 0;
    const liar = await hostile(bench, (path, request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      const range = rangeOf(from);
      if (path !== jar || from === 0) return response.end(files.get(path));
      asked += 1;
      return response.writeHead(206, range === undefined ? {} : { 'content-range': range }).end(contentFrom(from));
    });
    const found = await bench.client({ repositories: [{ id: 'r', url: broken.url, mirrors: [liar] }] }).resolveArtifact(coordinate);
    expect(asked).toBeGreaterThan(0);
    expect(found.sha256).toBe(digest('sha256', body));
    expect((await bench.read(jar)).equals(body)).toBe(true);
  });
});

describe('decompression bombs', () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
  it.for([
    ['an artifact', /\.jar$/, ['too-large', 'aborted']],
    ['a POM', /\.pom$/, ['ok']],
    ['a checksum file', /\.sha1$/, ['too-large', 'aborted']],
  ] as const)('as %s end at its limit', async ([_name, match, outcomes], { bench }) => {
    const url = await hostile(bench, (path, _request, response) => {
      if (match.test(path)) response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': bomb.length }).end(bomb);
      else response.writeHead(files.has(path) ? 200 : 404).end(files.get(path));
    });
    const sound = await bench.serve(files);
    const found = await bench
      .client({ artifactMaxBytes: 1 << 20, repositories: [{ id: 'r', url, mirrors: [sound.url] }] })
      .resolveArtifact(coordinate);
    expect(found.sha256).toBe(digest('sha256', body));
    expect((await bench.read(pom)).equals(contentOf(files, pom))).toBe(true);
    for (const { outcome } of bench.of('attempt-ended').filter(({ mirror, path }) => mirror === url && path === jar))
      expect(outcomes).toContain(outcome);
    expect(
      bench.of('attempt-ended').filter(({ mirror, outcome }) => mirror === url && ['too-large', 'aborted'].includes(outcome)),
    ).not.toEqual([]);
  });
});

describe('slow retrieval', () => {
  it('of a checksum file, a byte a second, does not hold the file up', async ({ bench }) => {
    const slow = await bench.serve(files, { fault: { fault: 'trickle', match: /\.sha1$/ } });
    await expectSecond(bench, slow.url, ['aborted', 'stalled']);
  });

  it('of the head of an answer', async ({ bench }) => {
    const timers: NodeJS.Timeout[] = [];
    const url = await listen(
      bench,
      createTcpServer((socket) => {
        socket
          .on('error', () => undefined)
          .once('data', () => {
            socket.write('HTTP/1.1 200 OK\r\n');
            timers.push(setInterval(() => socket.write('x-slow: 1\r\n'), 100));
            socket.once('close', () => timers.forEach(clearInterval));
          });
      }),
    );
    await expectSecond(bench, url, ['aborted', 'timeout']);
  });
});

describe('redirects', () => {
  it.for([
    '../../../../../etc/passwd',
    '//127.0.0.1:9/x',
    'file:///etc/passwd',
    'data:text/plain,x',
    'javascript:alert(1)',
    'http://user:pass@evil.example/',
    '\u0000',
    'http://mirror.example:99999/',
    `/${'x'.repeat(70_000)}`,
  ])('to %j lead nowhere', async (location, { bench }) => {
    await expectSecond(bench, await raw(bench, `HTTP/1.1 302 Found\r\nlocation: ${location}\r\ncontent-length: 0\r\n\r\n`), [
      'redirect',
      'refused',
      'status',
      'reset',
      'truncated',
      'aborted',
    ]);
    expect(await bench.placed()).toEqual(expect.arrayContaining([jar, pom]));
    expect(JSON.stringify(bench.events)).not.toContain('user:pass');
  });
});

describe('records of this client, poisoned', () => {
  const circuit = (openUntilMs: number | null) => ({ failures: 3, answered: true, openUntilMs, openForMs: 1, latenciesMs: [1] });
  it.for<[string, unknown, unknown]>([
    ['nonsense', 'x', [1]],
    [
      'wrong types',
      { 'https://localhost': { failures: 'x', latenciesMs: {} }, __proto__: 1 },
      { localhost: { addresses: [{ address: 7 }], atMs: 'x' } },
    ],
    [
      'dates of the future',
      { 'https://localhost': circuit(8e15) },
      { localhost: { addresses: [{ address: '192.0.2.1', family: 4 }], atMs: 8e15 } },
    ],
    [
      'addresses of somebody else',
      {},
      {
        localhost: {
          addresses: [
            { address: '192.0.2.1', family: 4 },
            { address: 'evil.example', family: 4 },
          ],
          atMs: Date.now(),
        },
      },
    ],
  ] as const)('%s: neither a failure nor another file', async ([_name, circuits, addresses], { bench }) => {
    const certificates = await createTestCertificates();
    const server = await bench.serve(files, { tls: certificates.valid, hostname: 'localhost' });
    const cache = join(bench.folder, 'cache');
    await mkdir(cache);
    const withPort = (value: unknown): string => JSON.stringify(value).replaceAll('https://localhost', server.origin);
    await writeFile(join(cache, 'circuits.json'), withPort(circuits));
    await writeFile(join(cache, 'addresses.json'), withPort(addresses));
    const found = await bench.client({ ca: certificates.ca, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found).toMatchObject({ sha256: digest('sha256', body), verification: { level: 'origin' } });
  });

  it('a circuit that says the canonical origin is down does not make two forgers of one operator believed', async ({ bench }) => {
    const certificates = await createTestCertificates();
    const tls = { tls: certificates.valid, hostname: 'localhost' };
    const [sound, one, two] = [await bench.serve(files, tls), await bench.serve(forged, tls), await bench.serve(forged, tls)];
    await mkdir(join(bench.folder, 'cache'));
    await writeFile(join(bench.folder, 'cache', 'circuits.json'), JSON.stringify({ [sound.origin]: circuit(Date.now() + 600_000) }));
    const mirrors = [one, two].map(({ url }) => ({ url, operator: 'forger', trusted: false }));
    const found = await bench
      .client({ ca: certificates.ca, repositories: [{ id: 'r', url: sound.url, mirrors }] })
      .resolveArtifact(coordinate);
    expect(found).toMatchObject({ mirror: sound.url, sha256: digest('sha256', body) });
  });

  it.skipIf(process.platform === 'win32')('are kept where nobody else can write, nor read', async ({ bench }) => {
    const before = process.umask(0);
    try {
      const server = await bench.serve(files);
      const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
      await client.resolveArtifact(coordinate);
      await client.resolveVersions('org.example:greeter');
      await client.close();
      for (const name of ['cache', 'state']) {
        const folder = join(bench.folder, name);
        expect([name, (await stat(folder)).mode & 0o777]).toEqual([name, 0o700]);
        for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
          if (entry.isFile()) expect([entry.name, (await stat(join(entry.parentPath, entry.name))).mode & 0o022]).toEqual([entry.name, 0]);
        }
      }
    } finally {
      process.umask(before);
    }
  });
});

describe('credentials', () => {
  it('in the URL of a repository are in no error, event, list or diagnosis, nor in a file', async ({ bench }) => {
    const server = await bench.serve(files, { fault: { fault: { status: 403 }, match: /1\.1\.0/ } });
    const url = server.url.replace('//', '//ada:s3cret@');
    const client = bench.client({ repositories: [{ id: 'r', url, mirrors: [url.replace('/repo/', '/repo/other/')] }] });
    await client.resolveArtifact(coordinate);
    const error = await errorOf(client.resolveArtifact('org.example:greeter:1.1.0'));
    const told = JSON.stringify([
      error,
      error.message,
      error.stack,
      error.cause,
      bench.events,
      await client.diagnose(),
      await client.listMirrors(),
    ]);
    await client.close();
    expect(server.requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('ada:s3cret').toString('base64')}`);
    const kept: string[] = [];
    for (const entry of await readdir(bench.folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) kept.push(await readFile(join(entry.parentPath, entry.name), 'latin1'));
    }
    for (const text of [told, ...kept]) {
      expect(text).not.toContain('s3cret');
      expect(text).not.toContain(Buffer.from('ada:s3cret').toString('base64'));
    }
  });
});

describe.skipIf(process.platform === 'win32')('links that appear while a file is fetched', () => {
  it('the folder becomes a link to elsewhere: nothing is written there', async ({ bench }) => {
    const elsewhere = join(bench.folder, 'elsewhere');
    await mkdir(elsewhere);
    const server = await bench.serve(files, { fault: { delayMs: 500 } });
    const client = bench.client({ repositories: [{ id: 'r', url: server.url }] });
    const fetching = errorOf(client.resolveArtifact(coordinate));
    await mkdir(join(bench.m2, 'org'), { recursive: true });
    await symlink(elsewhere, join(bench.m2, 'org', 'example'));
    expect(await fetching).toMatchObject({ code: 'ERR_LOCAL_REPOSITORY', reason: 'corrupt' });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('the final name is a link: it is neither followed nor overwritten unseen', async ({ bench }) => {
    const target = join(bench.folder, 'target');
    let linked = false;
    await writeFile(target, 'precious');
    await mkdir(join(bench.m2, jar, '..'), { recursive: true });
    const server = await bench.serve(files, {
      fault: (path) => {
        if (path === jar)
          void symlink(target, join(bench.m2, jar)).then(
            () => (linked = true),
            () => undefined,
          );
        return { delayMs: 100 };
      },
    });
    await bench
      .client({ repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate)
      .catch(() => undefined);
    expect(linked).toBe(true);
    expect(await readFile(target, 'utf8')).toBe('precious');
  });
});
