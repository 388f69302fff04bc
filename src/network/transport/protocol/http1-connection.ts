/**
 * Sends requests without a body over HTTP/1.1, one after the other, on a socket that is open, by node:http. undici does the same, for more
 * processor time and memory: its parser is WebAssembly, which calls back for each header (docs/performance.md).
 */
import { Agent, type ClientRequest, type IncomingMessage, request as createRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

import type { AnswerHandler, HttpConnection, RequestControl, RequestHead } from '../contract/http-connection.js';
import { connectionClosed } from './connection-closed.js';

/** As much as Node itself allows for all headers of an answer, unless it was started with another limit. */
const headMaxBytes = 16 * 1024;

/** Connections are used again within this time if the server does not say how long it keeps them. */
const standardKeepAliveMs = 4_000;
/** Less than what the server says, since its clock began to run earlier. */
const keepAliveMarginMs = 2_000;
const longestKeepAliveMs = 600_000;

export class Http1Connection implements HttpConnection {
  readonly #socket: Socket;
  readonly #host: string;
  readonly #agent: SocketAgent;
  #current: Http1Exchange | null = null;
  #isUsed = false;

  /** @param host for the header: with the port, unless it is the usual one */
  constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    this.#agent = new SocketAgent(socket);
    socket.on('error', (error) => this.#current?.noteError(error));
    socket.on('close', () => this.#current?.lose(connectionClosed()));
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * On a connection that was used before, the request is written after all bytes that have arrived: bytes that come before it belong to no
   * request, and must not be taken for its answer. They close the connection.
   */
  dispatch(request: RequestHead, handler: AnswerHandler): boolean {
    const exchange = new Http1Exchange(this.#socket, handler, () => (this.#current = null));
    this.#current = exchange;
    if (this.#isUsed) setImmediate(() => exchange.start(request, this.#host, this.#agent));
    else exchange.start(request, this.#host, this.#agent);
    this.#isUsed = true;
    return true;
  }

  destroy(): Promise<void> {
    this.#current?.fail(connectionClosed());
    this.#socket.destroy();
    return Promise.resolve();
  }
}

/** Gives its one socket to one request after the other. Node closes it if it is idle for longer than its time-out. */
class SocketAgent extends Agent {
  readonly #socket: Socket;
  readonly #closeSocket: () => void;
  #isHandedOver = false;

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 });
    this.#socket = socket;
    this.#closeSocket = () => void socket.destroy();
  }

  /** If Node asks for another socket, it gets an error, and the pool opens a new connection. */
  override createConnection(): Socket {
    if (this.#isHandedOver) throw connectionClosed();
    this.#isHandedOver = true;
    return this.#socket;
  }

  /** The exchange has decided before whether the connection may be used again. Until then, no bytes may come. */
  override keepSocketAlive(): boolean {
    this.#socket.unref();
    this.#socket.on('data', this.#closeSocket);
    return true;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    this.#socket.off('data', this.#closeSocket);
    super.reuseSocket(socket, request);
  }
}

/** A request and its answer. */
class Http1Exchange implements RequestControl {
  readonly #socket: Socket;
  readonly #onEnd: () => void;
  /** Null once the exchange is over. */
  #handler: AnswerHandler | null;
  #request: ClientRequest | null = null;
  #answer: IncomingMessage | null = null;
  #error: Error | null = null;

  constructor(socket: Socket, handler: AnswerHandler, onEnd: () => void) {
    this.#socket = socket;
    this.#handler = handler;
    this.#onEnd = onEnd;
  }

  start({ method, path, headers, body }: RequestHead, host: string, agent: Agent): void {
    if (this.#handler === null) return; // it has failed in the meantime
    if (this.#socket.destroyed) return this.fail(connectionClosed());
    try {
      if (body !== null) throw new TypeError('a request with a body');
      // Some servers send a body after HEAD all the same.
      const connection = method === 'HEAD' ? 'close' : 'keep-alive';
      const request = createRequest({
        agent,
        method,
        path,
        headers: { host, connection, ...headers },
        setHost: false,
        insecureHTTPParser: false,
        maxHeaderSize: headMaxBytes,
      });
      this.#request = request;
      request.on('response', (answer) => this.#begin(answer));
      request.on('error', (error) => this.lose(error));
      this.#handler.onRequestStart(this);
      request.end();
    } catch (error) {
      this.fail(error);
    }
  }

  pause(): void {
    this.#answer?.pause();
  }

  resume(): void {
    this.#answer?.resume();
  }

  abort(): void {
    this.#settle();
    this.#request?.destroy();
    this.#socket.destroy();
  }

  noteError(error: Error): void {
    this.#error ??= error;
  }

  fail(error: unknown): void {
    const handler = this.#settle();
    this.#request?.destroy();
    this.#socket.destroy();
    handler?.onResponseError(this, this.#error ?? (error instanceof Error ? error : new Error(String(error))));
  }

  /**
   * The connection is lost. If the answer is complete, its end is still to come: what follows it belongs to no request. Node reports each loss
   * as ECONNRESET, whether the connection was reset or closed.
   */
  lose(error: Error): void {
    if (this.#answer?.complete === true) this.#socket.destroy();
    else this.fail('code' in error && error.code === 'ECONNRESET' ? connectionClosed() : error);
  }

  #begin(answer: IncomingMessage): void {
    this.#answer = answer;
    this.#handler?.onResponseStart(this, answer.statusCode ?? 0, answer.headers, answer.statusMessage);
    answer.on('data', (bytes: Buffer) => this.#handler?.onResponseData(this, bytes));
    answer.on('end', () => this.#complete(answer));
    answer.on('error', (error) => this.lose(error));
  }

  #complete(answer: IncomingMessage): void {
    const handler = this.#settle();
    const idleMs = this.#request?.shouldKeepAlive === true ? keepAliveOf(answer) : 0;
    if (idleMs === 0) this.#socket.destroy();
    else if (this.#socket.timeout !== idleMs) this.#socket.setTimeout(idleMs);
    handler?.onResponseEnd();
  }

  #settle(): AnswerHandler | null {
    const handler = this.#handler;
    this.#handler = null;
    if (handler !== null) this.#onEnd();
    return handler;
  }
}

function keepAliveOf({ headers: { 'keep-alive': hint } }: IncomingMessage): number {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,6})/i.exec(String(hint ?? ''))?.[1];
  if (seconds === undefined) return standardKeepAliveMs;
  return Math.min(Math.max(0, Number(seconds) * 1_000 - keepAliveMarginMs), longestKeepAliveMs);
}
