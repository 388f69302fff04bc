import { ClojarsFetchError } from '../../base/error.js';

/** The error for a command line that cannot be read. */
export function usageError(reason: 'unknown-option' | 'bad-value', message: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason, message, hint });
}
