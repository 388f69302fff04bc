/** What was thrown about a file, as an entry of the report. */
import { systemErrorCode } from '../../../base/disk/file-error.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { nothingProven, type VerifiedFile } from './report.js';

/** Nothing to say about one file: the configuration is wrong, or the caller wants an end. */
const notAboutTheFile: readonly string[] = ['ERR_ABORTED', 'ERR_CONFIG'];

/** @throws what is not about the file */
export function failedFile(
  error: unknown,
  about: Pick<VerifiedFile, 'path' | 'coordinate' | 'repository' | 'warnings'> &
    Partial<Pick<VerifiedFile, 'size' | 'sha256' | 'verification'>>,
  signal: AbortSignal,
): VerifiedFile {
  signal.throwIfAborted();
  const common = { size: null, sha256: null, verification: nothingProven, ...about, status: 'failed' as const };
  if (isClojarsFetchError(error) && !notAboutTheFile.includes(error.code)) {
    const { code, reason, message, hint } = error;
    return { ...common, why: message, error: { code, reason, message, hint: hint ?? null } };
  }
  const errno = systemErrorCode(error);
  if (isClojarsFetchError(error) || errno === null) throw error;
  const message = errno === 'ENOENT' ? `${about.path} disappeared while it was read` : `${about.path} cannot be read (${errno})`;
  return {
    ...common,
    why: message,
    error: {
      code: 'ERR_LOCAL_REPOSITORY',
      reason: 'corrupt',
      message,
      hint: errno === 'EACCES' || errno === 'EPERM' ? 'Check its permissions.' : 'Check the disk, and that nothing else writes there.',
    },
  };
}
