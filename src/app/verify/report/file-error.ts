import { ClojarsFetchError, type ErrorCode } from '../../../base/error.js';

/** Makes the error about one file: its message begins with the absolute path, its finding does not. */
export function fileError(code: ErrorCode, reason: string, path: string, finding: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError(code, { reason, path, message: `${path}: ${finding}`, finding, hint });
}
