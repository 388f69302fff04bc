/** A server of the proxy with one file, and clients that write bytes. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';

import type { Representation } from '../../../src/app/proxy/http/file-answer.js';
import type { ProxyResponse } from '../../../src/app/proxy/server/response.js';
import { answerTo, type Body, Sender, type SenderOptions } from '../../../src/app/proxy/server/send.js';
import {
  createLoopbackServer,
  type LoopbackServer,
  type LoopbackServerOptions,
  type RequestRecord,
} from '../../../src/app/proxy/server/server.js';
import { testWith, Workbench } from '../../support/workbench.js';

/** Sends as the proxy does: at once if the file is in memory. */
export async function send(
  sender: Sender,
  request: IncomingMessage,
  response: ProxyResponse,
  representation: Representation,
  body: Body,
): Promise<void> {
  const hot = body.kind === 'file' ? sender.hot(body) : null;
  await (hot === null
    ? sender.send(request, response, representation, body)
    : sender.sendHot(response, answerTo(request, representation), hot));
}

export class ServerBench extends Workbench {
  readonly records: RequestRecord[] = [];
  readonly errors: unknown[] = [];

  /** Starts a server that ends with the test. */
  async start(handler: LoopbackServerOptions['handler'], options: Partial<LoopbackServerOptions> = {}): Promise<LoopbackServer> {
    const server = await createLoopbackServer({
      port: 0,
      handler,
      viaToken: 'clojars-fetch-test',
      onRequestEnd: (record) => this.records.push(record),
      onError: (error) => this.errors.push(error),
      ...options,
    });
    this.atEnd(() => server.close(0));
    return server;
  }

  sender(options: SenderOptions = {}): Sender {
    const sender = new Sender(options);
    this.atEnd(async () => sender.close());
    return sender;
  }

  /** Writes a file, and describes it as the cache would. */
  async cached(
    name: string,
    content: Buffer,
  ): Promise<{ readonly file: string; readonly representation: Representation; readonly body: Body }> {
    const file = await this.write(name, content);
    const { size, mtimeMs } = statSync(file);
    return { file, representation: representationOf(content), body: { kind: 'file', file, size, modifiedMs: mtimeMs } };
  }

  /** Opens a connection that ends with the test. */
  async socket(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    this.atEnd(async () => void socket.destroy());
    await once(socket, 'connect');
    return socket;
  }

  /** Writes text to a connection of its own, and returns all that comes until the server ends it. */
  async exchange(port: number, ...texts: readonly (string | Buffer)[]): Promise<string> {
    const socket = await this.socket(port);
    const received = readAll(socket);
    for (const text of texts) {
      socket.write(text);
      await new Promise((resolve) => setImmediate(resolve));
    }
    return received;
  }
}

export const test = testWith(() => new ServerBench());

/** Returns all that comes before the connection ends, or is reset. */
export async function readAll(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return Buffer.concat(chunks).toString('latin1');
}

export function representationOf(content: Buffer): Representation {
  return {
    size: content.length,
    lastModifiedMs: Date.UTC(2024, 0, 2, 3, 4, 5),
    contentType: 'application/java-archive',
    digests: { sha256: createHash('sha256').update(content).digest('hex') },
    lifetime: 'immutable',
    cacheStatus: { kind: 'hit' },
    ageSeconds: null,
  };
}

/** A GET on a connection that the server then closes. */
export function get(port: number, target = '/', ...headers: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close', ...headers, '', ''].join('\r\n');
}

export const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none';
export const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4);
