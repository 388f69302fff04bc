/** Problems: what a client gets instead of a file. Absent, out of reach and refused are three answers; a tool may keep the first for a day. */
import { type Attempt, type ErrorCode, isClojarsFetchError } from '../../../base/error.js';
import type { CacheStatus } from './file-answer.js';

/** An answer that is not a file. `code` and `reason` are those of docs/errors.md; `ERR_REQUEST` is for requests that no error of the library fits. */
export interface Problem {
  /** The HTTP status. */
  readonly status: number;
  readonly code: string;
  readonly reason: string;
  /** A sentence for people. Shown escaped. */
  readonly detail: string;
  readonly hint?: string | undefined;
  /** The requests that were made upstream; empty or absent if none was. */
  readonly attempts?: readonly Attempt[] | undefined;
  readonly retryAfterSeconds?: number | undefined;
  /** Of an absence that a mirror reported; undefined for what the proxy itself says. */
  readonly cacheStatus?: CacheStatus | undefined;
  /** How long ago it did, if it was not asked again. */
  readonly ageSeconds?: number | undefined;
  /** For a repository that there is not. */
  readonly repositories?: KnownRepositories | undefined;
}

/** The names that a path may begin with, and the one that was probably meant. */
export interface KnownRepositories {
  readonly names: readonly string[];
  readonly nearest: string | undefined;
}

/** The status of each code, unless its reason decides. An error never becomes a 404: Maven remembers one for a day, and asks no mirror again. */
const statuses: Readonly<Record<ErrorCode, number>> = {
  ERR_COORDINATE: 400,
  ERR_CONFIG: 500,
  ERR_NOT_FOUND: 404,
  ERR_UNREACHABLE: 503,
  ERR_CHECKSUM: 502,
  ERR_SIGNATURE: 502,
  ERR_QUORUM: 502,
  ERR_LOCKFILE: 502,
  ERR_POM: 502,
  ERR_RANGE: 404,
  ERR_LIMIT: 502,
  ERR_LOCAL_REPOSITORY: 500,
  ERR_OFFLINE: 503,
  ERR_ABORTED: 503,
};

/** How long to wait before another request. No build tool obeys it; scripts may. */
const retryAfterSeconds = 30;

/** Describes an error to the client. An error that is not of this package says no more than that: its text may be anything. */
export function problemOf(error: unknown): Problem {
  if (!isClojarsFetchError(error)) {
    return { status: 500, code: 'ERR_INTERNAL', reason: 'unexpected', detail: 'the proxy failed: its log has the error' };
  }
  const { code, reason, message, hint, attempts } = error;
  if (isLoop(error)) return { status: 508, code, reason: 'loop', detail: message, hint: loopHint, attempts };
  const status = statusOf(code, reason);
  return {
    status,
    code,
    reason,
    detail: message,
    hint,
    attempts: attempts.length === 0 ? undefined : attempts,
    retryAfterSeconds: status === 503 ? retryAfterSeconds : undefined,
  };
}

export const loopHint = 'Remove the address of the proxy from the mirrors: `clojars-fetch doctor` lists them.';

/** Whether a mirror leads back to this proxy, directly or through another one: to try again would not help. */
export function isLoop(error: unknown): boolean {
  return isClojarsFetchError(error) && error.code === 'ERR_UNREACHABLE' && error.attempts.some(({ status }) => status === 508);
}

function statusOf(code: ErrorCode, reason: string): number {
  if (code === 'ERR_LOCAL_REPOSITORY' && reason === 'full') return 507;
  // The repositories cannot be served as one: the request asks for what the configuration does not allow.
  if (code === 'ERR_CONFIG' && reason === 'not-bound') return 409;
  // The signature cannot be fetched now: another time it may prove the file.
  if (code === 'ERR_SIGNATURE' && reason === 'unreachable') return 503;
  return statuses[code];
}
