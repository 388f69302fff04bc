/** Converts the coordinates that users of the library pass, which in JavaScript may be any value. Marks selectors. */
import { type ArtifactCoordinate, completeCoordinate, type Coordinate, type Dependency } from './coordinate.js';
import { parseDependency, requestedVersion } from './parse.js';
import { coordinateError, validateCoordinate } from './validate.js';

/**
 * Returns the complete, validated coordinate.
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `malformed` or `unsafe-path`.
 */
export function toCoordinate(wanted: string | Coordinate): ArtifactCoordinate {
  if (typeof wanted === 'string') return completeCoordinate(parseDependency(wanted));
  const given: unknown = wanted;
  if (typeof given !== 'object' || given === null)
    throw coordinateError('malformed', String(given), 'it must be text, or an object with group, artifact and version');
  const coordinate = completeCoordinate(wanted);
  for (const [part, value] of Object.entries<unknown>(coordinate)) {
    if (typeof value !== 'string') throw coordinateError('malformed', `{ ${Object.keys(given).join(', ')} }`, `the ${part} must be text`);
  }
  return validateCoordinate({ ...coordinate, version: requestedVersion(wanted) });
}

/**
 * Returns the dependency with its selector marked. Its parts are not validated.
 *
 * @throws ClojarsFetchError as {@link toCoordinate}.
 */
export function toDependency(wanted: string | Dependency): Dependency {
  return typeof wanted === 'string' ? parseDependency(wanted) : { ...wanted, version: requestedVersion(wanted) };
}
