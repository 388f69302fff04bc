/** HTTP/1.1 by node:http: against undici, for the same bytes; and what must not be taken for an answer. */
import { connect, type Socket } from 'node:net';

import { describe, expect } from 'vitest';

import { readIntoShared } from '../../src/network/transport/connection/read-buffer.js';
import type { AnswerHandler, HttpConnection, RawHeaders } from '../../src/network/transport/contract/http-connection.js';
import { createClient, loadClient } from '../../src/network/transport/http/http-client.js';
import { Http1Connection } from '../../src/network/transport/protocol/http1-connection.js';
import { type Chance, createChance } from '../support/chance.js';
import type { Running } from '../support/workbench.js';
import { bytesOf, it, request, type TransportBench } from './bench.js';

interface Answer {
  readonly status: number;
  readonly headers: unknown;
  readonly body: string;
}

/** Sends one request. Returns the answer; null if it is refused or cut off. */
function ask(connection: HttpConnection): Promise<Answer | null> {
  return new Promise((resolve) => {
    let answer: Answer | null = null;
    const handler: AnswerHandler = {
      onRequestStart: () => undefined,
      onResponseStart: (_, status, headers) => (answer = status < 200 ? null : { status, headers: trimmed(headers), body: '' }),
      onResponseData: (_, chunk) => (answer = answer && { ...answer, body: answer.body + chunk.toString('latin1') }),
      onResponseEnd: () => resolve(answer),
      onResponseError: () => resolve(null),
    };
    connection.dispatch({ method: 'GET', path: '/x', headers: {}, body: null }, handler);
  });
}

/** undici keeps the white space after a value, and repeated headers apart. */
function trimmed(headers: RawHeaders): Record<string, string> {
  const joined = (value: string | string[] = ''): string =>
    [value]
      .flat()
      .map((text) => text.trim())
      .join(', ');
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, joined(value)]));
}

function open({ port }: Running): Promise<Socket> {
  return opened(connect(port, '127.0.0.1'));
}

/** A socket as the transport opens it for node:http. */
function openForParser({ port }: Running): Promise<Socket> {
  const socket: Socket = connect({ port, host: '127.0.0.1', onread: readIntoShared(() => socket) });
  return opened(socket);
}

function opened(socket: Socket): Promise<Socket> {
  socket.on('error', () => undefined);
  return new Promise((resolve) => socket.once('connect', () => resolve(socket)));
}

/** A server that sends these pieces to each connection that asks, and closes it. */
function sender(bench: TransportBench, next: () => readonly string[]): Promise<Running> {
  return bench.tcp((socket) =>
    socket.once('data', () => {
      const pieces = next();
      const send = (at: number): void => {
        const piece = pieces[at];
        if (piece === undefined) socket.end();
        else socket.write(piece, 'latin1', () => setImmediate(() => send(at + 1)));
      };
      send(0);
    }),
  );
}

const lines = [
  'content-length: 5',
  'Content-Length: 5',
  'content-length: 05',
  'content-length: 5, 5',
  'content-length: -5',
  'transfer-encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'transfer-encoding: identity',
  'connection: close',
  'keep-alive: timeout=9',
  'x: a\tb',
  'x:  \u00e4  ',
  'x :y',
  ': y',
  ' folded',
  'x: a\0b',
  'x: a\rb',
  'x: a\nb',
  'no colon',
];
const bodies = [
  'hello',
  '5\r\nhello\r\n0\r\n\r\n',
  '5;x="y"\r\nhello\r\n0\r\na: b\r\n\r\n',
  '5 \r\nhello\r\n0\r\n\r\n',
  '5\nhello\n0\n\n',
  '4\r\nhello\r\n0\r\n\r\n',
];

function randomAnswer(chance: Chance): string {
  const status = chance.pick([
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200',
    'HTTP/1.0 404 \u00fc',
    'HTTP/1.1 302 x',
    'HTTP/1.1  200 OK',
    'HTTP/2.0 200 OK',
    'HTTP/1.1 20 x',
  ]);
  const fields = Array.from({ length: chance.below(4) }, () => chance.pick(lines));
  const interim = chance.below(5) === 0 ? 'HTTP/1.1 103 x\r\nlink: y\r\n\r\n' : '';
  return `${interim}${[status, ...fields].join('\r\n')}${chance.below(9) === 0 ? '\n\n' : '\r\n\r\n'}${chance.pick(bodies)}`;
}

function split(text: string, chance: Chance): readonly string[] {
  const at = chance.below(text.length + 1);
  return chance.below(3) === 0 ? [text] : [text.slice(0, at), text.slice(at)].filter((piece) => piece !== '');
}

it('accepts nothing that undici reads in another way', async ({ bench }) => {
  await loadClient();
  const chance = createChance(1);
  let answer = '';
  const server = await sender(bench, () => split(answer, chance));
  let accepted = 0;
  for (let run = 0; run < 120; run += 1) {
    answer = randomAnswer(chance);
    const ours = await ask(new Http1Connection(await openForParser(server), '127.0.0.1'));
    if (ours === null) continue;
    accepted += 1;
    const socket = await open(server);
    const theirs = await ask(createClient('http://127.0.0.1', { socket, http2: false }));
    expect([answer, theirs]).toEqual([answer, ours]);
  }
  expect(accepted).toBeGreaterThan(10);
});

describe('an answer', () => {
  it.for([
    'content-length: 5\r\ntransfer-encoding: chunked',
    'content-length: 5\r\ncontent-length: 6',
    'content-length: +5',
    'x\r\n folded: y',
    'x : y',
    'x: \0',
    `x: ${'y'.repeat(17_000)}`,
  ])('with the header %j is refused', async (header, { bench }) => {
    const server = await sender(bench, () => [`HTTP/1.1 200 OK\r\n${header}\r\n\r\nhello`]);
    expect(await ask(new Http1Connection(await openForParser(server), '127.0.0.1'))).toBeNull();
  });

  it('is the same however it is split', async ({ bench }) => {
    const text =
      'HTTP/1.1 103 x\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5;a\r\nhello\r\n6\r\n world\r\n0\r\nb: c\r\n\r\n';
    let at = 0;
    const server = await sender(bench, () => [text.slice(0, at), text.slice(at)].filter((piece) => piece !== ''));
    for (; at < text.length; at += 3) {
      const answer = await ask(new Http1Connection(await openForParser(server), '127.0.0.1'));
      expect([at, answer?.status, answer?.body]).toEqual([at, 200, 'hello world']);
    }
  });

  it('without a length ends with the connection', async ({ bench }) => {
    const server = await sender(bench, () => ['HTTP/1.1 200 OK\r\n\r\nhel', 'lo']);
    expect((await ask(new Http1Connection(await openForParser(server), '127.0.0.1')))?.body).toBe('hello');
  });
});

describe('a connection', () => {
  const ok = (text: string, more = ''): string => `HTTP/1.1 200 OK\r\n${more}content-length: ${text.length}\r\n\r\n${text}`;

  it('is not used again after bytes that no request asked for', async ({ bench }) => {
    const server = await bench.tcp((socket) => socket.once('data', () => socket.write(`${ok('first')}${ok('forged')}`)));
    const transport = bench.transport();
    for (const _ of [1, 2]) expect((await bytesOf(await transport.get(request(server.url)))).toString()).toBe('first');
    expect(server.connections()).toBe(2);
  });

  it('takes bytes that come before the request for no answer', async ({ bench }) => {
    const server = await bench.tcp((socket) => {
      socket.once('data', () => socket.write(ok('first'), () => setImmediate(() => socket.write(ok('forged')))));
    });
    const connection = new Http1Connection(await openForParser(server), '127.0.0.1');
    expect((await ask(connection))?.body).toBe('first');
    await expect.poll(() => connection.destroyed).toBe(true);
    expect(await ask(connection)).toBeNull();
  });

  it.for(['connection: close\r\n', 'connection: x, Close\r\n', 'keep-alive: timeout=2\r\n'])(
    'is not used again after %j',
    async (header, { bench }) => {
      const server = await bench.tcp((socket) => socket.on('data', () => socket.write(ok('x', header))));
      const transport = bench.transport();
      for (const _ of [1, 2]) await bytesOf(await transport.get(request(server.url)));
      expect(server.connections()).toBe(2);
    },
  );
});
