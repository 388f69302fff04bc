/** Decides whether a large file may be sent while it arrives, and with which headers: its digests are not known yet. */
import { type CacheStatus, formatCacheStatus, httpDate } from './file-answer.js';
import type { RequestHeaders } from './precondition.js';

/** Up to this size a file goes out after its verdict: 8 MiB. */
export const verdictFirstBytes = 8 * 1024 * 1024;

/** A request for a file that is arriving. */
export interface ArrivingRequest {
  readonly method: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly headers: RequestHeaders;
}

/** A file that is arriving, as far as its transfer has announced it. */
export interface ArrivingFile {
  /** Bytes; null if the server did not say. */
  readonly total: number | null;
  readonly contentType: string;
  readonly lastModifiedMs: number | null;
  readonly cacheStatus: CacheStatus;
}

/** `head`: answer from the announced headers. `stream`: send the bytes as they arrive. `wait`: send nothing before the verdict. */
export type EarlyBytes = 'head' | 'stream' | 'wait';

/** Headers whose answer depends on the digest, or on bytes that may not be verified yet. */
const needVerdict = ['range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'];

/**
 * Decides what a request gets before the verdict. An HTTP/1.0 client could take a connection that is cut for the end of the file, and so
 * waits, as do ranges and conditions.
 *
 * @param isAllowed false with `--no-early-bytes`
 */
export function earlyBytes(request: ArrivingRequest, file: Pick<ArrivingFile, 'total'>, isAllowed: boolean): EarlyBytes {
  const { method, httpVersionMajor, httpVersionMinor, headers } = request;
  const isOld = httpVersionMajor < 1 || (httpVersionMajor === 1 && httpVersionMinor === 0);
  if (!isAllowed || isOld || file.total === null || file.total <= verdictFirstBytes) return 'wait';
  if (needVerdict.some((name) => headers[name] !== undefined)) return 'wait';
  return method === 'HEAD' ? 'head' : 'stream';
}

/** Returns the headers of a file that is sent before its verdict, as the flat list that `writeHead` takes. */
export function earlyHeaders(file: ArrivingFile): string[] {
  const headers = [
    'Content-Type',
    file.contentType,
    'Content-Length',
    String(file.total),
    // A cache must not keep what may yet be refused.
    'Cache-Control',
    'no-store',
    'Cache-Status',
    formatCacheStatus(file.cacheStatus),
    'Accept-Ranges',
    'bytes',
    'X-Content-Type-Options',
    'nosniff',
  ];
  if (file.lastModifiedMs !== null) headers.push('Last-Modified', httpDate(file.lastModifiedMs));
  return headers;
}
