/** The error for a file that is not what `audit merge` and `audit compare` need. */
import { ClojarsFetchError } from '../../../base/error.js';

/** @param problem continues the sentence that begins with the file's name */
export function badPart(file: string, problem: string, hint?: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-part',
    message: `${file}: ${problem}`,
    finding: problem,
    hint: hint ?? 'Make this file again with the same command, or leave it out.',
    path: file,
  });
}
