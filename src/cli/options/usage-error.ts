import { ClojarsFetchError } from '../../base/error.js';

/** Builds the error for a command line that cannot be parsed. */
export function usageError(reason: 'unknown-option' | 'bad-value', message: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason, message, hint });
}
