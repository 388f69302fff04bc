/** Describes uploads: their bytes, their digests and their conditions. */
import { createHash } from 'node:crypto';

import type { CancelSignal } from '../../base/async/cancellation.js';
import type { RequestBody } from '../transport/contract/transport.js';
import { type Asking, BucketError } from './ask.js';
import type { S3Error } from './s3-error.js';

/** Bytes to upload, which can be read more than once and in parts. */
export interface UploadSource {
  readonly bytes: number;
  /** Digests of all the bytes in hex, if they are known. */
  readonly digests?: { readonly md5: string; readonly sha256: string } | undefined;
  /** Reads from one offset up to another. */
  read(from: number, to: number): AsyncIterable<Uint8Array>;
}

export interface PutOptions {
  readonly contentType: string;
  /** Kept with the object, by names of small letters and hyphens. Default: nothing. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
  readonly signal: CancelSignal;
  /** Stores only if there is no such object, or if it still has this ETag. */
  readonly condition?: 'absent' | { readonly etag: string } | undefined;
}

export type PutResult =
  | { readonly kind: 'stored'; readonly etag: string }
  /** The condition did not hold: another object is there. */
  | { readonly kind: 'refused' }
  /** The server does not know conditions. One that ignores them answers `stored`: see `findConditionSupport`. */
  | { readonly kind: 'unsupported' };

/** Statuses that tell of a condition: not met, not implemented. */
export const conditionStatuses = [412, 501] as const;

export interface Digested {
  /** In hex. */
  readonly md5: string;
  readonly body: RequestBody & { readonly sha256: string };
  /** The headers that announce the digests. The signature announces the SHA-256. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Returns a part of a source with its digests, for which it is read unless they are known. */
export async function digested(source: UploadSource, from: number, to: number): Promise<Digested> {
  const known = from === 0 && to === source.bytes ? source.digests : undefined;
  const { md5, sha256 } = known ?? (await digestsOf(source.read(from, to)));
  return {
    md5,
    body: { bytes: to - from, open: () => source.read(from, to), sha256 },
    headers: { 'content-md5': Buffer.from(md5, 'hex').toString('base64') },
  };
}

async function digestsOf(body: AsyncIterable<Uint8Array>): Promise<{ readonly md5: string; readonly sha256: string }> {
  const [md5, sha256] = [createHash('md5'), createHash('sha256')];
  for await (const chunk of body) {
    md5.update(chunk);
    sha256.update(chunk);
  }
  return { md5: md5.digest('hex'), sha256: sha256.digest('hex') };
}

/** Returns the headers that describe the object. */
export function objectHeaders({ contentType, metadata = {} }: PutOptions): Readonly<Record<string, string>> {
  const own = Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value] as const);
  return { 'content-type': contentType, ...Object.fromEntries(own) };
}

/** Returns the headers of a condition. */
export function conditionHeaders({ condition }: PutOptions): Readonly<Record<string, string>> {
  if (condition === undefined) return {};
  return condition === 'absent' ? { 'if-none-match': '*' } : { 'if-match': `"${condition.etag}"` };
}

/** Returns what an accepted error says of the condition; throws it if there was none. */
export function conditionResult({ bucket }: Asking, key: string, error: S3Error, { condition }: PutOptions): PutResult {
  if (condition === undefined) throw new BucketError(bucket.show(key), error, 0);
  return { kind: error.status === 412 ? 'refused' : 'unsupported' };
}

/** Makes a source of bytes in memory. */
export function sourceOf(bytes: Uint8Array): UploadSource {
  return {
    bytes: bytes.length,
    async *read(from, to) {
      if (to > from) yield bytes.subarray(from, to);
    },
  };
}

/** Returns an ETag without its quotes. */
export function unquoted(etag: string | undefined): string {
  return (etag ?? '').replace(/^"|"$/g, '');
}
