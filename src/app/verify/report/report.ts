/** The result of a verification: one entry for each file, and the counts. */
import type { ErrorCode } from '../../../base/error.js';
import type { ArtifactVerification } from '../../../fetch/artifact.js';

/** `warning`: no evidence against the file, but none for it either, or there is something the user should know. */
export type VerifiedStatus = 'ok' | 'warning' | 'failed';

/** One checked file, and how far it can be trusted. */
export interface VerifiedFile {
  /** Absolute path. */
  readonly path: string;
  /** `group:artifact[:extension[:classifier]]:version`; null for a file outside a repository. */
  readonly coordinate: string | null;
  /** Id of the repository it came from; null if it is not recorded. */
  readonly repository: string | null;
  /** Size in bytes; null if the file could not be read. */
  readonly size: number | null;
  /** SHA-256, lower-case hex; null if the file could not be read, or failed before its digest was needed. */
  readonly sha256: string | null;
  readonly status: VerifiedStatus;
  /** A failed file has level `none` and no proofs, but keeps its signature if one was checked. */
  readonly verification: ArtifactVerification;
  /** Explains in one sentence what the level is based on, or what is wrong. Not escaped. */
  readonly why: string;
  /** Further sentences for the user. Not escaped. */
  readonly warnings: readonly string[];
  /** Ids of repositories that did not answer, so the file could not be compared with their checksums; usually undefined. */
  readonly unanswered?: readonly string[] | undefined;
  /** The failure; null unless the status is `failed`. */
  readonly error: VerifyFailure | null;
}

/** Why a file failed, and what to do about it. */
export interface VerifyFailure {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly message: string;
  readonly hint: string | null;
  /** The message without the path of the file that it begins with; undefined if it begins otherwise. Not part of `--json`. */
  readonly finding?: string | undefined;
}

/** The result of one call. */
export interface VerifyReport {
  /** In the order of the targets; files of a local repository are sorted by path. */
  readonly files: readonly VerifiedFile[];
  /** Warnings that do not concern a single file. */
  readonly warnings: readonly string[];
  /** Number of files in the local repository that are not artifacts: checksum files, metadata, tracking files. */
  readonly ignored: number;
}

/** Number of files by status. */
export interface VerifyCounts {
  readonly ok: number;
  readonly warning: number;
  readonly failed: number;
}

/** Counts the files by status. */
export function countFiles(files: readonly VerifiedFile[]): VerifyCounts {
  const counts = { ok: 0, warning: 0, failed: 0 };
  for (const { status } of files) counts[status] += 1;
  return counts;
}

/** The verification of a file that failed. */
export const nothingProven: ArtifactVerification = { level: 'none', proofs: [], checksum: null, signature: null, witnesses: [] };
