/** The error for a key map that cannot be read. */
import { ClojarsFetchError } from '../../base/error.js';

export function unreadableKeyMap(file: string, cause: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: file,
    cause,
    message: `${file}: cannot read the key map`,
    hint: 'Check its name and permissions.',
  });
}
