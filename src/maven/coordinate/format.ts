/** Coordinate to text. */
import { completeCoordinate, type Coordinate } from './coordinate.js';

/** Canonical text: `group:artifact[:extension[:classifier]]:version`; `parseCoordinate` reads it back. Checks nothing. */
export function formatCoordinate(coordinate: Coordinate): string {
  const { group, artifact, version, extension, classifier } = completeCoordinate(coordinate);
  const middle = classifier !== '' ? `:${extension}:${classifier}` : extension !== 'jar' ? `:${extension}` : '';
  return `${group}:${artifact}${middle}:${version}`;
}
