/** Errors about key maps: which file, where in it, what is wrong, what to do. */
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';

/** Larger key maps are refused. pgpverify's own public one has 0.1 MiB, the largest of Gradle's known a few. */
export const maxKeyMapBytes = 16 * 1024 * 1024;

/**
 * @param place `line 12`, or the empty string where the file as a whole is meant
 * @param problem a clause, with everything from the file escaped
 */
export function keyMapError(source: string, place: string, problem: string, hint?: string, cause?: unknown): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${placeIn(source, place)}: ${problem}`,
    path: source,
    hint,
    cause,
  });
}

/** `keys.list, line 12`. Escaped. */
export function placeIn(source: string, place: string): string {
  return `${escapeForDisplay(source)}${place === '' ? '' : `, ${place}`}`;
}
