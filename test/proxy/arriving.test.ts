/** A large file while it arrives, over the wire: who gets bytes before the verdict, and who waits for it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import type { Proxy } from '../../src/app/proxy/proxy-options.js';
import { digest } from '../support/workbench.js';
import { it, type ProxyBench } from './bench.js';

const big = 'org/example/big/1.0/big-1.0.jar';
const content = Buffer.alloc(9 * 1024 * 1024, 'a large file, ');
const heldBack = 64 * 1024;
const modified = 'Tue, 02 Jan 2024 03:04:05 GMT';

/** A repository that sends all but the end of the file, and the end when the test says so. */
async function serveUpToEnd(bench: ProxyBench) {
  const waiting: (() => void)[] = [];
  const { url } = await bench.http((request, response) => {
    const path = request.url?.slice(1);
    if (path === `${big}.sha1`) return void response.end(digest('sha1', content));
    if (path !== big) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-length': content.length, 'last-modified': modified });
    response.write(content.subarray(0, -1_000));
    waiting.push(() => response.end(content.subarray(-1_000)));
  });
  const finish = (): void => {
    for (const end of waiting.splice(0)) end();
  };
  return { url, finish };
}

/** Asks on a connection of its own. Returns what has come so far, and all of it once the connection ends. */
async function ask(bench: ProxyBench, { url }: Proxy, text: string) {
  const { port } = new URL(url);
  const socket: Socket = connect(Number(port), '127.0.0.1');
  bench.atEnd(async () => void socket.destroy());
  const pieces: Buffer[] = [];
  socket.on('data', (piece: Buffer) => pieces.push(piece));
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  socket.write(text.replace('HOST', `127.0.0.1:${port}`));
  const received = (): Buffer => Buffer.concat(pieces);
  const answer = async (): Promise<{ readonly head: string; readonly body: Buffer }> => {
    await closed;
    const all = received();
    const end = all.indexOf('\r\n\r\n');
    return { head: all.subarray(0, end).toString('latin1'), body: all.subarray(end + 4) };
  };
  return { received, answer };
}

const request = (method: string, ...headers: readonly string[]): string =>
  [`${method} /r/${big} HTTP/1.1`, 'Host: HOST', 'Connection: close', ...headers, '', ''].join('\r\n');

describe('a large file that arrives', () => {
  it('is sent up to its end, and HEAD answered from the headers of its transfer; what needs the verdict waits', async ({ bench }) => {
    const { url, finish } = await serveUpToEnd(bench);
    const proxy = await bench.inFrontOf(url);
    const whole = await ask(bench, proxy, request('GET'));
    const waiting = await Promise.all(
      [
        `GET /r/${big} HTTP/1.0\r\n\r\n`,
        request('GET', 'Range: bytes=0-99'),
        request('GET', 'Range: bytes=-100'),
        request('HEAD', `If-Modified-Since: ${modified}`),
        request('GET', 'If-None-Match: "other"'),
        request('GET').replace('.jar ', '.jar.sha1 '),
      ].map((text) => ask(bench, proxy, text)),
    );
    await expect.poll(() => whole.received().length).toBeGreaterThan(content.length - heldBack);
    const { head } = await (await ask(bench, proxy, request('HEAD'))).answer();
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(head).toContain(`Content-Length: ${content.length}\r\n`);
    expect(head).toContain(`Last-Modified: ${modified}`);
    expect(whole.received().length).toBeLessThan(content.length);
    expect(waiting.map(({ received }) => received().length)).toEqual(waiting.map(() => 0));
    finish();
    expect((await whole.answer()).body.equals(content)).toBe(true);
    const [old, first, last, dated, conditional, sum] = await Promise.all(waiting.map(({ answer }) => answer()));
    expect(old?.head).toMatch(/^HTTP\/1\.1 200 /);
    expect([old, conditional].map((one) => one?.body.equals(content))).toEqual([true, true]);
    expect([first, last].map((one) => one?.body)).toEqual([content.subarray(0, 100), content.subarray(-100)]);
    expect([dated?.head, dated?.body.length]).toEqual([expect.stringMatching(/^HTTP\/1\.1 (?:200|304) /), 0]);
    expect(sum?.body.toString()).toBe(digest('sha1', content));
    // The one that was sent early, and the two that waited.
    const known = { status: 200, cache: 'miss', mirror: url, level: 'transport', refusal: null };
    expect(bench.answered.filter(({ method, bytes }) => method === 'GET' && bytes === content.length)).toMatchObject([known, known, known]);
  });

  it('waits for its verdict without early bytes, also for HEAD', async ({ bench }) => {
    const { url, finish } = await serveUpToEnd(bench);
    const [careful, other] = [
      await bench.inFrontOf(url, { earlyBytes: false }),
      await bench.inFrontOf(url, { proxyFolder: join(bench.folder, 'other') }),
    ];
    const asked = await Promise.all(['GET', 'HEAD'].map((method) => ask(bench, careful, request(method))));
    const early = await ask(bench, other, request('GET'));
    await expect.poll(() => early.received().length).toBeGreaterThan(content.length - heldBack);
    expect(asked.map(({ received }) => received().length)).toEqual([0, 0]);
    finish();
    const [whole, head] = await Promise.all(asked.map(({ answer }) => answer()));
    expect(whole?.body.equals(content)).toBe(true);
    expect([head?.head, head?.body.length]).toEqual([expect.stringContaining(`ETag: "sha256:${digest('sha256', content)}"`), 0]);
  });
});
