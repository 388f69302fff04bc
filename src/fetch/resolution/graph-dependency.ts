/** Converts dependencies between the user's form and the graph's. */
import { type ArtifactCoordinate, completeCoordinate, type Dependency } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { coordinateError, validateCoordinate } from '../../maven/coordinate/validate.js';
import { GraphArtifact, type GraphDependency } from '../../maven/pom/descriptor.js';
import type { DependencyOptions } from './resolution.js';

/**
 * @param defaultScope `compile` for dependencies, empty for management, where a missing scope leaves the scope unmanaged
 * @throws ClojarsFetchError ERR_COORDINATE, ERR_RANGE
 */
export function toGraph(dependency: Dependency, defaultScope: 'compile' | ''): GraphDependency {
  const coordinate = completeCoordinate(dependency);
  const { scope, optional, exclusions = [], localRoot } = dependency;
  // A managed dependency may leave the version open and manage the rest.
  const checked =
    coordinate.version === '' && (defaultScope === '' || localRoot !== undefined)
      ? { ...validateCoordinate({ ...coordinate, version: '0' }), version: '' }
      : validateCoordinate(coordinate);
  for (const exclusion of exclusions) {
    if (typeof exclusion.group !== 'string' || typeof exclusion.artifact !== 'string')
      throw coordinateError('malformed', formatCoordinate(coordinate), 'an exclusion names a group and an artifact, each may be *');
  }
  return {
    artifact: toGraphArtifact(checked).withLocalPath(localRoot),
    scope: scope ?? defaultScope,
    optional,
    exclusions: exclusions.map(({ group, artifact, classifier = '*', extension = '*' }) => ({ group, artifact, classifier, extension })),
  };
}

/** The dependencies of libraries on this disk, by path. @throws ClojarsFetchError ERR_COORDINATE, ERR_RANGE */
export function toLocalLibraries({
  localLibraries,
}: Pick<DependencyOptions, 'localLibraries'>): ReadonlyMap<string, readonly GraphDependency[]> {
  return new Map([...(localLibraries ?? [])].map(([root, dependencies]) => [root, dependencies.map((one) => toGraph(one, 'compile'))]));
}

export function toGraphArtifact({ group, artifact, extension, classifier, version }: ArtifactCoordinate): GraphArtifact {
  return new GraphArtifact(group, artifact, extension, classifier, version);
}

export function coordinateOf({ group, artifact, version, extension, classifier }: GraphArtifact): ArtifactCoordinate {
  return { group, artifact, version, extension, classifier };
}

export function formatArtifact(artifact: GraphArtifact): string {
  return formatCoordinate(artifact);
}

/** Converts to the user's form, leaving out empty members. */
export function toDependency({ artifact, scope, optional, exclusions }: GraphDependency): Dependency {
  return {
    ...coordinateOf(artifact),
    scope: scope === '' ? undefined : scope,
    optional,
    exclusions: exclusions.length === 0 ? undefined : exclusions.map(({ group, artifact: name }) => ({ group, artifact: name })),
  };
}
