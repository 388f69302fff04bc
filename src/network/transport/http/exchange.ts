/** Runs one request and its answer on one connection: clocks, limits, and the failure that is reported. */
import { Readable } from 'node:stream';

import type { CancelSignal } from '../../../base/async/cancellation.js';
import { onAbort } from '../../../base/async/on-abort.js';
import type { Lease } from '../connection/lease.js';
import { isConnectionLoss, isRefusal, RefusedRequestError, showUrl, StaleConnectionError, toTransportError } from '../contract/failure.js';
import type { AnswerHandler, RawHeaders, RequestControl } from '../contract/http-connection.js';
import { type StallLimit, type StallWatch, watchForStall } from '../contract/stall-watch.js';
import { type HttpRequest, isTransportError, type RequestBody, TransportError } from '../contract/transport.js';
import { ResponseBody } from './response-body.js';

export interface ExchangeOptions {
  readonly method: HttpRequest['method'];
  readonly body: RequestBody | undefined;
  /** Path and query, or a whole URL for a proxy. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For messages. */
  readonly url: URL;
  readonly maxBytes: number;
  readonly firstByteTimeoutMs: number;
  /** Asked each time `firstByteTimeoutMs` have passed without an answer: true waits on. Default: never. */
  readonly waitsOn: (() => boolean) | undefined;
  readonly stall: StallLimit;
  readonly onWritten: () => void;
  readonly signal: CancelSignal;
}

export interface RawAnswer {
  readonly status: number;
  /** The reason phrase; empty over HTTP/2. */
  readonly statusText: string;
  /** Lower-case names; each character of a value is one byte as sent. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentLength: number | null;
  /** Where the connection leads. */
  readonly address: Lease['address'];
  readonly body: ResponseBody;
  /** Drops the answer. Reads the rest of a short error page, so that the connection can be used again, as it can after HEAD. */
  cancel(): void;
}

/** An encoded body may be this much larger than the decoded one. */
const encodingSlackBytes = 64 * 1024;
const drainMaxBytes = 64 * 1024;
const drainMaxMs = 1000;

/** A request and its answer on one connection. */
export class Exchange implements AnswerHandler {
  readonly #lease: Lease;
  readonly #options: ExchangeOptions;
  #resolve: (answer: RawAnswer) => void = () => undefined;
  #reject: (error: TransportError) => void = () => undefined;
  #control: RequestControl | null = null;
  #body: ResponseBody | null = null;
  #watch: StallWatch | null = null;
  #timer: NodeJS.Timeout | undefined;
  #received = 0;
  #limit: number;
  #announced: number | null = null;
  #draining = false;
  #stopListening: () => void = () => undefined;
  #settled = false;

  constructor(lease: Lease, options: ExchangeOptions) {
    this.#lease = lease;
    this.#options = options;
    this.#limit = options.maxBytes;
  }

  /**
   * Sends the request, and gives the lease back.
   * @throws {RefusedRequestError} if the server did not process the request: send it again.
   * @throws {StaleConnectionError} if a reused connection was lost before any answer: send it again.
   * @throws {TransportError} timeout, reset, status, too-large, aborted.
   */
  run(): Promise<RawAnswer> {
    const { method, path, headers, body, signal } = this.#options;
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#stopListening = onAbort(signal, () => this.#fail(new TransportError('aborted', 'aborted', { cause: signal.reason })));
      if (this.#settled) return;
      this.#lease.client.dispatch({ method, path, headers, body: body === undefined ? null : this.#reader(body) }, this);
    });
  }

  onRequestStart(started: RequestControl): void {
    if (this.#settled) return started.abort(new Error('aborted'));
    this.#control = started;
    if (this.#options.body === undefined) this.#awaitFirstByte();
    this.#options.onWritten();
  }

  onResponseStart(_: RequestControl, status: number, rawHeaders: RawHeaders, statusText = ''): void {
    if (this.#settled || status < 200) return; // 103 Early Hints and the like
    clearTimeout(this.#timer);
    const { method, maxBytes } = this.#options;
    const headers = readHeaders(rawHeaders);
    // In a 304 and after HEAD, the length is that of the body which was not sent (RFC 9110 section 8.6).
    const announced = (this.#announced = status === 304 || method === 'HEAD' ? 0 : parseLength(headers['content-length']));
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') this.#limit += encodingSlackBytes;
    if (announced !== null && announced > this.#limit && status < 300) {
      return this.#fail(
        new TransportError('too-large', `${this.#where}: announces ${announced} bytes, the limit is ${maxBytes}`, { status }),
      );
    }
    const body = this.#startBody(status);
    this.#resolve({
      status,
      statusText,
      headers,
      contentLength: announced,
      address: this.#lease.address,
      body,
      cancel: () => this.#cancel(body, status),
    });
  }

  onResponseData(_: RequestControl, chunk: Buffer): void {
    if (this.#settled) return;
    this.#received += chunk.length;
    this.#watch?.add(chunk.length);
    if (this.#received > (this.#draining ? drainMaxBytes : this.#limit)) {
      const { maxBytes } = this.#options;
      return this.#fail(new TransportError('too-large', `${this.#where}: more than ${maxBytes} bytes`));
    }
    this.#body?.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#settled) return;
    // Over HTTP/2, a stream may end early without any error.
    if (this.#announced !== null && this.#received < this.#announced) return this.#fail(this.#cutOff(), { keep: true });
    this.#succeed();
  }

  onResponseError(_: RequestControl, error: Error): void {
    if (this.#settled) return;
    if (this.#lease.http2 && this.#body !== null && this.#announced === this.#received) return this.#succeed();
    const where = this.#where;
    if (this.#body === null && isConnectionLoss(error)) {
      if (isRefusal(error) || this.#lease.isLeaving)
        return this.#fail(new RefusedRequestError('reset', `${where}: the server refused the request`, { cause: error }));
      if (this.#lease.reused)
        return this.#fail(new StaleConnectionError('reset', `${where}: connection closed by the other side`, { cause: error }));
    }
    const failure = toTransportError(error, this.#body ? 'body' : 'request', where);
    this.#fail(this.#announced !== null && failure.outcome === 'truncated' ? this.#cutOff(error) : failure, { keep: true });
  }

  get #where(): string {
    return showUrl(this.#options.url);
  }

  #awaitFirstByte(): void {
    const { firstByteTimeoutMs, waitsOn } = this.#options;
    this.#timer = setTimeout(() => {
      if (waitsOn?.() === true) this.#awaitFirstByte();
      else this.#fail(new TransportError('timeout', `${this.#where}: no answer within ${firstByteTimeoutMs} ms`));
    }, firstByteTimeoutMs);
  }

  /** Reads the body of the request. The time for the first byte begins when all of it is sent; until then, the stall limit applies. */
  #reader(body: RequestBody): Readable {
    return Readable.from(this.#send(body), { objectMode: false, highWaterMark: 64 * 1024 });
  }

  async *#send(body: RequestBody): AsyncGenerator<Uint8Array, void, undefined> {
    this.#watch = this.#watchForStall('sent', null);
    try {
      for await (const chunk of body.open()) {
        this.#watch.add(chunk.length);
        yield chunk;
      }
    } catch (error) {
      throw isTransportError(error) ? error : new TransportError('io', `${this.#where}: its body cannot be read`, { cause: error });
    }
    if (this.#settled || this.#body !== null) return; // the answer came before the body was sent
    this.#watch.stop();
    this.#awaitFirstByte();
  }

  #startBody(status: number): ResponseBody {
    const body = new ResponseBody({
      pause: () => this.#control?.pause(),
      resume: () => this.#control?.resume(),
      abort: (error) => this.#fail(error),
    });
    this.#watch?.stop();
    this.#watch = this.#watchForStall('received', body, status);
    this.#body = body;
    return body;
  }

  #watchForStall(direction: 'sent' | 'received', body: ResponseBody | null, status?: number): StallWatch {
    const { stall } = this.#options;
    const onStall = (): void => {
      const rate = `fewer than ${stall.minBytesPerSecond} bytes per second for ${stall.windowMs} ms`;
      const progress = direction === 'sent' ? 'while the request was sent' : `${this.#received} bytes so far`;
      this.#fail(new TransportError('stalled', `${this.#where}: ${rate}, ${progress}`, { status }), { keep: true });
    };
    return watchForStall(stall, () => body?.paused === true, onStall);
  }

  #cancel(body: ResponseBody, status: number): void {
    // Nothing follows the head of an answer to HEAD.
    const isShort = this.#options.method === 'HEAD' || (status >= 300 && (this.#announced ?? 0) <= drainMaxBytes);
    if (this.#settled || !isShort) return body.cancel();
    if (this.#draining) return;
    this.#draining = true;
    body.drain();
    this.#timer = setTimeout(() => this.#fail(new TransportError('aborted', 'the answer was dropped')), drainMaxMs);
  }

  #cutOff(cause?: Error): TransportError {
    return new TransportError('truncated', `${this.#where}: ${this.#received} bytes instead of ${this.#announced}`, { cause });
  }

  #succeed(): void {
    this.#end();
    this.#lease.release();
    this.#body?.end();
  }

  /** @param options.keep leaves bytes that have arrived readable. */
  #fail(error: TransportError, { keep }: { readonly keep: boolean } = { keep: false }): void {
    if (this.#settled) return;
    this.#end();
    this.#control?.abort(error);
    if (error instanceof RefusedRequestError) this.#lease.refused();
    else this.#lease.discard();
    if (this.#body) this.#body.fail(error, keep);
    else this.#reject(error);
  }

  #end(): void {
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#watch?.stop();
    this.#stopListening();
  }
}

function readHeaders(raw: RawHeaders): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in raw) {
    const value = raw[name];
    if (value === undefined || name === '__proto__') continue;
    // A repeated Location would not be one URL: clients follow the first.
    headers[name] = Array.isArray(value) ? (name === 'location' ? (value[0] ?? '') : value.join(', ')) : value;
  }
  return headers;
}

function parseLength(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}
