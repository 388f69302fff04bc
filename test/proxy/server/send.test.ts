import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { get as httpGet } from 'node:http';

import { describe, expect } from 'vitest';

import { FileGone } from '../../../src/app/proxy/server/file-gone.js';
import type { Sender } from '../../../src/app/proxy/server/send.js';
import { type RawAnswer, rawRequest, type RawRequestOptions } from '../../support/raw-request.js';
import { get, representationOf, send, test } from './stage.js';

const mebibyte = 2 ** 20;

/** Waits for a busy machine, too: with less, it takes the beginning of a long body for all of it. */
const ask = (url: string, options: RawRequestOptions = {}): Promise<RawAnswer> =>
  rawRequest(url, { patienceMs: 30_000, idleMs: 30_000, ...options });

/** Descriptors of this process that are open on a file. */
const openOn = (file: string): number =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(file);
    } catch {
      return false;
    }
  }).length;

describe('a file', () => {
  test.for([[0], [1], [10_000], [65_536], [65_537], [300_000], [mebibyte], [mebibyte + 1], [5 * mebibyte + 17]] as const)(
    'of %i bytes is sent right each time',
    async ([size], { bench }) => {
      const content = randomBytes(size);
      const { representation, body } = await bench.cached('a.jar', content);
      const sender = bench.sender();
      const server = await bench.start((request, response) => send(sender, request, response, representation, body));
      for (let round = 0; round < 4; round += 1) {
        const whole = await ask(server.url);
        expect([whole.status, whole.body.equals(content), whole.headers['content-length']]).toEqual([200, true, String(size)]);
        const head = await ask(server.url, { method: 'HEAD' });
        expect([head.status, head.body.length, head.headers['content-length']]).toEqual([200, 0, String(size)]);
        if (size < 2) continue;
        const middle = await ask(server.url, { headers: { range: `bytes=1-${size - 2}` } });
        expect([middle.status, middle.body.equals(content.subarray(1, size - 1))]).toEqual([206, true]);
        const suffix = await ask(server.url, { headers: { range: 'bytes=-2' } });
        expect([suffix.status, suffix.body.equals(content.subarray(-2))]).toEqual([206, true]);
      }
      expect(bench.records.every(({ isComplete }) => isComplete)).toBe(true);
      expect(bench.records[0]?.bodyBytes).toBe(size);
      expect(sender.use.memoryBytes).toBe(size > mebibyte ? 0 : size);
    },
  );

  test('in memory is sent in the same way', async ({ bench }) => {
    const content = randomBytes(5_000);
    const sender = bench.sender();
    const server = await bench.start((request, response) =>
      sender.send(request, response, representationOf(content), { kind: 'bytes', bytes: content }),
    );
    expect((await ask(server.url)).body.equals(content)).toBe(true);
    expect((await ask(server.url, { headers: { range: 'bytes=10-' } })).body.equals(content.subarray(10))).toBe(true);
  });

  test('is not opened for an answer without a body', async ({ bench }) => {
    const { representation, body, file } = await bench.cached('a.jar', randomBytes(100));
    rmSync(file);
    const sender = bench.sender();
    const server = await bench.start((request, response) => send(sender, request, response, representation, body));
    expect((await ask(server.url, { method: 'HEAD' })).status).toBe(200);
    const etag = `"sha256:${representation.digests.sha256}"`;
    expect((await ask(server.url, { headers: { 'if-none-match': etag } })).status).toBe(304);
    expect((await ask(server.url, { headers: { 'if-match': '"x"' } })).status).toBe(412);
    expect((await ask(server.url, { headers: { range: 'bytes=100-' } })).status).toBe(416);
  });

  test('that is larger than the memory for all of them is never kept there', async ({ bench }) => {
    const sender = bench.sender({ memoryBytes: 250_000 });
    const cached = await Promise.all([0, 1, 2, 3].map((index) => bench.cached(`${index}.jar`, randomBytes(100_000))));
    const server = await bench.start((request, response) => {
      const { representation, body } = cached[Number(request.url?.slice(1))]!;
      return send(sender, request, response, representation, body);
    });
    for (let round = 0; round < 12; round += 1) {
      expect((await ask(`${server.url}${round % 4}`)).body.length).toBe(100_000);
      expect(sender.use.memoryBytes).toBeLessThanOrEqual(250_000);
    }
    expect(sender.use.memoryBytes).toBe(200_000);
  });
});

describe('a file that is not what was looked up', () => {
  const answerOf = async (error: unknown): Promise<string> => (error instanceof FileGone ? error.problem : 'other');

  test.for([['small'], ['large']] as const)('is noticed before anything is sent: %s', async ([kind], { bench }) => {
    const content = randomBytes(kind === 'small' ? 1_000 : 3 * mebibyte);
    const { representation, body, file } = await bench.cached('a.jar', content);
    const sender = bench.sender();
    const seen: string[] = [];
    const server = await bench.start(async (request, response) => {
      try {
        await send(sender, request, response, representation, body);
      } catch (error) {
        seen.push(await answerOf(error));
        response.writeHead(599, ['Content-Length', '0']);
        response.end();
      }
    });
    for (let round = 0; round < 3; round += 1) expect((await ask(server.url)).status).toBe(200);
    sender.forget(file);
    writeFileSync(file, Buffer.concat([content, content]));
    expect((await ask(server.url)).status).toBe(599);
    writeFileSync(file, content);
    utimesSync(file, 1, 1);
    expect((await ask(server.url)).status).toBe(599);
    rmSync(file);
    expect((await ask(server.url)).status).toBe(599);
    expect(seen).toEqual(['changed', 'changed', 'missing']);
    expect(openOn(file)).toBe(0);
  });

  test('does not come from memory: a new version of a file replaces the old one', async ({ bench }) => {
    const sender = bench.sender();
    let current = await bench.cached('a.xml', Buffer.from('old'));
    const server = await bench.start((request, response) => sender.send(request, response, current.representation, current.body));
    for (let round = 0; round < 3; round += 1) expect((await ask(server.url)).body.toString()).toBe('old');
    await bench.write('b.xml', 'new');
    renameSync(`${bench.m2}/b.xml`, current.file);
    utimesSync(current.file, 10, 10);
    current = { ...current, body: { kind: 'file', file: current.file, size: 3, modifiedMs: 10_000 } };
    for (let round = 0; round < 3; round += 1) expect((await ask(server.url)).body.toString()).toBe('new');
  });

  test('that is truncated while it is sent cuts the connection', async ({ bench }) => {
    const { representation, body, file } = await bench.cached('a.jar', randomBytes(40 * mebibyte));
    const sender = bench.sender();
    const server = await bench.start((request, response) => send(sender, request, response, representation, body));
    const socket = await bench.socket(server.port);
    socket.write(get(server.port));
    await once(socket, 'readable');
    writeFileSync(file, 'x');
    let received = 0;
    socket.on('data', (chunk: Buffer) => (received += chunk.length));
    await once(socket, 'close');
    expect(received).toBeLessThan(40 * mebibyte);
    await expect.poll(() => bench.errors.length).toBe(1);
    sender.close();
    expect(openOn(file)).toBe(0);
  });
});

describe('clients', () => {
  /** Requests a file on many connections, reads the head of each answer, and no more. */
  async function stalled(port: number, count: number, open: () => Promise<import('node:net').Socket>) {
    return Promise.all(
      Array.from({ length: count }, async () => {
        const socket = await open();
        socket.pause();
        socket.write(get(port));
        return socket;
      }),
    );
  }

  test('that read slowly cost one piece of the file each, and one descriptor together', async ({ bench }) => {
    const { representation, body, file } = await bench.cached('a.jar', randomBytes(30 * mebibyte));
    const sender = bench.sender();
    const server = await bench.start((request, response) => send(sender, request, response, representation, body));
    const before = process.memoryUsage().arrayBuffers;
    const sockets = await stalled(server.port, 60, () => bench.socket(server.port));
    await expect.poll(() => sender.use.descriptors).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(openOn(file)).toBe(1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 0.5 * mebibyte);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => bench.records.length).toBe(60);
    expect(bench.records.every(({ isComplete }) => !isComplete)).toBe(true);
    sender.close();
    expect(openOn(file)).toBe(0);
  });

  test('that ask for a file at the same moment have it read into memory once', async ({ bench }) => {
    const { representation, body } = await bench.cached('a.jar', randomBytes(mebibyte));
    const sender = bench.sender();
    let asked = 0;
    let answerAll = (): void => undefined;
    const allAsked = new Promise<void>((resolve) => (answerAll = resolve));
    const server = await bench.start(async (request, response) => {
      asked += 1;
      if (asked === 41) answerAll();
      if (asked > 1) await allAsked;
      await send(sender, request, response, representation, body);
    });
    await ask(server.url);
    const before = process.memoryUsage().arrayBuffers;
    await stalled(server.port, 40, () => bench.socket(server.port));
    await expect.poll(() => sender.use.memoryBytes).toBe(mebibyte);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * mebibyte);
  });

  test('that read slowly cannot fill the memory for hot files', async ({ bench }) => {
    const sender = bench.sender({ memoryBytes: 3 * mebibyte });
    const cached = await Promise.all(Array.from({ length: 8 }, (_, index) => bench.cached(`${index}.jar`, randomBytes(mebibyte))));
    const server = await bench.start((request, response) => {
      const { representation, body } = cached[Number(request.url?.slice(1))]!;
      return send(sender, request, response, representation, body);
    });
    for (let round = 0; round < 24; round += 1) {
      const socket = await bench.socket(server.port);
      socket.pause();
      // Several at once, so that more is on its way than the kernel takes.
      socket.write(
        get(server.port, `/${round % 8}`)
          .replace('Connection: close\r\n', '')
          .repeat(8),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(sender.use.memoryBytes).toBeLessThanOrEqual(3 * mebibyte);
    expect((await ask(`${server.url}7`)).body.equals(await bench.read('7.jar'))).toBe(true);
  });

  test('that take nothing for too long are cut', async ({ bench }) => {
    const { representation, body, file } = await bench.cached('a.jar', randomBytes(30 * mebibyte));
    const sender = bench.sender({ stallMs: 150 });
    const server = await bench.start((request, response) => send(sender, request, response, representation, body));
    await stalled(server.port, 5, () => bench.socket(server.port));
    await expect.poll(() => bench.records.filter(({ isComplete }) => !isComplete).length).toBe(5);
    expect(server.connections).toBe(0);
    sender.close();
    expect(openOn(file)).toBe(0);
  });

  test('that vanish at any stage leave nothing behind', async ({ bench }) => {
    const { representation, body, file } = await bench.cached('a.jar', randomBytes(3 * mebibyte));
    const sender = bench.sender();
    const server = await bench.start(async (request, response) => {
      await new Promise((resolve) => setImmediate(resolve));
      await send(sender, request, response, representation, body);
    });
    for (let bytes = 0; bytes < 40; bytes += 1) {
      const socket = await bench.socket(server.port);
      const text = get(server.port);
      socket.write(text.slice(0, bytes % 4 === 0 ? bytes : text.length));
      if (bytes % 4 === 1) await new Promise((resolve) => setImmediate(resolve));
      if (bytes % 4 === 2) await once(socket, 'readable');
      if (bytes % 4 === 3) {
        socket.resetAndDestroy();
        continue;
      }
      socket.destroy();
    }
    await expect.poll(() => server.connections).toBe(0);
    expect((await ask(server.url)).body.length).toBe(3 * mebibyte);
    sender.close();
    await expect.poll(() => openOn(file)).toBe(0);
    expect(bench.errors).toEqual([]);
  });

  test('are cut when the proxy says so', async ({ bench }) => {
    const { representation, body } = await bench.cached('a.jar', randomBytes(30 * mebibyte));
    const sender: Sender = bench.sender();
    const controller = new AbortController();
    const server = await bench.start((request, response) => sender.send(request, response, representation, body, controller.signal));
    const [socket] = await stalled(server.port, 1, () => bench.socket(server.port));
    await once(socket!, 'readable');
    controller.abort();
    socket!.resume();
    await once(socket!, 'close');
    await expect.poll(() => bench.records).toMatchObject([{ isComplete: false }]);
  });

  test('share a connection for many files', async ({ bench }) => {
    const small = await bench.cached('small.jar', randomBytes(100));
    const large = await bench.cached('large.jar', randomBytes(2 * mebibyte));
    const sender = bench.sender();
    const server = await bench.start((request, response) => {
      const { representation, body } = request.url === '/small' ? small : large;
      return send(sender, request, response, representation, body);
    });
    const { Agent } = await import('node:http');
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    bench.atEnd(async () => agent.destroy());
    for (let round = 0; round < 20; round += 1) {
      const request = httpGet(`${server.url}${round % 3 === 0 ? 'large' : 'small'}`, { agent });
      const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
      let received = 0;
      for await (const chunk of response) received += (chunk as Buffer).length;
      expect(received).toBe(round % 3 === 0 ? 2 * mebibyte : 100);
      expect(request.reusedSocket).toBe(round > 0);
    }
  });
});

describe('descriptors', () => {
  test('are kept for a few files only', async ({ bench }) => {
    const sender = bench.sender({ maxIdleDescriptors: 3 });
    const cached = await Promise.all(Array.from({ length: 9 }, (_, index) => bench.cached(`${index}.jar`, randomBytes(1_100_000))));
    const server = await bench.start((request, response) => {
      const { representation, body } = cached[Number(request.url?.slice(1))]!;
      return send(sender, request, response, representation, body);
    });
    for (let index = 0; index < 9; index += 1) await ask(`${server.url}${index}`);
    await expect.poll(() => sender.use.descriptors).toBe(3);
    expect(openOn(bench.m2)).toBe(3);
    sender.forget(cached[8]!.file);
    expect(openOn(bench.m2)).toBe(2);
  });
});
