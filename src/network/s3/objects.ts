/** Reads and deletes the objects of a bucket. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { TransportAnswer } from '../transport/contract/transport.js';
import { ask, askForDocument, type Asking, BucketError } from './ask.js';
import { encodeKey } from './location.js';
import type { S3Error } from './s3-error.js';
import { unquoted } from './upload.js';

export interface ObjectInfo {
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  /** Headers of the answer, with what is kept with the object. */
  readonly headers: TransportAnswer['headers'];
}

/** Opens an object; null if there is none. Its body must be read, or cancelled. */
export async function getObject(
  asking: Asking,
  key: string,
  options: { readonly maxBytes: number; readonly signal: CancelSignal; readonly rangeFrom?: number | undefined },
): Promise<TransportAnswer | null> {
  const { answer, error } = await ask(asking, { method: 'GET', key, ...options }, [404]);
  return error === null ? answer : absent(asking, key, error);
}

/** Looks at an object; null if there is none. */
export async function headObject(asking: Asking, key: string, signal: CancelSignal): Promise<ObjectInfo | null> {
  const { answer, error } = await ask(asking, { method: 'HEAD', key, maxBytes: 0, signal }, [404]);
  if (error !== null) return absent(asking, key, error, true);
  answer.cancel();
  const { headers } = answer;
  return { size: Number(headers['content-length'] ?? NaN), etag: unquoted(headers['etag']), headers };
}

/** Copies an object within the bucket. False if it is missing. The server does not copy more than 5 GB at once. */
export async function copyObject(asking: Asking, from: string, to: string, signal: CancelSignal): Promise<boolean> {
  const headers = { 'x-amz-copy-source': `/${asking.bucket.location.bucket}/${encodeKey(from)}` };
  const { error } = await askForDocument(asking, { method: 'PUT', key: to, headers, maxBytes: 64 * 1024, signal }, [404]);
  if (error !== null) absent(asking, from, error);
  return error === null;
}

/** Deletes an object, if it is there. */
export async function deleteObject(asking: Asking, key: string, signal: CancelSignal): Promise<void> {
  const { answer, error } = await ask(asking, { method: 'DELETE', key, maxBytes: 64 * 1024, signal }, [404]);
  if (error !== null) absent(asking, key, error);
  else answer.cancel();
}

/** Takes a missing key for no object. Anything else that is missing is an error, such as the bucket; answers to HEAD cannot tell. */
function absent({ bucket }: Asking, key: string, error: S3Error, isHead = false): null {
  if (error.code === 'NoSuchKey' || (isHead && error.code === null)) return null;
  throw new BucketError(bucket.show(key), error, 0);
}
