/** Errors about key maps: they name the file, the place in it, the problem and the remedy. */
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';

/** Maximum size of a key map. pgpverify's public one has 0.1 MiB, the largest of Gradle's known a few. */
export const maxKeyMapBytes = 16 * 1024 * 1024;

/**
 * @param place `line 12`, or the empty string for the file as a whole
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
