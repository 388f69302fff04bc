/** One request and its answer on one connection: clocks, limits, and who gets to know what went wrong. */
import type { Dispatcher } from 'undici';

import type { Lease } from './connection-pool.js';
import { isConnectionLoss, StaleConnectionError, toTransportError } from './failure.js';
import { ResponseBody } from './response-body.js';
import { type StallLimit, type StallWatch, watchForStall } from './stall-watch.js';
import { TransportError } from './transport.js';

export interface ExchangeOptions {
  /** Path and query, or a whole URL towards a proxy. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** For messages. */
  readonly where: string;
  readonly maxBytes: number;
  readonly firstByteTimeoutMs: number;
  readonly stall: StallLimit;
  readonly onWritten: () => void;
  readonly signal: AbortSignal;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly contentLength: number | null;
  /** Where the connection leads. */
  readonly address: Lease['address'];
  readonly body: ResponseBody;
  /** Drops the answer; the rest of a short error page is read, so that the connection can be used again. */
  cancel(): void;
}

/** An encoded body may be this much larger than what comes out of it. */
const encodingSlackBytes = 64 * 1024;
const drainMaxBytes = 64 * 1024;
const drainMaxMs = 1000;

/**
 * Sends a GET. Gives the lease back by itself.
 * @throws {StaleConnectionError} when a reused connection was lost before any answer: send it again.
 * @throws {TransportError} timeout, reset, status, too-large, aborted.
 */
export function exchange(lease: Lease, options: ExchangeOptions): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const { signal, where } = options;
    let controller: Dispatcher.DispatchController | null = null;
    let body: ResponseBody | null = null;
    let watch: StallWatch | null = null;
    let timer: NodeJS.Timeout | undefined;
    let received = 0;
    let limit = options.maxBytes;
    let announced: number | null = null;
    let draining = false;
    let settled = false;

    /** The end, good or bad. `keep`: bytes that have come stay readable. */
    const settle = (error: TransportError | null, keep = false): void => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      watch?.stop();
      signal.removeEventListener('abort', onAbort);
      if (error === null) {
        lease.release();
        body?.end();
        return;
      }
      controller?.abort(error);
      lease.discard();
      if (body) body.fail(error, keep);
      else reject(error);
    };
    const onAbort = (): void => settle(new TransportError('aborted', 'aborted', { cause: signal.reason }));
    const onFirstByteTimeout = (): void =>
      settle(new TransportError('timeout', `${where}: no answer within ${options.firstByteTimeoutMs} ms`));

    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        if (settled) return started.abort(new Error('aborted'));
        controller = started;
        timer = setTimeout(onFirstByteTimeout, options.firstByteTimeoutMs);
        options.onWritten();
      },

      onResponseStart(_, status, rawHeaders) {
        if (settled || status < 200) return; // 103 Early Hints and the like
        clearTimeout(timer);
        const headers: Record<string, string> = {};
        for (const [name, value] of Object.entries(rawHeaders)) {
          if (value !== undefined && name !== '__proto__') headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
        }
        announced = parseLength(headers['content-length']);
        const encoding = headers['content-encoding'];
        if (encoding !== undefined && encoding !== 'identity') limit += encodingSlackBytes;
        if (announced !== null && announced > limit && status < 300) {
          return settle(
            new TransportError('too-large', `${where}: announces ${announced} bytes, the limit is ${options.maxBytes}`, { status }),
          );
        }
        const answerBody = new ResponseBody({
          pause: () => controller?.pause(),
          resume: () => controller?.resume(),
          abort: (error) => settle(error),
        });
        body = answerBody;
        watch = watchForStall(
          options.stall,
          () => answerBody.paused,
          () =>
            settle(
              new TransportError(
                'stalled',
                `${where}: fewer than ${options.stall.minBytesPerSecond} bytes per second for ${options.stall.windowMs} ms, ${received} bytes so far`,
                { status },
              ),
              true,
            ),
        );
        resolve({
          status,
          headers,
          contentLength: announced,
          address: lease.address,
          body: answerBody,
          cancel() {
            if (settled || status < 300 || (announced ?? 0) > drainMaxBytes) return answerBody.cancel();
            if (draining) return undefined;
            draining = true;
            answerBody.drain();
            timer = setTimeout(() => settle(new TransportError('aborted', 'the answer was dropped')), drainMaxMs);
            return undefined;
          },
        });
      },

      onResponseData(_, chunk) {
        if (settled) return;
        received += chunk.length;
        watch?.add(chunk.length);
        if (received > (draining ? drainMaxBytes : limit)) {
          return settle(new TransportError('too-large', `${where}: more than ${options.maxBytes} bytes`));
        }
        body?.push(chunk);
      },

      onResponseEnd() {
        if (settled) return;
        // HTTP/1.1 is checked by undici; over HTTP/2 a stream may end early without any error.
        if (announced !== null && received < announced) {
          return settle(new TransportError('truncated', `${where}: ${received} bytes instead of ${announced}`), true);
        }
        settle(null);
      },

      onResponseError(_, error) {
        if (settled) return;
        if (body === null && lease.reused && isConnectionLoss(error)) {
          return settle(new StaleConnectionError('reset', `${where}: connection closed by the other side`, { cause: error }));
        }
        const failure = toTransportError(error, body ? 'body' : 'request', where);
        settle(
          announced !== null && failure.outcome === 'truncated'
            ? new TransportError('truncated', `${where}: ${received} bytes instead of ${announced}`, { cause: error })
            : failure,
          true,
        );
      },
    };

    lease.client.dispatch({ method: 'GET', path: options.path, headers: options.headers }, handler);
  });
}

function parseLength(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,15}$/.test(text)) return null;
  return Number(text);
}
