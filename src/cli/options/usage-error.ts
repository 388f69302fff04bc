import { ClojarsFetchError } from '../../base/error.js';

/** Builds the error for a command line that cannot be carried out as written. Its code is `ERR_CONFIG`. */
export function usageError(message: string, hint: string, reason: 'unknown-option' | 'bad-value' = 'bad-value'): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason, message, hint });
}
