/** Sends one request to one mirror, and reports its outcome to the health of the origin. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { AttemptOutcome } from '../../base/error.js';
import { encodePath } from '../../maven/coordinate/path.js';
import { parseRetryAfter } from '../transport/contract/retry-after.js';
import { isTransportError, type Transport, type TransportAnswer, type TransportRequest } from '../transport/contract/transport.js';
import type { Validator } from '../transport/contract/validator.js';
import type { AuditWitness } from './audit-witness.js';
import type { Health } from './health.js';
import { originOf } from './order.js';
import type { Mirror } from './repository.js';

/** The parts that every request of a client needs. */
export interface Network {
  readonly transport: Transport;
  readonly health: Health;
  /** Audits that the user trusts. Default: none. */
  readonly audits?: readonly AuditWitness[] | undefined;
}

/** A mirror's failure, in the shape that the race and the error list share. */
export interface RequestFailure {
  readonly kind: 'failed';
  readonly outcome: AttemptOutcome;
  readonly status: number | null;
  readonly detail?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

export type SmallAnswer =
  /** With status 304, the bytes are the ones that were kept. */
  | { readonly kind: 'ok'; readonly bytes: Uint8Array; readonly answer: TransportAnswer }
  | { readonly kind: 'not-found'; readonly status: number; readonly answer: TransportAnswer }
  | RequestFailure;

/** A small file as this mirror served it before, with the validator that the mirror gave. */
export interface KeptAnswer {
  readonly bytes: Uint8Array;
  readonly validator: Validator;
}

/** Turns an error into a mirror's failure; rethrows errors that are not the mirror's fault. */
export function failureOf(error: unknown): RequestFailure {
  if (!isTransportError(error)) throw error;
  return { kind: 'failed', outcome: error.outcome, status: error.status, detail: error.message };
}

/** Takes 404 and 410 of a server that can know for 'not found', 200 and 206 for a body, and everything else for the mirror's failure. */
export function classifyStatus(
  answer: TransportAnswer,
  nowMs: number,
): 'body' | { readonly kind: 'not-found'; readonly status: number } | RequestFailure {
  const { status } = answer;
  if (status === 200 || status === 206) return 'body';
  if (answer.isUpstreamBlocked === true) {
    const detail = `HTTP status ${status}: it cannot ask its own upstream`;
    return { kind: 'failed', outcome: 'status', status, detail };
  }
  if (status === 404 || status === 410) return { kind: 'not-found', status };
  const retryAfterMs = parseRetryAfter(answer.headers['retry-after'], nowMs);
  return { kind: 'failed', outcome: 'status', status, detail: `HTTP status ${status}`, retryAfterMs: retryAfterMs ?? undefined };
}

/** Returns the URL of a repository path beneath a base URL. The query of a bucket's URL belongs to the bucket. */
export function fileUrl(base: URL, path: string): URL {
  const url = new URL(encodePath(path), base);
  if (base.protocol === 's3:') url.search = base.search;
  return url;
}

/** Creates the request for a repository path at a mirror. */
export function requestFor(mirror: Mirror, path: string, maxBytes: number, signal: CancelSignal, rangeFrom = 0): TransportRequest {
  return {
    url: fileUrl(mirror.url, path),
    maxBytes,
    signal,
    credentials: mirror.credentials ?? undefined,
    rangeFrom: rangeFrom > 0 ? rangeFrom : undefined,
    isCanonical: mirror.canonical,
  };
}

/** After this many first-byte times, the user learns about a mirror that is still awaited. */
const quietWaits = 3;

/**
 * Returns the rule for waiting on a slow first byte: it may start the next mirror, but does not end the last one. A
 * repository manager that fetches on demand may take until the deadline.
 * @param isLast whether no other mirror is left to ask
 */
export function waitRule({ health }: Network, origin: string, isLast: () => boolean): () => boolean {
  const startedMs = health.now();
  let times = 0;
  return () => {
    if (!isLast()) return false;
    times += 1;
    if (times === quietWaits) health.stillSilent(origin, startedMs);
    return true;
  };
}

export interface SmallRequest {
  readonly maxBytes: number;
  readonly signal: CancelSignal;
  /** Whether the caller holds a connection slot. Default: a slot is waited for. */
  readonly holdsSlot?: boolean | undefined;
  /** Whether no other mirror is left to ask: then a slow first byte is awaited. Default: never. */
  readonly isLast?: (() => boolean) | undefined;
  /** Makes the request conditional: the mirror may say that these bytes are still right. */
  readonly kept?: KeptAnswer | undefined;
  readonly onHeaders?: ((bytes: number | null) => void) | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** Gets a whole small file. */
export async function getSmall(network: Network, mirror: Mirror, path: string, options: SmallRequest): Promise<SmallAnswer> {
  const { health } = network;
  const { signal } = options;
  if (options.holdsSlot === true || health.keepsSlots) return getHoldingSlot(network, mirror, path, options);
  const origin = originOf(mirror.url);
  if (!(await health.acquire(origin, signal)))
    return { kind: 'failed', outcome: signal.aborted ? 'aborted' : 'timeout', status: null, detail: 'not sent: the mirror is silent' };
  try {
    return await getHoldingSlot(network, mirror, path, options);
  } finally {
    health.release(origin);
  }
}

async function getHoldingSlot(network: Network, mirror: Mirror, path: string, options: SmallRequest): Promise<SmallAnswer> {
  const startedMs = network.health.now();
  try {
    const answer = await network.transport.get(smallRequest(network, mirror, path, options));
    return await receiveSmall(network.health, originOf(mirror.url), answer, startedMs, options);
  } catch (error) {
    const failure = failureOf(error);
    network.health.failed(originOf(mirror.url), failure.outcome, failure);
    return failure;
  }
}

function smallRequest(network: Network, mirror: Mirror, path: string, { isLast, maxBytes, signal, kept }: SmallRequest): TransportRequest {
  const waitsOn = isLast && waitRule(network, originOf(mirror.url), isLast);
  return { ...requestFor(mirror, path, maxBytes, signal), waitsOn, unlessMatches: kept?.validator };
}

/** Waits only for a body that has not arrived as a whole. */
function receiveSmall(
  health: Health,
  origin: string,
  answer: TransportAnswer,
  startedMs: number,
  { kept, onHeaders, onBytes }: SmallRequest,
): SmallAnswer | Promise<SmallAnswer> {
  const firstByteMs = health.now() - startedMs;
  if (kept !== undefined && answer.status === 304) {
    answer.cancel();
    health.completed(origin, firstByteMs, 0, 0);
    return { kind: 'ok', bytes: kept.bytes, answer };
  }
  const verdict = classifyStatus(answer, health.now());
  if (verdict !== 'body' || answer.status === 206) {
    answer.cancel();
    const failure = verdict === 'body' ? ({ kind: 'failed', outcome: 'status', status: 206 } as const) : verdict;
    if (failure.kind === 'not-found') {
      health.completed(origin, firstByteMs, 0, 0);
      return { ...failure, answer };
    }
    health.failed(origin, failure.outcome, failure);
    return failure;
  }
  onHeaders?.(answer.contentLength);
  const complete = (bytes: Uint8Array): SmallAnswer => {
    health.completed(origin, firstByteMs, bytes.length, health.now() - startedMs - firstByteMs);
    return { kind: 'ok', bytes, answer };
  };
  const whole = answer.takeWhole?.() ?? null;
  if (whole === null) return readAll(answer, onBytes).then(complete);
  onBytes?.(whole.length);
  return complete(whole);
}

async function readAll({ body }: TransportAnswer, onBytes: ((bytes: number) => void) | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    chunks.push(chunk);
    onBytes?.(chunk.length);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
}
