/** Recognizes the one error that means absent. Unreachable, forged and offline are different errors. */
import { isClojarsFetchError } from '../../base/error.js';

/** Whether every repository was asked and none has the file. */
export function isAbsent(error: unknown): boolean {
  return isClojarsFetchError(error) && error.code === 'ERR_NOT_FOUND' && error.reason === 'absent';
}
