/**
 * Sends requests without a body over HTTP/1.1, one after the other, on a socket that is open, by node:http. undici does the same, for more
 * processor time and memory: its parser is WebAssembly, which calls back for each header (docs/performance.md).
 */
import { type ClientRequest, type IncomingMessage, request as createRequest } from 'node:http';
import type { Socket } from 'node:net';

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
  #current: Http1Exchange | null = null;
  #isUsed = false;
  /** Whether the last request was HEAD. */
  #wasHead = false;
  /** Whether Node has let go of the socket: no request is under way, and no bytes may come. */
  #isFree = true;

  /** @param host for the header: with the port, unless it is the usual one */
  constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('error', (error) => this.#current?.noteError(error));
    socket.on('close', () => this.#current?.lose(connectionClosed()));
    socket.on('data', () => this.#closeIfFree());
    socket.on('timeout', () => this.#closeIfFree());
    socket.on('free', () => {
      this.#isFree = true;
      socket.unref();
    });
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * On a connection that was used before, the request is written after all bytes that have arrived: bytes that come before it belong to no
   * request, and must not be taken for its answer. They close the connection.
   */
  dispatch(request: RequestHead, handler: AnswerHandler): boolean {
    const exchange = new Http1Exchange(this.#socket, handler, { isAfterHead: this.#wasHead, onEnd: () => (this.#current = null) });
    this.#current = exchange;
    this.#wasHead = request.method === 'HEAD';
    if (this.#isUsed) setImmediate(() => this.#start(exchange, request));
    else this.#start(exchange, request);
    this.#isUsed = true;
    return true;
  }

  destroy(): Promise<void> {
    this.#current?.fail(connectionClosed());
    this.#socket.destroy();
    return Promise.resolve();
  }

  #start(exchange: Http1Exchange, request: RequestHead): void {
    // Node still writes the last request if its answer came before it was sent.
    if (!this.#isFree) return exchange.fail(connectionClosed());
    this.#isFree = false;
    this.#socket.ref();
    exchange.start(request, this.#host);
  }

  #closeIfFree(): void {
    if (this.#isFree) this.#socket.destroy();
  }
}

interface ExchangePlace {
  readonly isAfterHead: boolean;
  readonly onEnd: () => void;
}

/** A request and its answer. */
class Http1Exchange implements RequestControl {
  readonly #socket: Socket;
  readonly #place: ExchangePlace;
  /** Null once the exchange is over. */
  #handler: AnswerHandler | null;
  #request: ClientRequest | null = null;
  #answer: IncomingMessage | null = null;
  #error: Error | null = null;

  constructor(socket: Socket, handler: AnswerHandler, place: ExchangePlace) {
    this.#socket = socket;
    this.#handler = handler;
    this.#place = place;
  }

  /** Without an agent of Node's: it would keep lists of its one socket, which takes a tenth of the time for a request. */
  start({ method, path, headers, body }: RequestHead, host: string): void {
    if (this.#handler === null) return; // it has failed in the meantime
    if (this.#socket.destroyed) return this.fail(connectionClosed());
    try {
      if (body !== null) throw new TypeError('a request with a body');
      const request = createRequest({
        createConnection: () => this.#socket,
        method,
        path,
        headers: { host, connection: 'keep-alive', ...headers },
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
    else this.fail(codeOf(error) === 'ECONNRESET' || this.#isLateBody(error) ? connectionClosed() : error);
  }

  /** Some servers send a body after HEAD all the same. If it comes late, the connection is lost, but not the next request. */
  #isLateBody(error: Error): boolean {
    return this.#place.isAfterHead && this.#answer === null && codeOf(error).startsWith('HPE_');
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
    if (handler !== null) this.#place.onEnd();
    return handler;
  }
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : '';
}

function keepAliveOf({ headers: { 'keep-alive': hint } }: IncomingMessage): number {
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,6})/i.exec(String(hint ?? ''))?.[1];
  if (seconds === undefined) return standardKeepAliveMs;
  return Math.min(Math.max(0, Number(seconds) * 1_000 - keepAliveMarginMs), longestKeepAliveMs);
}
