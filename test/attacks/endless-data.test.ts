/** Endless data: a body, a head, a redirect, or a trailer that never ends, wherever a server may send one. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

import { describe, expect } from 'vitest';

import { contentOf, coordinate, digest, errorOf, greeter, jar, pom } from '../support/workbench.js';
import { it } from './stage.js';

const files = greeter();
const body = contentOf(files, jar);
const limits = { artifactMaxBytes: 1 << 18 };

/** Writes for as long as the other side reads, and reports how much that was. */
async function pour(socket: Socket, head: string, piece: string | Buffer, count: { sent: number }): Promise<void> {
  socket.on('error', () => undefined).write(head);
  while (socket.writable) {
    count.sent += piece.length;
    // Not all of this is a countable body: clocks end it, not memory limits.
    if (count.sent > 1 << 30) return void socket.destroy();
    if (!socket.write(piece)) await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
    else await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('endless data', () => {
  it.for([
    ['an artifact', /\.jar$/],
    ['a POM', /\.pom$/],
    ['a checksum file', /\.sha1$/],
    ['metadata', /metadata\.xml$/],
    ['the checksum of metadata', /metadata\.xml\.sha1$/],
  ] as const)('%s that never ends is dropped at its limit, and the next mirror is asked', async ([_name, match], { stage }) => {
    const endless = await stage.secure(files, { fault: { fault: 'endless', match } });
    const canonical = await stage.secure(files);
    const client = stage.against(canonical.url, [{ url: endless.url, priority: -1 }], limits);
    expect(await client.resolveArtifact('org.example:greeter:RELEASE')).toMatchObject({ version: '1.1.0' });
    expect(await client.resolveArtifact(coordinate)).toMatchObject({ sha256: digest('sha256', body) });
    expect((await stage.read(pom)).equals(contentOf(files, pom))).toBe(true);
  });

  it('from every mirror gives ERR_LIMIT, and leaves nothing on the disk', async ({ stage }) => {
    const endless = await stage.secure(files, { fault: { fault: 'endless', match: /\.jar$/ } });
    expect(await errorOf(stage.against(endless.url, [], limits).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_LIMIT',
      reason: 'too-large',
    });
    expect((await stage.placed()).filter((name) => /\.jar|tmp/.test(name))).toEqual([]);
  });

  const huge = Buffer.alloc(64 * 1024, 'x');
  it.for<[string, string, string | Buffer]>([
    ['a status line', 'HTTP/1.1 200 ', huge],
    ['header lines', 'HTTP/1.1 200 OK\r\n', 'x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(500)],
    ['one header', 'HTTP/1.1 200 OK\r\nx: ', huge],
    ['answers of status 103', '', 'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(500)],
    ['an error page', 'HTTP/1.1 404 Not Found\r\n\r\n', huge],
    ['the page of a redirect', 'HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\n\r\n', huge],
    ['the extension of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;', huge],
    ['tiny chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '8\r\nxxxxxxxx\r\n'.repeat(1_000)],
    [
      'trailers',
      'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
      'x: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n'.repeat(500),
    ],
    ['a second response without a request', 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi', huge],
    ['data that is not HTTP', '', huge],
  ] as const)('%s uses bounded memory, and the next mirror is asked', async ([_name, head, piece], { stage }) => {
    const count = { sent: 0 };
    const url = await stage.raw((socket) => void pour(socket, head, piece, count));
    const canonical = await stage.secure(files);
    const before = process.memoryUsage.rss();
    const client = stage.against(canonical.url, [{ url, priority: -1 }], limits, {
      stall: { minBytesPerSecond: 1024, windowMs: 1_000 },
      firstByteTimeoutMs: 1_000,
    });
    expect(await client.resolveArtifact(coordinate)).toMatchObject({ sha256: digest('sha256', body) });
    await client.close();
    expect(process.memoryUsage.rss() - before).toBeLessThan(200 << 20);
  });

  it('in layers of gzip, including an empty layer that never ends, is dropped', async ({ stage }) => {
    const layered = gzipSync(gzipSync(Buffer.alloc(16 << 20)));
    const empty = gzipSync('');
    const url = await stage.hostile((path, _request, response) => {
      if (!path.endsWith('.jar')) return response.writeHead(200, { 'content-encoding': 'gzip, gzip' }).end(layered);
      response.writeHead(200, { 'content-encoding': 'gzip' });
      const timer = setInterval(() => response.write(Buffer.concat(Array.from({ length: 2_000 }, () => empty))), 5);
      return response.once('close', () => clearInterval(timer));
    });
    const canonical = await stage.secure(files);
    expect(await stage.against(canonical.url, [{ url, priority: -1 }], limits).resolveArtifact(coordinate)).toMatchObject({
      sha256: digest('sha256', body),
    });
  });

  it('in redirects, each to a new place, is dropped', async ({ stage }) => {
    let hops = 0;
    const url = await stage.hostile((_path, _request, response) => response.writeHead(302, { location: `/${(hops += 1)}` }).end());
    expect(await errorOf(stage.against(url).resolveArtifact('org.example:greeter:pom:1.0.0'))).toMatchObject({
      code: 'ERR_UNREACHABLE',
      reason: 'redirect',
    });
    expect(hops).toBeLessThan(60);
  });
});
