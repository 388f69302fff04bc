/** What is said where a key map cannot be read. */
import { ClojarsFetchError } from '../../base/error.js';

export function unreadableKeyMap(file: string, cause: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    path: file,
    cause,
    message: `The key map ${file} cannot be read`,
    hint: 'Check its name and permissions.',
  });
}
