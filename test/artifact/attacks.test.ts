/**
 * Attacks by a hostile server, or by another user of this machine, against the whole client. A sound mirror is always available as well.
 */
import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { describe, expect } from 'vitest';

import { testCertificates } from '../support/certificate.js';
import { contentOf, coordinate, digest, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';

const files = greeter({ size: 40_000 });
const body = contentOf(files, jar);
const forged = greeter({ size: 40_000, seed: 'forged' });

const hostile = async (
  bench: Workbench,
  answer: (path: string, request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> => (await bench.http((request, response) => answer((request.url ?? '/').slice(1), request, response))).url;

/** Answers every request with these bytes and closes the connection. */
const raw = async (bench: Workbench, head: string): Promise<string> =>
  (await bench.tcp((socket) => socket.once('data', () => socket.end(head)))).url;

/** Expects the file to come whole from the second mirror, and attempts at the hostile first one to end with one of these outcomes. */
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

describe('a hostile response head', () => {
  it.for([
    ['a header of a megabyte', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1 << 20)}\r\ncontent-length: 1\r\n\r\nx`],
    ['ten thousand headers', `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(10_000)}content-length: 1\r\n\r\nx`],
    ['a negative Content-Length', 'HTTP/1.1 200 OK\r\ncontent-length: -5\r\n\r\nhello'],
    ['a Content-Length beyond any integer', `HTTP/1.1 200 OK\r\ncontent-length: ${'9'.repeat(40)}\r\n\r\nhello`],
    ['two Content-Lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 50000\r\n\r\nhello'],
    [
      'Content-Length together with chunks',
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n',
    ],
    ['a chunk size beyond any integer', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\nhello'],
    ['a line break in the reason', 'HTTP/1.1 200 OK\rx: y\r\ncontent-length: 5\r\n\r\nhello'],
    ['an unregistered status code', 'HTTP/1.1 999 Whatever\r\ncontent-length: 0\r\n\r\n'],
    ['switching protocols', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  ] as const)('makes the client go on to the next mirror: %s', async ([_name, head], { bench }) => {
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

  it('that announces a terabyte is refused before any byte of the body', async ({ bench }) => {
    await expectSecond(
      bench,
      await hostile(bench, (path, _request, response) => {
        response.writeHead(200, { 'content-length': path.endsWith('sha1') ? 40 : 2 ** 40 }).write('x');
      }),
      ['too-large', 'aborted'],
    );
  });
});

describe('range requests', () => {
  it('refuse a 206 answer to a request without a range', async ({ bench }) => {
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
      'other content from that offset on',
      (from: number) => `bytes ${from}-${body.length - 1}/${body.length}`,
      (from: number) => Buffer.alloc(body.length - from, 7),
    ],
    ['a length beyond any limit', (from: number) => `bytes ${from}-99999999999999999999/*`, (from: number) => body.subarray(from)],
  ] as const)('never let a continuation with %s change the file', async ([_name, rangeOf, contentFrom], { bench }) => {
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
  ] as const)('served as %s are cut off at the size limit', async ([_name, match, outcomes], { bench }) => {
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
  it('of a checksum file, at one byte a second, does not delay the file', async ({ bench }) => {
    const slow = await bench.serve(files, { fault: { fault: 'trickle', match: /\.sha1$/ } });
    await expectSecond(bench, slow.url, ['aborted', 'stalled']);
  });

  it('of a response head makes the client go on to the next mirror', async ({ bench }) => {
    const timers: NodeJS.Timeout[] = [];
    const { url } = await bench.tcp((socket) =>
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n');
        timers.push(setInterval(() => socket.write('x-slow: 1\r\n'), 100));
        socket.once('close', () => timers.forEach(clearInterval));
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
  ])('to %j are not followed', async (location, { bench }) => {
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

describe('poisoned cache and state files', () => {
  const circuit = (openUntilMs: number | null) => ({ failures: 3, answered: true, openUntilMs, openForMs: 1, latenciesMs: [1] });
  it.for<[string, unknown, unknown]>([
    ['nonsense', 'x', [1]],
    [
      'wrong types',
      { 'https://localhost': { failures: 'x', latenciesMs: {} }, __proto__: 1 },
      { localhost: { addresses: [{ address: 7 }], atMs: 'x' } },
    ],
    [
      'dates in the future',
      { 'https://localhost': circuit(8e15) },
      { localhost: { addresses: [{ address: '192.0.2.1', family: 4 }], atMs: 8e15 } },
    ],
    [
      'addresses of another host',
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
  ] as const)('with %s cause neither a failure nor a different file', async ([_name, circuits, addresses], { bench }) => {
    const certificates = await testCertificates();
    const server = await bench.serve(files, { tls: certificates.valid, hostname: 'localhost' });
    const cache = join(bench.folder, 'cache');
    await mkdir(cache);
    const withPort = (value: unknown): string => JSON.stringify(value).replaceAll('https://localhost', server.origin);
    await writeFile(join(cache, 'circuits.json'), withPort(circuits));
    await writeFile(join(cache, 'addresses.json'), withPort(addresses));
    const found = await bench.client({ ca: certificates.ca, repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate);
    expect(found).toMatchObject({ sha256: digest('sha256', body), verification: { level: 'origin' } });
  });

  it('that mark the canonical origin as down do not make two forged mirrors of one operator believed', async ({ bench }) => {
    const certificates = await testCertificates();
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

  it.skipIf(process.platform === 'win32')('are kept where other users can neither read nor write them', async ({ bench }) => {
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
  it('in a repository URL appear in no error, event, list, diagnosis or file', async ({ bench }) => {
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

describe.skipIf(process.platform === 'win32')('symbolic links that appear while a file is fetched', () => {
  it('in place of the folder are not written through', async ({ bench }) => {
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

  it('in place of the file are neither followed nor overwritten unnoticed', async ({ bench }) => {
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
