/**
 * Sends requests without a body over HTTP/1.1, one after the other, on a socket that is open. undici does this too, for three times the
 * processor time and 30 MB: its parser is WebAssembly, which calls back for each header (docs/performance.md).
 */
import type { Socket } from 'node:net';

import type { AnswerHandler, HttpConnection, RequestControl, RequestHead } from '../contract/http-connection.js';
import type { AnswerHead } from './answer-head.js';
import { AnswerReader, type AnswerSink } from './answer-reader.js';
import { connectionClosed } from './connection-closed.js';

export class Http1Connection implements HttpConnection, RequestControl, AnswerSink {
  readonly #socket: Socket;
  readonly #host: string;
  /** Of the request under way; null while the connection is idle. */
  #handler: AnswerHandler | null = null;
  /** Null until the request is written. */
  #reader: AnswerReader | null = null;
  #isUsed = false;
  #mustClose = false;
  #idleMs = 0;
  #error: Error | null = null;

  /** @param host for the header: with the port, unless it is the usual one */
  constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#host = host;
    socket.on('data', (bytes: Buffer) => this.#receive(bytes));
    socket.on('end', () => this.#endOfStream());
    socket.on('error', (error) => (this.#error = error));
    socket.on('close', () => this.#fail(this.#error ?? connectionClosed()));
    socket.on('timeout', () => {
      if (this.#handler === null) socket.destroy();
    });
    socket.resume();
  }

  get destroyed(): boolean {
    return this.#socket.destroyed;
  }

  /**
   * On a connection that was used before, the request is written after all bytes that have arrived: bytes that come before it belong to no
   * request, and must not be taken for its answer. They close the connection.
   */
  dispatch(request: RequestHead, handler: AnswerHandler): boolean {
    this.#handler = handler;
    this.#socket.ref();
    if (this.#isUsed) setImmediate(() => this.#begin(request, handler));
    else this.#begin(request, handler);
    this.#isUsed = true;
    return true;
  }

  destroy(): Promise<void> {
    this.#fail(connectionClosed());
    return Promise.resolve();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  abort(): void {
    this.#end();
    this.#socket.destroy();
  }

  head({ status, headers, statusText }: AnswerHead): void {
    this.#handler?.onResponseStart(this, status, headers, statusText);
  }

  data(bytes: Buffer): void {
    this.#handler?.onResponseData(this, bytes);
  }

  #begin(request: RequestHead, handler: AnswerHandler): void {
    if (this.#handler !== handler) return; // it has failed in the meantime
    if (this.#socket.destroyed) return this.#fail(connectionClosed());
    try {
      const head = formatHead(request, this.#host);
      this.#mustClose = request.method === 'HEAD'; // some servers send a body all the same
      this.#reader = new AnswerReader(this.#mustClose, this);
      handler.onRequestStart(this);
      if (this.#handler === handler) this.#socket.write(head, 'latin1');
    } catch (error) {
      this.#fail(error);
    }
  }

  #receive(bytes: Buffer): void {
    const reader = this.#reader;
    if (reader === null) return this.#fail(connectionClosed());
    try {
      const rest = reader.push(bytes);
      if (reader.isComplete && this.#reader === reader) this.#complete(reader, rest === null);
    } catch (error) {
      this.#fail(error);
    }
  }

  #endOfStream(): void {
    const reader = this.#reader;
    if (reader?.end() === true) this.#complete(reader, false);
    else this.#fail(connectionClosed());
  }

  #complete({ keepAliveMs }: AnswerReader, mayBeReused: boolean): void {
    const handler = this.#end();
    if (!mayBeReused || this.#mustClose || keepAliveMs === 0) this.#socket.destroy();
    else this.#rest(keepAliveMs);
    handler?.onResponseEnd();
  }

  /** Keeps the socket for the next request, without keeping the process alive. */
  #rest(idleMs: number): void {
    this.#socket.unref();
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#idleMs === idleMs) return;
    this.#idleMs = idleMs;
    this.#socket.setTimeout(idleMs);
  }

  #fail(error: unknown): void {
    const handler = this.#end();
    this.#socket.destroy();
    handler?.onResponseError(this, error instanceof Error ? error : new Error(String(error)));
  }

  #end(): AnswerHandler | null {
    const handler = this.#handler;
    this.#handler = null;
    this.#reader?.stop();
    this.#reader = null;
    return handler;
  }
}

/** @throws TypeError if a part could be taken for more than it is */
function formatHead({ method, path, headers, body }: RequestHead, host: string): string {
  if (body !== null) throw new TypeError('a request with a body');
  if (/[^\x21-\x7e]/.test(path)) throw new TypeError('a path with a space or a control character');
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: ${method === 'HEAD' ? 'close' : 'keep-alive'}\r\n`;
  for (const name in headers) {
    const value = headers[name] ?? '';
    if (/[^\w!#$%&'*+\-.^`|~]/.test(name) || /[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new TypeError(`not a valid header ${name}`);
    head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}
