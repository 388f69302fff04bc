/** Formats a coordinate as text. */
import { unmarkSelector } from '../version/selector.js';
import type { ArtifactCoordinate, Coordinate } from './coordinate.js';

/** Returns the canonical text, `group:artifact[:extension[:classifier]]:version`, which `parseCoordinate` reads back unless the version is a selector. Checks nothing. */
export function formatCoordinate(coordinate: Coordinate): string {
  const { group, artifact, version, extension = 'jar', classifier = '' } = coordinate;
  const middle = classifier !== '' ? `:${extension}:${classifier}` : extension !== 'jar' ? `:${extension}` : '';
  return `${group}:${artifact}${middle}:${unmarkSelector(version)}`;
}

/** Formats `group/artifact` or `group/artifact$classifier`: a library as tools.deps names it, without extension and version. */
export function formatLibrary({ group, artifact, classifier }: Pick<ArtifactCoordinate, 'group' | 'artifact' | 'classifier'>): string {
  return `${group}/${artifact}${classifier === '' ? '' : `$${classifier}`}`;
}
