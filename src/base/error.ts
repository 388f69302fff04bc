/**
 * The one error class, its codes and reasons. Imports nothing: every room may use it.
 *
 * Absent, unreachable and forged are three different answers; each has its own code.
 */

/** The broad category of an error. A firm contract: programs branch on it. */
export type ErrorCode =
  | 'ERR_COORDINATE'
  | 'ERR_CONFIG'
  | 'ERR_NOT_FOUND'
  | 'ERR_UNREACHABLE'
  | 'ERR_CHECKSUM'
  | 'ERR_SIGNATURE'
  | 'ERR_QUORUM'
  | 'ERR_LOCKFILE'
  | 'ERR_POM'
  | 'ERR_RANGE'
  | 'ERR_LIMIT'
  | 'ERR_LOCAL_REPOSITORY'
  | 'ERR_OFFLINE'
  | 'ERR_ABORTED';

/** How one request to one mirror ended. */
export type AttemptOutcome =
  | 'ok'
  | 'not-found'
  | 'refused'
  | 'reset'
  | 'dns'
  | 'tls'
  | 'timeout'
  | 'stalled'
  | 'status'
  | 'truncated'
  | 'not-maven'
  | 'redirect'
  | 'too-large'
  | 'checksum-mismatch'
  | 'checksum-missing'
  | 'signature-refused'
  | 'untrusted'
  | 'io'
  | 'aborted';

/** One request to one mirror, as errors and `--json` list it. URLs carry no credentials. */
export interface Attempt {
  /** Base URL of the mirror that was asked. */
  readonly mirror: string;
  readonly outcome: AttemptOutcome;
  /** HTTP status, or null if no answer came. */
  readonly status: number | null;
  /** Duration in milliseconds. */
  readonly ms: number;
  /** Path beneath the mirror, if it is not the file that the error is about (but its checksum file, for example). */
  readonly path?: string | undefined;
  /** A further detail for display, such as 'expected sha1 …, got …'. */
  readonly detail?: string | undefined;
}

/** The details of an error besides its code. */
export interface ErrorDetails {
  /** The precise cause, more specific than the code: see docs/errors.md. */
  readonly reason: string;
  readonly message: string;
  /** The message without the path that it begins with; absent if it begins otherwise. Not part of `--json`. */
  readonly finding?: string | undefined;
  /** A suggestion for the user. */
  readonly hint?: string | undefined;
  /** `group:artifact:extension[:classifier]:version`, or the input as given. */
  readonly coordinate?: string | undefined;
  readonly attempts?: readonly Attempt[] | undefined;
  readonly cause?: unknown;
  /** File that could not be read or written. */
  readonly path?: string | undefined;
  /** The setting or option that an `ERR_CONFIG` is about, such as `trust.weakUntil`. Not part of `--json`. */
  readonly setting?: string | undefined;
  /** The artifact whose versions do not satisfy the request: of an `ERR_RANGE`, `no-match`. Not part of `--json`. */
  readonly unsatisfied?: { readonly group: string; readonly artifact: string } | undefined;
}

/**
 * `Symbol.for`, so that an error from the CommonJS copy of the package is recognized by the ES module copy:
 * `instanceof` fails between the two.
 */
const brand = Symbol.for('clojars-fetch.error');

/** The only error this package throws on purpose. */
export class ClojarsFetchError extends Error {
  override readonly name = 'ClojarsFetchError';
  /** The broad category of the error. */
  readonly code: ErrorCode;
  /** The precise cause: a stable identifier, listed in docs/errors.md by code. */
  readonly reason: string;
  /** A suggestion for the user, if there is one. */
  readonly hint: string | undefined;
  /** The subject, `group:artifact[:extension[:classifier]]:version`, or the input as given. */
  readonly coordinate: string | undefined;
  /** Every request that was made for it, in order; empty if none was. */
  readonly attempts: readonly Attempt[];
  /** Absolute path of the file or folder concerned. */
  readonly path: string | undefined;
  /** The setting or option that an `ERR_CONFIG` is about, such as `trust.weakUntil`. */
  readonly setting: string | undefined;
  /** The artifact whose versions do not satisfy the request: of an `ERR_RANGE`, `no-match`. It may be a parent of the subject. */
  readonly unsatisfied: { readonly group: string; readonly artifact: string } | undefined;
  /** The message without the path that it begins with, if it begins with one. */
  readonly finding: string | undefined;
  readonly [brand] = true;

  constructor(code: ErrorCode, details: ErrorDetails) {
    super(details.message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.reason = details.reason;
    this.hint = details.hint;
    this.coordinate = details.coordinate;
    this.attempts = details.attempts ?? [];
    this.path = details.path;
    this.setting = details.setting;
    this.unsatisfied = details.unsatisfied;
    this.finding = details.finding;
  }

  /** Returns a copy with these details in place of its own; everything else, the code and the cause included, is kept. */
  with(changes: Partial<ErrorDetails>): ClojarsFetchError {
    const { code, reason, message, hint, coordinate, attempts, cause, path, setting, unsatisfied } = this;
    // A new message does not begin as the old one did.
    const finding = changes.message === undefined ? this.finding : undefined;
    const own = { reason, message, finding, hint, coordinate, attempts, cause, path, setting, unsatisfied };
    return new ClojarsFetchError(code, { ...own, ...changes });
  }
}

/** Whether the value is an error of this package, from any copy of it (ES module or CommonJS). */
export function isClojarsFetchError(value: unknown): value is ClojarsFetchError {
  return typeof value === 'object' && value !== null && brand in value;
}
