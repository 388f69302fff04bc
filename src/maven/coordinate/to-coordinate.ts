/** What a caller hands over as a coordinate; in JavaScript, anything. */
import { type ArtifactCoordinate, completeCoordinate, type Coordinate } from './coordinate.js';
import { parseCoordinate } from './parse.js';
import { coordinateError, validateCoordinate } from './validate.js';

/**
 * @throws {ClojarsFetchError} `ERR_COORDINATE`, `malformed` or `unsafe-path`.
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
