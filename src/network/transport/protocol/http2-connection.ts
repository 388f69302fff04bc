/**
 * Sends requests without a body over HTTP/2 on a socket that is open, by node:http2. undici does the same, for half as much processor time
 * again, and destroys the socket at GOAWAY, so that answers under way would be lost (RFC 9113 section 6.8).
 */
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants, type IncomingHttpHeaders } from 'node:http2';
import type { Socket } from 'node:net';

import { frameErrorCode } from '../contract/failure.js';
import type { AnswerHandler, HttpConnection, RawHeaders, RequestControl, RequestHead } from '../contract/http-connection.js';
import { connectionClosed } from './connection-closed.js';

/** One connection carries a hundred bodies: half a megabyte for all of them would be used up within a round trip. */
const streamWindowBytes = 1 << 20;
const connectionWindowBytes = 8 << 20;
/** Type of a frame: RFC 9113 section 6.2. */
const headersFrame = 1;

export class Http2Connection implements HttpConnection {
  readonly #session: ClientHttp2Session;
  readonly #host: string;
  readonly #streams = new Set<Http2Exchange>();
  /** Requests beyond the number of streams that the server allows. */
  readonly #waiting: Http2Exchange[] = [];

  /** @param onLeaving called when the server takes no new requests: Node then closes the session after the last stream */
  constructor(socket: Socket, origin: URL, onLeaving: () => void) {
    this.#host = origin.host;
    this.#session = connect(origin, {
      createConnection: () => socket,
      settings: { enablePush: false, initialWindowSize: streamWindowBytes },
    });
    this.#session.once('connect', (session) => session.setLocalWindowSize(connectionWindowBytes));
    this.#session.on('goaway', onLeaving);
    this.#session.on('error', () => undefined); // each stream has its own
    this.#session.on('remoteSettings', () => this.#startWaiting());
    this.#session.on('close', () => this.#failWaiting());
    this.#session.unref();
  }

  get destroyed(): boolean {
    return this.#session.destroyed;
  }

  dispatch(request: RequestHead, handler: AnswerHandler): boolean {
    this.#waiting.push(new Http2Exchange(request, handler, (ended) => this.#end(ended)));
    this.#startWaiting();
    return true;
  }

  destroy(): Promise<void> {
    this.#session.destroy();
    this.#failWaiting();
    return Promise.resolve();
  }

  #startWaiting(): void {
    const { maxConcurrentStreams = Number.POSITIVE_INFINITY } = this.#session.remoteSettings;
    while (this.#waiting.length > 0 && this.#streams.size < Math.max(1, maxConcurrentStreams)) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#streams.add(next);
      this.#session.ref();
      next.start(this.#session, this.#host);
    }
  }

  #end(ended: Http2Exchange): void {
    this.#streams.delete(ended);
    this.#startWaiting();
    if (this.#streams.size === 0 && !this.#session.destroyed) this.#session.unref();
  }

  #failWaiting(): void {
    for (const waiting of this.#waiting.splice(0)) waiting.fail(notSent());
  }
}

/** A request and its answer on one stream. */
class Http2Exchange implements RequestControl {
  readonly #request: RequestHead;
  readonly #onEnd: (ended: Http2Exchange) => void;
  /** Null once the exchange is over. */
  #handler: AnswerHandler | null;
  #stream: ClientHttp2Stream | null = null;
  #error: Error | null = null;

  constructor(request: RequestHead, handler: AnswerHandler, onEnd: (ended: Http2Exchange) => void) {
    this.#request = request;
    this.#handler = handler;
    this.#onEnd = onEnd;
  }

  start(session: ClientHttp2Session, host: string): void {
    const { method, path, headers, body } = this.#request;
    try {
      if (body !== null) throw new TypeError('a request with a body');
      const stream = (this.#stream = session.request(
        { ...headers, ':method': method, ':authority': host, ':path': path },
        { endStream: true },
      ));
      stream.on('response', (answer) => this.#begin(stream, answer));
      stream.on('error', (error: Error) => (this.#error = error));
      stream.on('frameError', (type) => (this.#error = type === headersFrame ? notSent() : this.#error));
      stream.on('close', () => this.fail(this.#error ?? connectionClosed()));
      this.#handler?.onRequestStart(this);
    } catch (error) {
      this.fail(error);
    }
  }

  pause(): void {
    this.#stream?.pause();
  }

  resume(): void {
    this.#stream?.resume();
  }

  abort(): void {
    this.#settle();
    this.#stream?.close(constants.NGHTTP2_CANCEL);
  }

  fail(error: unknown): void {
    const handler = this.#settle();
    handler?.onResponseError(this, error instanceof Error ? error : new Error(String(error)));
  }

  /** Only now the bytes may flow: Node reports the headers a little later than bytes that came together with them. */
  #begin(stream: ClientHttp2Stream, answer: IncomingHttpHeaders & { readonly ':status'?: number | undefined }): void {
    this.#handler?.onResponseStart(this, Number(answer[':status']), fieldsOf(answer));
    stream.on('data', (chunk: Buffer) => this.#handler?.onResponseData(this, chunk));
    stream.on('end', () => this.#complete(stream));
  }

  /** The bytes have come to an end: that of the body, unless the stream was reset. */
  #complete(stream: ClientHttp2Stream): void {
    if (stream.aborted || stream.rstCode !== constants.NGHTTP2_NO_ERROR) return; // it closes, with its error
    this.#settle()?.onResponseEnd();
  }

  #settle(): AnswerHandler | null {
    const handler = this.#handler;
    this.#handler = null;
    if (handler !== null) this.#onEnd(this);
    return handler;
  }
}

function fieldsOf(answer: IncomingHttpHeaders): RawHeaders {
  const fields: Record<string, string | string[] | undefined> = {};
  for (const name in answer) if (!name.startsWith(':')) fields[name] = answer[name];
  return fields;
}

/** The server has not seen the request. */
function notSent(): Error {
  return Object.assign(new Error('the request was not sent'), { code: frameErrorCode });
}
