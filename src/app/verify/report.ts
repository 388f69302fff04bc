/** What checking again found: one entry for each file, and how it is counted. */
import type { ErrorCode } from '../../base/error.js';
import type { ArtifactVerification } from '../../fetch/artifact.js';

/** `warning`: nothing speaks against the file, and nothing that was asked speaks for it, or something is worth knowing. */
export type VerifiedStatus = 'ok' | 'warning' | 'failed';

/** One file that was there, and what may be believed of it. */
export interface VerifiedFile {
  /** Absolute. */
  readonly path: string;
  /** `group:artifact[:extension[:classifier]]:version`; null for a file that is in no repository. */
  readonly coordinate: string | null;
  /** Id of the repository it came from; null where nobody says. */
  readonly repository: string | null;
  /** Bytes; null where it could not be read. */
  readonly size: number | null;
  /** Lower-case hex; null where it could not be read, or was refused before it was of interest. */
  readonly sha256: string | null;
  readonly status: VerifiedStatus;
  /** Of a failed file level `none` without proofs; its signature is there, where one was looked at. */
  readonly verification: ArtifactVerification;
  /** One sentence: what the level rests on, or what is wrong. Not escaped. */
  readonly why: string;
  /** More sentences, worth knowing. Not escaped. */
  readonly warnings: readonly string[];
  /** Null unless failed. */
  readonly error: VerifyFailure | null;
}

/** Why a file failed, and what to do about it. */
export interface VerifyFailure {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Everything that was checked. */
export interface VerifyReport {
  /** In the order of the targets; of a local repository by path. */
  readonly files: readonly VerifiedFile[];
  /** About no file in particular. */
  readonly warnings: readonly string[];
  /** Files of a local repository that are none of its artifacts: checksum files, metadata, notes of tools. */
  readonly ignored: number;
}

/** How many files ended how. */
export interface VerifyCounts {
  readonly ok: number;
  readonly warning: number;
  readonly failed: number;
}

/** How many files were good, had warnings, or failed. */
export function countFiles(files: readonly VerifiedFile[]): VerifyCounts {
  const counts = { ok: 0, warning: 0, failed: 0 };
  for (const { status } of files) counts[status] += 1;
  return counts;
}

/** Of a file that failed. */
export const nothingProven: ArtifactVerification = { level: 'none', proofs: [], checksum: null, signature: null, witnesses: [] };
