/** Exit codes. A firm contract: scripts depend on them (docs/cli.md). */
import { type ErrorCode, isClojarsFetchError } from '../../base/error.js';

/** Exit codes by meaning. */
export const exitCodes = {
  done: 0,
  internal: 1,
  usage: 2,
  notFound: 3,
  verification: 4,
  unreachable: 5,
  resolution: 6,
  localIo: 7,
  offline: 8,
  aborted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const byErrorCode: Readonly<Record<ErrorCode, ExitCode>> = {
  ERR_COORDINATE: exitCodes.usage,
  ERR_CONFIG: exitCodes.usage,
  ERR_NOT_FOUND: exitCodes.notFound,
  ERR_UNREACHABLE: exitCodes.unreachable,
  ERR_CHECKSUM: exitCodes.verification,
  ERR_SIGNATURE: exitCodes.verification,
  ERR_QUORUM: exitCodes.verification,
  ERR_LOCKFILE: exitCodes.verification,
  ERR_POM: exitCodes.resolution,
  ERR_RANGE: exitCodes.resolution,
  ERR_LIMIT: exitCodes.resolution,
  ERR_LOCAL_REPOSITORY: exitCodes.localIo,
  ERR_OFFLINE: exitCodes.offline,
  ERR_ABORTED: exitCodes.aborted,
};

/** The hint for an unexpected error. */
export const internalErrorHint = 'This is a bug in clojars-fetch. Please report it with the output of --verbose.';

/** Returns the exit code for anything thrown; any error but a `ClojarsFetchError` is internal (1). */
export function exitCodeFor(error: unknown): ExitCode {
  return isClojarsFetchError(error) ? byErrorCode[error.code] : exitCodes.internal;
}

/** The fields of a `doctor` check that decide the exit code. */
interface CheckVerdict {
  readonly name: string;
  readonly status: 'ok' | 'warn' | 'fail';
}

/**
 * Returns the exit code of `doctor`: success unless a check failed. A failed check of the configuration gives 2, of the disk, folders or
 * permissions 7, of anything else (network, DNS, clock, mirrors) 5. If several failed, the one to fix first decides.
 */
export function exitCodeForChecks(checks: readonly CheckVerdict[]): ExitCode {
  const failed = checks.filter((check) => check.status === 'fail').map((check) => check.name);
  if (failed.length === 0) return exitCodes.done;
  if (failed.some((name) => /^(configuration|settings)/.test(name))) return exitCodes.usage;
  if (failed.some((name) => /^(local repository|cache folder|state folder|disk)/.test(name))) return exitCodes.localIo;
  return exitCodes.unreachable;
}
