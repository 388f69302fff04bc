/** Computes the digest of a graph's request: the roots, and everything else that shapes the graph and is not a file of a repository. */
import { createHash } from 'node:crypto';

import { compareText } from './lockfile.js';

export interface RequestedDependency {
  /** As requested: a range stays a range. */
  readonly coordinate: string;
  readonly scope: string | null;
  readonly optional: boolean | null;
  /** `group:artifact:classifier:extension`. */
  readonly exclusions: readonly string[];
}

/** The request for one graph. */
export interface GraphRequest {
  /** The artifact above the roots, or null. */
  readonly root: string | null;
  /** In order: it decides between versions that are equally near. */
  readonly roots: readonly RequestedDependency[];
  readonly managed: readonly RequestedDependency[];
  readonly conflicts: string;
  /** The dependencies of each library on this disk. Their paths are not part of the digest: they differ between machines. */
  readonly localLibraries: readonly (readonly RequestedDependency[])[];
  /** Given by the caller; null for those of the machine, which are not part of the digest. */
  readonly systemProperties: Readonly<Record<string, string>> | null;
  /** sha256 of the POMs of one's own build, by label. */
  readonly localPoms: Readonly<Record<string, string>>;
}

/** sha256 in lower-case hex, equal for equal requests. */
export function digestRequest({ root, roots, managed, conflicts, localLibraries, systemProperties, localPoms }: GraphRequest): string {
  const dependency = ({ coordinate, scope, optional, exclusions }: RequestedDependency): unknown => [
    coordinate,
    scope,
    optional,
    [...exclusions].sort(compareText),
  ];
  const record = (values: Readonly<Record<string, string>>): unknown => Object.entries(values).sort(([a], [b]) => compareText(a, b));
  const text = JSON.stringify([
    'clojars-fetch-graph 1',
    root,
    roots.map(dependency),
    managed.map(dependency),
    conflicts,
    systemProperties && record(systemProperties),
    record(localPoms),
    // Only if there are any: the digests of other graphs are older than this member.
    ...(localLibraries.length === 0 ? [] : [localLibraries.map((dependencies) => dependencies.map(dependency))]),
  ]);
  return createHash('sha256').update(text).digest('hex');
}
