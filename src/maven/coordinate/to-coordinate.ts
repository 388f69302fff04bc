/** Converts the coordinate argument of a public function, which in JavaScript may be any value. */
import { type ArtifactCoordinate, completeCoordinate, type Coordinate } from './coordinate.js';
import { parseCoordinate } from './parse.js';
import { coordinateError, validateCoordinate } from './validate.js';

/**
 * Returns the complete, validated coordinate.
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `malformed` or `unsafe-path`.
 */
export function toCoordinate(wanted: string | Coordinate): ArtifactCoordinate {
  if (typeof wanted === 'string') return parseCoordinate(wanted);
  const given: unknown = wanted;
  if (typeof given !== 'object' || given === null)
    throw coordinateError('malformed', String(given), 'it must be text, or an object with group, artifact and version');
  const coordinate = completeCoordinate(wanted);
  for (const [part, value] of Object.entries<unknown>(coordinate)) {
    if (typeof value !== 'string') throw coordinateError('malformed', `{ ${Object.keys(given).join(', ')} }`, `the ${part} must be text`);
  }
  return validateCoordinate(coordinate);
}
