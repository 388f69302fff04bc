/** The rows of the fault matrix: what a mirror does, and what must come of it. */
import type { AttemptOutcome, ErrorCode } from '../../src/base/error.js';
import type { Behaviour, PortFault } from '../support/fault-server.js';

/** How the mirrors of a row are reached. */
export type Reach =
  /** plain http on loopback */
  | 'http'
  /** https with names that the test's resolver knows */
  | 'https';

export interface FaultRow {
  readonly name: string;
  readonly reach?: Reach;
  /** The mirror's treatment of the jar and its checksum, or its behaviour below HTTP. Default: sound. A function decides once for all mirrors. */
  readonly fault?: Behaviour | PortFault | (() => Behaviour);
  /** The only repository paths that are faulty. Default: all. */
  readonly match?: RegExp;
  /** https only: use the wrong certificate. */
  readonly certificate?: 'expired' | 'wrongName' | 'unknownAuthority';
  /** https only: how the resolver treats the mirror's name. */
  readonly resolver?: 'unknown-name' | 'silent';
  /** Whether the cache folder already holds the name's address. */
  readonly remembered?: boolean;
  /** Outcome of the attempt. `ok`: the row is not a fault, and the first mirror serves the file. */
  readonly outcome: AttemptOutcome;
  readonly status?: number;
  /** Reason of the error when every mirror does it. Default `ERR_UNREACHABLE`. */
  readonly code?: ErrorCode;
  /** Outcomes that the kernel may produce instead on a busy machine. */
  readonly orOutcome?: AttemptOutcome;
  /** Outcomes when all mirrors fail. Default: the outcome. */
  readonly reason?: string;
  /** The fault may pass: every mirror is asked three times before the error. */
  readonly retried?: true;
  /** The body came whole but lacks a usable checksum: the other mirrors are asked for theirs. */
  readonly asksOthers?: true;
  /** Only waiting reveals the fault, so the next mirror is asked before this attempt ends. */
  readonly slow?: true;
  /** Whether only the deadline of the operation ends the attempts if every mirror does it. */
  readonly untilDeadline?: true;
  /** Requests for the jar that reach a faulty mirror for each attempt. Default 1; 0 if the fault is below HTTP. */
  readonly requestsPerAttempt?: 0 | 1;
  /** Largest number of requests for checksum files that a faulty mirror gets for each attempt. Default 1; 4 if each algorithm is tried. */
  readonly checksumRequestsMax?: number;
}

const status = (code: number): FaultRow => ({
  name: `status ${code}`,
  fault: { status: code },
  outcome: 'status',
  status: code,
  retried: true,
});

export const faultRows: readonly FaultRow[] = [
  { name: 'connection refused', fault: 'refuse', outcome: 'refused', retried: true, requestsPerAttempt: 0 },
  { name: 'black hole', fault: 'black-hole', outcome: 'timeout', slow: true, requestsPerAttempt: 0 },
  { name: 'accepts and hangs', fault: 'hang', outcome: 'timeout', slow: true, untilDeadline: true },
  { name: 'hangs after the headers', fault: 'hang-after-headers', outcome: 'stalled', status: 200, retried: true, slow: true },
  { name: 'hangs half-way', fault: 'hang-half-way', outcome: 'stalled', retried: true, slow: true },
  { name: 'one byte a second', fault: 'trickle', outcome: 'stalled', status: 200, retried: true, slow: true },
  { name: 'reset', fault: 'reset', outcome: 'reset', retried: true },
  { name: 'reset half-way', fault: 'reset-half-way', outcome: 'reset', orOutcome: 'truncated', retried: true },
  { name: 'truncated with Content-Length', fault: 'truncate', outcome: 'truncated', retried: true },
  { name: 'truncated, chunked', fault: 'truncate-chunked', outcome: 'truncated', retried: true },
  {
    name: 'truncated with neither',
    fault: 'truncate-until-close',
    match: /\.jar$/,
    outcome: 'checksum-mismatch',
    status: 200,
    code: 'ERR_CHECKSUM',
    reason: 'mismatch',
  },
  {
    name: 'Content-Length one too small, body too',
    fault: 'wrong-length',
    match: /\.jar$/,
    outcome: 'checksum-mismatch',
    status: 200,
    code: 'ERR_CHECKSUM',
    reason: 'mismatch',
  },
  {
    name: 'body longer than Content-Length',
    fault: 'surplus',
    match: /\.jar$/,
    outcome: 'checksum-mismatch',
    status: 200,
    code: 'ERR_CHECKSUM',
    reason: 'mismatch',
  },
  ...[500, 502, 503, 504].map(status),
  { name: '429 without Retry-After', fault: { status: 429 }, outcome: 'status', status: 429 },
  { name: '429 with Retry-After in seconds', fault: { status: 429, retryAfter: 1 }, outcome: 'status', status: 429, retried: true },
  {
    name: '429 with Retry-After as a date',
    // The same date from all: mirrors that may be asked a second later than others are asked in another round.
    fault: () => ({ status: 429, retryAfter: new Date(Date.now() + 2_000) }),
    outcome: 'status',
    status: 429,
    retried: true,
  },
  { name: '429 with a long Retry-After', fault: { status: 429, retryAfter: 60 }, outcome: 'status', status: 429 },
  { name: 'status 403', fault: { status: 403 }, outcome: 'status', status: 403 },
  {
    name: 'status 404',
    fault: { status: 404 },
    outcome: 'not-found',
    status: 404,
    code: 'ERR_NOT_FOUND',
    reason: 'absent',
    checksumRequestsMax: 4,
  },
  { name: 'captive portal', fault: 'html', outcome: 'not-maven', status: 200, checksumRequestsMax: 4 },
  { name: 'corrupted body', fault: 'corrupt', outcome: 'checksum-mismatch', status: 200, code: 'ERR_CHECKSUM', reason: 'mismatch' },
  {
    name: 'corrupted checksum file',
    fault: 'corrupt-checksum',
    outcome: 'checksum-mismatch',
    status: 200,
    code: 'ERR_CHECKSUM',
    reason: 'mismatch',
  },
  {
    name: 'HTML instead of the checksum file',
    fault: 'html',
    match: /\.(sha\d+|md5)$/,
    outcome: 'checksum-missing',
    status: 200,
    code: 'ERR_CHECKSUM',
    reason: 'malformed',
    asksOthers: true,
    checksumRequestsMax: 4,
  },
  {
    name: 'checksum file that hangs',
    fault: 'hang',
    match: /\.(sha\d+|md5)$/,
    outcome: 'timeout',
    slow: true,
    untilDeadline: true,
    asksOthers: true,
  },
  {
    name: 'checksum file with status 503',
    fault: { status: 503 },
    match: /\.(sha\d+|md5)$/,
    outcome: 'status',
    status: 503,
    retried: true,
    asksOthers: true,
  },
  { name: 'checksum file with a file name in it', fault: 'checksum-with-name', outcome: 'ok' },
  { name: 'checksum file in upper case', fault: 'checksum-upper-case', outcome: 'ok' },
  { name: 'redirect loop', fault: 'redirect-loop', outcome: 'redirect', status: 302 },
  { name: 'redirect to plain http', fault: 'redirect-http', outcome: 'redirect' },
  { name: 'redirect away from https', reach: 'https', fault: { redirect: 'http://127.0.0.1:9/repo/' }, outcome: 'redirect', status: 302 },
  { name: 'gzip unasked', fault: 'gzip', outcome: 'ok' },
  { name: 'endless body', fault: 'endless', outcome: 'too-large', code: 'ERR_LIMIT' },
  { name: 'sound over https', reach: 'https', outcome: 'ok' },
  { name: 'expired certificate', reach: 'https', certificate: 'expired', outcome: 'tls', requestsPerAttempt: 0 },
  { name: 'certificate for another name', reach: 'https', certificate: 'wrongName', outcome: 'tls', requestsPerAttempt: 0 },
  { name: 'certificate of an unknown authority', reach: 'https', certificate: 'unknownAuthority', outcome: 'tls', requestsPerAttempt: 0 },
  { name: 'name that does not resolve', reach: 'https', resolver: 'unknown-name', outcome: 'dns', retried: true, requestsPerAttempt: 0 },
  { name: 'name that does not resolve, address remembered', reach: 'https', resolver: 'unknown-name', remembered: true, outcome: 'ok' },
  { name: 'silent resolver', reach: 'https', resolver: 'silent', outcome: 'dns', slow: true, retried: true, requestsPerAttempt: 0 },
  { name: 'silent resolver, address remembered', reach: 'https', resolver: 'silent', remembered: true, outcome: 'ok' },
];
