/** Follows one request through redirects and repetitions. */
import { wait } from '../../../base/async/wait.js';
import type { ConnectionPool } from '../connection/connection-pool.js';
import type { Proxy } from '../connection/proxy-environment.js';
import { RefusedRequestError, showUrl, StaleConnectionError } from '../contract/failure.js';
import type { Credentials, HttpRequest, TransportAnswer, TransportRequest } from '../contract/transport.js';
import { decodeBody, type Encoding, encodingsToUndo } from './content-encoding.js';
import type { ExchangeOptions, RawAnswer } from './exchange.js';
import { type RequestTarget, requestTarget } from './redirect.js';

/** How often a request is sent again because the server had closed the kept-alive connection. */
const staleRetriesMax = 2;
/** How often a request is sent again because the server refused it, while the server answers no other request either. */
const refusalsMax = 10;

/** One request on its way through redirects. */
export interface Journey {
  readonly request: TransportRequest & Partial<Omit<HttpRequest, keyof TransportRequest>>;
  target: RequestTarget;
  credentials: Credentials | null;
  secure: boolean;
  /** Whether a request was written, to any hop. */
  isWritten: boolean;
  /** Whether another machine chose the target, so that it must not be a name of this machine. */
  isSentByStranger: boolean;
}

/** A hop of a journey: the request is sent again if a kept-alive connection turned out to be dead, or the server refused it. */
export interface Hop {
  readonly journey: Journey;
  readonly proxy: Proxy | null;
  readonly options: ExchangeOptions;
  /** Of the last try; null before the first. */
  pool: ConnectionPool | null;
  /** How many requests the pool had answered at the last refusal. */
  answered: number;
  refusals: number;
  staleRetries: number;
}

/** Prepares to send the request again; throws the error if that is of no use. */
export async function sendAgain(hop: Hop, error: unknown): Promise<void> {
  const { pool } = hop;
  if (pool !== null && error instanceof RefusedRequestError) {
    hop.refusals = pool.answered === hop.answered ? hop.refusals + 1 : 0;
    hop.answered = pool.answered;
    if (hop.refusals > refusalsMax) throw error;
    if (hop.refusals > 0) await wait(2 ** hop.refusals * 2, hop.options.signal).catch(() => undefined);
  } else if (pool !== null && error instanceof StaleConnectionError && hop.staleRetries < staleRetriesMax) {
    hop.staleRetries += 1;
    pool.dropIdle();
  } else throw error;
}

export function beginJourney(request: Journey['request']): Journey {
  const { url, credentials = null } = request;
  return { request, target: requestTarget(url), credentials, secure: true, isWritten: false, isSentByStranger: false };
}

export function toAnswer(answer: RawAnswer, { request, target, secure }: Journey): TransportAnswer {
  const { status, headers, address, contentLength, body } = answer;
  const { url } = target;
  const plain: TransportAnswer = {
    status,
    headers,
    url,
    secure,
    address,
    contentLength,
    body,
    takeWhole: () => body.takeWhole(),
    cancel: () => answer.cancel(),
  };
  const encoding = headers['content-encoding'];
  if (encoding === undefined) return plain;
  let encodings: readonly Encoding[];
  try {
    encodings = encodingsToUndo(encoding, status, [request.url.pathname, url.pathname]);
  } catch (error) {
    answer.cancel();
    throw error;
  }
  if (encodings.length === 0) return plain;
  let decoded: AsyncIterable<Uint8Array> = body;
  for (const name of encodings) decoded = decodeBody(decoded, name, request.maxBytes, showUrl(url));
  return { ...plain, contentLength: null, body: decoded, takeWhole: undefined };
}

/** Reports the first written request: redirects and repeated requests are not reported again. */
export function noteWritten(journey: Journey): void {
  if (journey.isWritten) return;
  journey.isWritten = true;
  journey.request.onWritten?.();
}
