/**
 * The server: HTTP on 127.0.0.1, with bounds on everything that a client sends. Node's parser is strict about lengths, transfer codings and
 * line ends; what it refuses, and what is not meant for this proxy, never reaches the handler.
 */
import http, { IncomingMessage } from 'node:http';
import type https from 'node:https';
import net, { type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import { monotonicMs } from '../../../base/async/steady-now.js';
import { systemErrorCode } from '../../../base/disk/file-error.js';
import { AllowedHead } from '../http/allowed-head.js';
import { type GuardedRequest, HostGuard, maxHeaders } from '../http/host-guard.js';
import { type Problem, problemOf } from '../http/problem.js';
import { problemBody, problemHead } from '../http/problem-answer.js';
import { Connection } from './connection.js';
import { drainBody } from './drain-body.js';
import { listenOnLoopback } from './listen.js';
import { ProxyResponse, sendProblem } from './response.js';

type NodeServer = http.Server<typeof IncomingMessage, typeof ProxyResponse> | https.Server<typeof IncomingMessage, typeof ProxyResponse>;

/** A certificate with its key, PEM. */
export interface ServerIdentity {
  readonly key: string;
  /** The leaf first, then its issuers. */
  readonly cert: string;
}

export interface ServerLimits {
  readonly maxConnections: number;
  /** How long a client may take to send the headers of a request. */
  readonly headersTimeoutMs: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveMs: number;
  /** Of the request line and all headers together. */
  readonly maxHeaderBytes: number;
}

const defaultLimits: ServerLimits = { maxConnections: 1_000, headersTimeoutMs: 15_000, keepAliveMs: 60_000, maxHeaderBytes: 32 * 1024 };

/** One answered request. */
export interface RequestRecord {
  /** Null if the request could not be read. */
  readonly method: string | null;
  /** In origin form; null if the request could not be read. */
  readonly target: string | null;
  readonly status: number;
  /** Bytes of the body that were handed to the socket. */
  readonly bodyBytes: number;
  readonly ms: number;
  /** Whether the whole answer was sent. */
  readonly isComplete: boolean;
  /** Why the request did not reach the handler, or why the handler failed; null if it was handled. */
  readonly problem: Problem | null;
}

export interface LoopbackServerOptions {
  /** 0 for any free port. */
  readonly port: number;
  /**
   * Answers a request whose `url` is in origin form and whose method is GET or HEAD. Returns null if nothing is left to wait for. A failure
   * is answered as a problem.
   *
   * @param isPlain whether it is a GET of the whole file, whatever its state
   */
  readonly handler: (request: IncomingMessage, response: ProxyResponse, isPlain: boolean) => Promise<void> | null;
  readonly tls?: ServerIdentity | undefined;
  /** Further names that a Host header may give: those of a web server in front. */
  readonly hosts?: readonly string[] | undefined;
  /** The name of this proxy in Via headers: of no other proxy. */
  readonly viaToken: string;
  readonly limits?: Partial<ServerLimits> | undefined;
  readonly onRequestEnd?: ((record: RequestRecord) => void) | undefined;
  /** Gets the errors of the handler, also those that a client is not shown. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A server that listens. */
export class LoopbackServer {
  readonly port: number;
  /** `http://127.0.0.1:8400/`, or with https. */
  readonly url: string;
  readonly #server: NodeServer;
  readonly #options: LoopbackServerOptions;
  readonly #guard: HostGuard;
  /** Connections that requests come from: with TLS, the decrypted ones. */
  readonly #connections = new Map<Duplex, Connection>();
  /** With TLS, the connections beneath, which may not be past their handshake. */
  readonly #raw = new Set<Socket>();
  #isClosing = false;
  #closed: Promise<void> | null = null;

  constructor(server: NodeServer, port: number, options: LoopbackServerOptions) {
    const secure = options.tls !== undefined;
    this.port = port;
    this.url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}/`;
    this.#server = server;
    this.#options = options;
    this.#guard = new HostGuard({ port, secure, hosts: options.hosts ?? [], viaToken: options.viaToken });
    this.#attach(secure);
  }

  /** Connections that are open. */
  get connections(): number {
    return Math.max(this.#connections.size, this.#raw.size);
  }

  /** Uses another certificate for the connections to come. */
  renew(identity: ServerIdentity): void {
    if ('setSecureContext' in this.#server) this.#server.setSecureContext({ ...identity });
  }

  /**
   * Stops listening, closes idle connections, and lets those in use finish their answer.
   * @param graceMs how long; then they are cut
   */
  close(graceMs: number): Promise<void> {
    return (this.#closed ??= this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<void> {
    this.#isClosing = true;
    // Not the `close` of http.Server, which also cuts connections whose last bytes are still on their way.
    const stopped = new Promise<void>((resolve) => net.Server.prototype.close.call(this.#server, () => resolve()));
    for (const connection of this.#connections.values()) connection.close();
    const timer = setTimeout(() => this.#cut(), graceMs);
    await stopped;
    clearTimeout(timer);
    // Ends the timer that looks for slow headers. The error that the server has already stopped is expected.
    this.#server.close(() => undefined);
  }

  #cut(): void {
    for (const connection of this.#connections.values()) connection.destroy();
    for (const socket of this.#raw) socket.destroy();
  }

  #attach(secure: boolean): void {
    const server = this.#server;
    server.on(secure ? 'secureConnection' : 'connection', (socket: Socket) => this.#open(socket));
    if (secure) {
      server.on('connection', (socket: Socket) => {
        this.#raw.add(socket);
        socket.once('close', () => this.#raw.delete(socket));
      });
      server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    }
    const onRequest = (request: IncomingMessage, response: ProxyResponse): void =>
      this.#connectionOf(request.socket).add(request, response);
    server.on('request', onRequest);
    // Without an answer `100 Continue`, the client does not send the body: no request may have one.
    server.on('checkContinue', onRequest);
    server.on('checkExpectation', onRequest);
    server.on('connect', (request: IncomingMessage) => this.#refuseInput(request.socket, connectProblem));
    server.on('clientError', (error: Error, socket: Duplex) => this.#onClientError(error, socket));
  }

  #open(socket: Socket): void {
    const connection = this.#connectionOf(socket);
    if (this.#isClosing) connection.close();
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    const connection = new Connection(socket, (...exchange) => this.#answer(...exchange));
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
    return connection;
  }

  #answer(connection: Connection, request: IncomingMessage, response: ProxyResponse): Promise<void> | null {
    const startedMs = monotonicMs();
    let { allowed } = connection;
    if (allowed?.covers(request) !== true) {
      const verdict = this.#guard.check(asGuarded(request));
      if (verdict.kind === 'refused') return this.#refuse(request, response, startedMs, verdict.problem);
      request.url = verdict.target;
      allowed = new AllowedHead(request);
      connection.allowed = allowed.isShort ? allowed : null;
    }
    return this.#handle(request, response, startedMs, allowed.isPlain);
  }

  async #refuse(request: IncomingMessage, response: ProxyResponse, startedMs: number, problem: Problem): Promise<void> {
    response.on('error', ignore);
    await refuse(request, response, problem);
    this.#report(request, response, startedMs, problem);
  }

  #handle(request: IncomingMessage, response: ProxyResponse, startedMs: number, isPlain: boolean): Promise<void> | null {
    let problem: Problem | null = null;
    try {
      const answering = this.#options.handler(request, response, isPlain);
      // Node reports here that a client has gone; the sender sees it too.
      if (answering !== null || response.destroyed) response.on('error', ignore);
      if (answering !== null) return this.#finish(answering, request, response, startedMs);
      checkAnswered(response);
    } catch (error) {
      problem = this.#fail(response, error);
    }
    this.#report(request, response, startedMs, problem);
    return null;
  }

  async #finish(answering: Promise<void>, request: IncomingMessage, response: ProxyResponse, startedMs: number): Promise<void> {
    let problem: Problem | null = null;
    try {
      await answering;
      checkAnswered(response);
    } catch (error) {
      problem = this.#fail(response, error);
    }
    this.#report(request, response, startedMs, problem);
  }

  #fail(response: ProxyResponse, error: unknown): Problem {
    response.on('error', ignore);
    this.#options.onError?.(error);
    const problem = problemOf(error);
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
    return problem;
  }

  #report({ method, url }: IncomingMessage, response: ProxyResponse, startedMs: number, problem: Problem | null): void {
    if (this.#options.onRequestEnd === undefined) return;
    const isComplete = response.writableFinished || (response.writableEnded && !response.destroyed);
    this.#options.onRequestEnd({
      method: method ?? null,
      target: url ?? null,
      status: response.statusCode,
      bodyBytes: response.bodyBytes,
      ms: monotonicMs() - startedMs,
      isComplete,
      problem,
    });
  }

  #onClientError(error: Error, socket: Duplex): void {
    const code = systemErrorCode(error);
    if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED' || !(socket instanceof net.Socket)) socket.destroy();
    else this.#refuseInput(socket, inputProblem(code));
  }

  /** Answers input that is not a request that Node hands over. */
  #refuseInput(socket: Socket, problem: Problem): void {
    this.#connectionOf(socket).refuse(formatProblem(problem));
    const { status } = problem;
    this.#options.onRequestEnd?.({ method: null, target: null, status, bodyBytes: 0, ms: 0, isComplete: true, problem });
  }
}

/** Starts a server on 127.0.0.1. Throws ClojarsFetchError ERR_CONFIG if the port cannot be had. */
export async function createLoopbackServer(options: LoopbackServerOptions): Promise<LoopbackServer> {
  const limits = { ...defaultLimits, ...options.limits };
  const settings = {
    IncomingMessage,
    ServerResponse: ProxyResponse,
    insecureHTTPParser: false,
    // The guard asks for it, and answers as for everything else.
    requireHostHeader: false,
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    // A request has no body, so its headers are all of it.
    requestTimeout: limits.headersTimeoutMs,
    connectionsCheckingInterval: Math.max(100, limits.headersTimeoutMs / 3),
    keepAliveTimeout: limits.keepAliveMs,
    noDelay: true,
  };
  const server: NodeServer =
    options.tls === undefined ? http.createServer(settings) : await createTlsServer(settings, options.tls, limits.headersTimeoutMs);
  // One more than the guard allows, so that a header too many is seen and not dropped.
  server.maxHeadersCount = maxHeaders + 1;
  server.maxConnections = limits.maxConnections;
  const port = await listenOnLoopback(server, options.port);
  server.on('error', (error) => options.onError?.(error));
  return new LoopbackServer(server, port, options);
}

/** Loads the code for TLS only when it is asked for. */
async function createTlsServer(
  settings: http.ServerOptions<typeof IncomingMessage, typeof ProxyResponse>,
  identity: ServerIdentity,
  handshakeTimeout: number,
): Promise<https.Server<typeof IncomingMessage, typeof ProxyResponse>> {
  const { createServer } = await import('node:https');
  return createServer({ ...settings, ...identity, ALPNProtocols: ['http/1.1'], handshakeTimeout });
}

/** A handler that forgets to answer must not leave its client waiting. */
function checkAnswered(response: ProxyResponse): void {
  if (!response.headersSent && !response.destroyed) throw new Error('the handler did not answer');
}

function asGuarded({ method = '', url = '', httpVersionMajor, httpVersionMinor, headers, rawHeaders }: IncomingMessage): GuardedRequest {
  return { method, target: url, httpVersionMajor, httpVersionMinor, headers, rawHeaders };
}

async function refuse(request: IncomingMessage, response: ProxyResponse, problem: Problem): Promise<void> {
  await drainBody(request);
  // Unless the body was read to its end, the next request cannot be told apart from it.
  if (!request.complete) response.shouldKeepAlive = false;
  if (!response.destroyed) sendProblem(response, problem);
}

function inputProblem(code: string | null): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, code: 'ERR_REQUEST', reason: 'headers', detail: 'the path and headers of the request are too long' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'ERR_REQUEST', reason: 'slow', detail: 'the headers of the request did not arrive in time' };
    default:
      return { status: 400, code: 'ERR_REQUEST', reason: 'malformed', detail: 'the request is not valid HTTP/1.1' };
  }
}

const connectProblem: Problem = {
  status: 405,
  code: 'ERR_REQUEST',
  reason: 'method',
  detail: 'only GET and HEAD are answered: the proxy opens no connections for its clients',
};

/** Formats a whole response for a connection that has no response object. */
function formatProblem(problem: Problem): string {
  const body = Buffer.from(problemBody(problem)).toString('utf8');
  const { status, statusMessage, headers } = problemHead(problem, Buffer.byteLength(body));
  const lines = [`HTTP/1.1 ${status} ${statusMessage}`, `Date: ${new Date().toUTCString()}`, 'Connection: close'];
  for (let index = 0; index < headers.length; index += 2) lines.push(`${headers[index] ?? ''}: ${headers[index + 1] ?? ''}`);
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

function ignore(): void {
  // The handler learns it from the response itself.
}
