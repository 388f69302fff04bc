/** Real servers on port 0, closed after each test. */
import { spawn } from 'node:child_process';
import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from 'node:http';
import { createSecureServer, type ServerHttp2Session } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Server, type Socket } from 'node:net';

import {
  type Transport,
  type TransportAnswer,
  TransportError,
  type TransportRequest,
} from '../../src/network/transport/contract/transport.js';
import { createHttpTransport, type HttpTransportOptions } from '../../src/network/transport/http/http.js';
import type { Identity } from './certificate.js';

const cleanups: (() => Promise<void> | void)[] = [];

export async function cleanUp(): Promise<void> {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
}

export function onCleanUp(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export interface Running {
  readonly url: URL;
  readonly port: number;
  /** Connections made so far. */
  connections(): number;
  /** Connections open now. */
  open(): number;
}

async function listen(server: Server, scheme: string, host: string): Promise<Running> {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on('connection', (socket: Socket) => {
    count += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  cleanups.push(
    () =>
      new Promise<void>((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  );
  return { url: new URL(`${scheme}://${host}:${port}/`), port, connections: () => count, open: () => sockets.size };
}

export function serve(listener: RequestListener): Promise<Running> {
  const server: HttpServer = createHttpServer(listener);
  return listen(server, 'http', '127.0.0.1');
}

export function serveTls(identity: Identity, listener: RequestListener, host = 'localhost'): Promise<Running> {
  return listen(createHttpsServer({ cert: identity.certificate, key: identity.key }, listener), 'https', host);
}

export function serveHttp2(identity: Identity, listener: RequestListener): Promise<Running> {
  const server = createSecureServer({ cert: identity.certificate, key: identity.key, allowHTTP1: true });
  // The compatibility API takes the same listener; its types are wider than the classes that really arrive.
  server.on('request', listener as unknown as Parameters<typeof server.on>[1]);
  return listen(server, 'https', 'localhost');
}

/** HTTP/2 session by session, for a server that ends connections and refuses streams. */
export function serveStreams(identity: Identity, onSession: (session: ServerHttp2Session) => void): Promise<Running> {
  const server = createSecureServer({ cert: identity.certificate, key: identity.key });
  server.on('session', (session) => {
    session.on('error', () => undefined);
    session.on('stream', (stream) => stream.on('error', () => undefined));
    onSession(session);
  });
  return listen(server, 'https', 'localhost');
}

/** Raw TCP, for behaviour that no HTTP server offers. */
export function serveRaw(listener: (socket: Socket) => void): Promise<Running> {
  return listen(createTcpServer(listener), 'http', '127.0.0.1');
}

/** A port without a listener. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((done) => server.close(() => done()));
  return port;
}

/** A listener that never accepts and whose queue is full: further connection attempts get no answer (Linux). */
export async function blackHole(): Promise<URL> {
  const script = `require('node:net').createServer().listen({port:0,host:'127.0.0.1',backlog:1},function(){process.stdout.write(String(this.address().port),()=>Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0))})`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<number>((done) => child.stdout.once('data', (text: Buffer) => done(Number(text.toString()))));
  const fillers = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  cleanups.push(() => {
    for (const filler of fillers) filler.destroy();
    child.kill('SIGKILL');
  });
  await new Promise((done) => setTimeout(done, 300));
  return new URL(`http://127.0.0.1:${port}/`);
}

export function transportWith(options: HttpTransportOptions = {}): Transport {
  const transport = createHttpTransport(options);
  cleanups.push(() => transport.close());
  return transport;
}

export function request(url: URL | string, more: Partial<TransportRequest> = {}): TransportRequest {
  return { url: new URL(url), maxBytes: 16 * 1024 * 1024, signal: new AbortController().signal, ...more };
}

export async function bytesOf(answer: TransportAnswer): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The TransportError with which a promise must reject. */
export async function failureOf(promise: Promise<unknown>): Promise<TransportError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof TransportError) return error;
    throw error;
  }
  throw new Error('expected a TransportError');
}

/** Waits until a condition holds that another process or socket brings about. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 1000 && !condition(); tries += 1) await new Promise((done) => setTimeout(done, 5));
  if (!condition()) throw new Error('waited in vain');
}
