/** Formats a coordinate as text. */
import type { Coordinate } from './coordinate.js';

/** Returns the canonical text, `group:artifact[:extension[:classifier]]:version`, which `parseCoordinate` reads back. Checks nothing. */
export function formatCoordinate(coordinate: Coordinate): string {
  const { group, artifact, version, extension = 'jar', classifier = '' } = coordinate;
  const middle = classifier !== '' ? `:${extension}:${classifier}` : extension !== 'jar' ? `:${extension}` : '';
  return `${group}:${artifact}${middle}:${version}`;
}
