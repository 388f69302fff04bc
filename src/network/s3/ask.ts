/** Sends requests to a bucket until they succeed or cannot: waits as the server asks, or longer each time. */
import { wait } from '../../base/async/wait.js';
import { parseRetryAfter } from '../transport/contract/retry-after.js';
import { isTransportError, type TransportAnswer, TransportError } from '../transport/contract/transport.js';
import type { BucketAnswer, BucketRequest, S3Bucket } from './bucket.js';
import { readDocument, type S3Error, s3Error } from './s3-error.js';

const standardAttempts = 6;
const firstPauseMs = 250;
const longestPauseMs = 20_000;
/** First bytes that are waited for longer than a mirror's: no other server has the answer, and the end of an upload takes its time. */
const waitsMax = 12;

const retriedStatuses = new Set([429, 500, 502, 503, 504]);
const retriedCodes = new Set([
  'SlowDown',
  'RequestTimeout',
  'InternalError',
  'ServiceUnavailable',
  'OperationAborted',
  'ConditionalRequestConflict',
]);
const retriedOutcomes = new Set(['refused', 'reset', 'dns', 'timeout', 'stalled', 'truncated']);

/** How long to wait before the n-th repetition, from 0; tests wait less. Default: twice as long each time, and up to half as long again. */
export type Pause = (repetition: number) => number;

export interface Asking {
  readonly bucket: S3Bucket;
  readonly pause?: Pause | undefined;
  /** How often a request is sent before its failure counts. Default: 6. */
  readonly attempts?: number | undefined;
}

const standardPause: Pause = (repetition) => Math.min(longestPauseMs, firstPauseMs * 2 ** repetition) * (1 + Math.random() / 2);

/**
 * Repeats `work` while it fails for a reason that may pass.
 * @throws {TransportError} the last failure.
 */
export async function persist<T>(
  { pause = standardPause, attempts = standardAttempts }: Asking,
  signal: BucketRequest['signal'],
  work: () => Promise<T>,
): Promise<T> {
  for (let repetition = 0; ; repetition++) {
    try {
      return await work();
    } catch (error) {
      if (!isTransportError(error) || !mayPass(error) || repetition >= attempts - 1) throw error;
      await wait(Math.max(error instanceof BucketError ? error.retryAfterMs : 0, pause(repetition)), signal);
    }
  }
}

/** An error that a bucket answered with. */
export class BucketError extends TransportError {
  readonly code: string | null;
  readonly retryAfterMs: number;

  constructor(where: string, { status, code, message }: S3Error, retryAfterMs: number) {
    super('status', `${where}: ${message}`, { status });
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * Sends a request, persistently. Its body must be read, or cancelled.
 * @param accepted statuses that are answers besides success, such as 404 and 412
 * @throws {TransportError} if the bucket cannot or will not answer.
 */
export function ask(asking: Asking, request: BucketRequest, accepted: readonly number[] = []): Promise<BucketAnswer> {
  return persist(asking, request.signal, () => askOnce(asking, request, accepted));
}

/** Sends a request once. */
export async function askOnce({ bucket }: Asking, request: BucketRequest, accepted: readonly number[] = []): Promise<BucketAnswer> {
  let waits = 0;
  const waitsOn = (): boolean => (waits += 1) < waitsMax;
  const answered = await bucket.request({ waitsOn, ...request });
  const { answer, error } = answered;
  if (error === null || accepted.includes(error.status)) return answered;
  throw bucketError(bucket, request.key, error, answer);
}

/** Sends a request that is answered by a document, persistently. The document of an error may come with status 200. */
export function askForDocument(asking: Asking, request: BucketRequest, accepted: readonly number[] = []) {
  return persist(asking, request.signal, async () => {
    const { answer, error } = await askOnce(asking, request, accepted);
    if (error !== null) return { document: null, error };
    const document = await readDocument(answer);
    if (document?.local === 'Error') throw bucketError(asking.bucket, request.key, s3Error(answer, document), answer);
    return { document, error: null };
  });
}

function bucketError(bucket: S3Bucket, key: string, error: S3Error, { headers }: TransportAnswer): BucketError {
  return new BucketError(bucket.show(key), error, parseRetryAfter(headers['retry-after'], Date.now()) ?? 0);
}

/** Whether the same request may succeed a little later. */
export function mayPass(error: TransportError): boolean {
  if (error instanceof BucketError) return retriedStatuses.has(error.status ?? 0) || (error.code !== null && retriedCodes.has(error.code));
  return retriedOutcomes.has(error.outcome);
}
