/** Describes the request for a graph as a lockfile's digest covers it: as written, before any look-up. */
import { createHash } from 'node:crypto';

import type { GraphRequest, RequestedDependency } from '../../local/lockfile/digest.js';
import type { Coordinate, Dependency } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { namesFile, parseDependency } from '../../maven/coordinate/parse.js';
import type { DependencyOptions } from './resolution.js';

/**
 * Scopes to download, attachments and repositories are left out: they change which files are needed (and each file is in
 * the lockfile or is refused), but not the graph.
 *
 * @throws ClojarsFetchError ERR_COORDINATE
 */
export function graphRequest(
  roots: readonly (string | Dependency)[],
  { root, managed = [], conflicts = 'nearest', systemProperties, localPoms, localLibraries }: DependencyOptions,
): GraphRequest {
  return {
    root: root === undefined ? null : requested(root).coordinate,
    roots: roots.map(requested),
    managed: managed.map(requested),
    conflicts,
    localLibraries: [...(localLibraries ?? new Map<string, readonly Dependency[]>()).values()].map((dependencies) =>
      dependencies.map(requested),
    ),
    systemProperties: systemProperties ?? null,
    localPoms: Object.fromEntries(
      [...(localPoms ?? [])].map(([label, bytes]) => [label, createHash('sha256').update(bytes).digest('hex')]),
    ),
  };
}

function requested(wanted: string | Coordinate | Dependency): RequestedDependency {
  const dependency: Dependency = typeof wanted === 'string' ? parseDependency(wanted) : wanted;
  const { scope, optional, exclusions = [] } = dependency;
  // Without an extension, the POM's packaging decides; it is not known yet.
  const isOpen = typeof wanted === 'string' && !namesFile(wanted);
  return {
    coordinate: formatCoordinate(isOpen ? { ...dependency, extension: 'jar' } : dependency),
    scope: scope ?? null,
    optional: optional ?? null,
    exclusions: exclusions.map(
      ({ group, artifact, classifier = '*', extension = '*' }) => `${group}:${artifact}:${classifier}:${extension}`,
    ),
  };
}
