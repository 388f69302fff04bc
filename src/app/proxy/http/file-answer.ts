/** Chooses status, headers and bytes for a request for a verified file. Pure: the sender writes what is decided here. */
import { Buffer } from 'node:buffer';

import { hostOfUrl } from './mirror-host.js';
import { checkPreconditions, isRangeAllowed, type RequestHeaders, type Validators } from './precondition.js';
import { type ByteRange, parseRange } from './range.js';
import { remember } from './remember.js';

/**
 * Where the bytes come from: the cache, or a mirror (its base URL, of which the host is shown). `confirmed`: from the cache, after the mirror
 * was asked and said that they are still right. `stale`: older than they should be, for want of an answer.
 */
export type CacheStatus = { readonly kind: 'hit' } | { readonly kind: 'miss' | 'stale' | 'confirmed'; readonly mirror: string | null };

/** A file that may be sent: verified, and its digests known. */
export interface Representation {
  /** Bytes. */
  readonly size: number;
  /** Epoch milliseconds. */
  readonly lastModifiedMs: number | null;
  readonly contentType: string;
  /** Lower-case hex, of exactly the bytes that are sent. */
  readonly digests: { readonly sha256: string; readonly sha1?: string | undefined; readonly md5?: string | undefined };
  /** `immutable`: releases. `revalidate`: snapshots, metadata and documents. */
  readonly lifetime: 'immutable' | 'revalidate';
  readonly cacheStatus: CacheStatus;
  /** Seconds since a mirror last vouched for it; null if that does not matter, as for a release. */
  readonly ageSeconds: number | null;
}

/** The part of a request that an answer depends on. */
export interface FileQuestion {
  readonly method: 'GET' | 'HEAD';
  readonly headers: RequestHeaders;
}

export interface FileAnswer {
  readonly status: 200 | 206 | 304 | 412 | 416;
  /** Names and values in turn, as `writeHead` takes them. */
  readonly headers: string[];
  /** The bytes to send, null for none. */
  readonly body: ByteRange | null;
}

/** Answers a GET or HEAD of a file: conditions in the order of RFC 9110 section 13.2.2, then the range. */
export function answerFile({ method, headers }: FileQuestion, file: Representation): FileAnswer {
  const { size } = file;
  const shared = sharedHeaders(file);
  if (hasConditions(headers)) {
    const validators = validatorsOf(file);
    const verdict = checkPreconditions(headers, validators);
    if (verdict === 'not-modified') return { status: 304, headers: shared, body: null };
    if (verdict === 'failed') return { status: 412, headers: withLength(notStored(shared), 0), body: null };
    if (!isRangeAllowed(headers, validators)) return whole(method, file, shared);
  }
  // Only GET has ranges: section 14.2.
  const range = headers['range'];
  if (range === undefined || method === 'HEAD') return whole(method, file, shared);
  const verdict = parseRange(typeof range === 'string' ? range : range.join(','), size);
  if (verdict.kind === 'whole') return whole(method, file, shared);
  if (verdict.kind === 'unsatisfiable') {
    return { status: 416, headers: withLength([...notStored(shared), 'Content-Range', `bytes */${size}`], 0), body: null };
  }
  const { from, to } = verdict.range;
  const partial = [...shared, 'Content-Range', `bytes ${from}-${to - 1}/${size}`];
  return { status: 206, headers: withLength(describe(partial, file), to - from), body: verdict.range };
}

/** Returns the strong entity tag of a file: by its SHA-256, so that every proxy gives it the same one. */
export function etagOf(sha256: string): string {
  return `"sha256:${sha256}"`;
}

function validatorsOf({ digests, lastModifiedMs, lifetime }: Representation): Validators {
  return { etag: etagOf(digests.sha256), lastModifiedMs, immutable: lifetime === 'immutable' };
}

function hasConditions(headers: RequestHeaders): boolean {
  return (
    headers['if-none-match'] !== undefined ||
    headers['if-modified-since'] !== undefined ||
    headers['if-match'] !== undefined ||
    headers['if-unmodified-since'] !== undefined ||
    headers['if-range'] !== undefined
  );
}

function whole(method: 'GET' | 'HEAD', file: Representation, shared: string[]): FileAnswer {
  return {
    status: 200,
    headers: withLength(describe(shared, file), file.size),
    body: method === 'HEAD' ? null : { from: 0, to: file.size },
  };
}

/** The headers of every answer, a 304 included (section 15.4.5). */
function sharedHeaders({ digests, lastModifiedMs, lifetime, cacheStatus, ageSeconds }: Representation): string[] {
  const headers = [
    'ETag',
    etagOf(digests.sha256),
    'Cache-Control',
    lifetime === 'immutable' ? 'public, max-age=31536000, immutable' : 'no-cache',
    'Cache-Status',
    formatCacheStatus(cacheStatus),
    'Accept-Ranges',
    'bytes',
    'X-Content-Type-Options',
    'nosniff',
  ];
  if (lastModifiedMs !== null) headers.push('Last-Modified', httpDate(lastModifiedMs));
  if (ageSeconds !== null) headers.push('Age', String(Math.min(maxAge, Math.max(0, Math.floor(ageSeconds) || 0))));
  return headers;
}

/** The answer to a bad condition or range is not one to the next request for the file: a cache that may store it by its age would give it. */
function notStored(headers: readonly string[]): string[] {
  const at = headers.indexOf('Cache-Control');
  return headers.with(at + 1, 'no-store');
}

/** RFC 9111 section 1.2.2: recipients need not understand more. A clock that jumps must not make nonsense of it. */
const maxAge = 2_147_483_648;

/** Adds the headers about the content. Digests are those of the whole file, even if only a part of it follows (RFC 9530 section 3). */
function describe(headers: string[], { contentType, digests: { sha256, sha1, md5 } }: Representation): string[] {
  headers.push('Content-Type', contentType, 'Repr-Digest', reprDigest(sha256), 'X-Checksum-Sha256', sha256);
  // Maven 3.9 and later then leave out the request for the checksum file.
  if (sha1 !== undefined) headers.push('X-Checksum-Sha1', sha1);
  if (md5 !== undefined) headers.push('X-Checksum-Md5', md5);
  return headers;
}

function withLength(headers: string[], length: number): string[] {
  headers.push('Content-Length', String(length));
  return headers;
}

const reprDigest = remember(1_000, (sha256: string) => `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);

/** Formats the Cache-Status header (RFC 9211). The detail is the host of the mirror. */
export function formatCacheStatus(status: CacheStatus): string {
  if (status.kind === 'hit') return 'clojars-fetch; hit';
  const host = hostOfUrl(status.mirror);
  // A hit is an answer for which nothing was asked: section 2.1.
  const forwarded = status.kind === 'confirmed' ? 'stale; fwd-status=304' : status.kind;
  return `clojars-fetch; fwd=${forwarded}${host === undefined ? '' : `; detail="${host.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '')}"`}`;
}

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Formats epoch milliseconds as an HTTP date. A time that no four-digit year can express becomes the nearest that can. */
export const httpDate = remember(1_000, (ms: number) =>
  new Date(Math.min(latest, Math.max(earliest, Number.isNaN(ms) ? 0 : ms))).toUTCString(),
);
