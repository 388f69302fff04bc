/** The digest of what a graph was asked for: the roots, and everything else that shapes the graph and is no file of a repository. */
import { createHash } from 'node:crypto';

import { compareText } from './lockfile.js';

export interface RequestedDependency {
  /** As it was asked for: a range stays one. */
  readonly coordinate: string;
  readonly scope: string | null;
  readonly optional: boolean | null;
  /** `group:artifact:classifier:extension`. */
  readonly exclusions: readonly string[];
}

/** What one graph is asked for. */
export interface GraphRequest {
  /** The artifact above the roots; null where there is none. */
  readonly root: string | null;
  /** In order: it decides between versions that are equally near. */
  readonly roots: readonly RequestedDependency[];
  readonly managed: readonly RequestedDependency[];
  readonly conflicts: string;
  /** Given by the caller; null for those of the machine, which are no part of the digest. */
  readonly systemProperties: Readonly<Record<string, string>> | null;
  /** sha256 of the POMs of one's own build, by label. */
  readonly localPoms: Readonly<Record<string, string>>;
}

/** sha256 in lower-case hex, equal for equal requests. */
export function digestRequest({ root, roots, managed, conflicts, systemProperties, localPoms }: GraphRequest): string {
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
  ]);
  return createHash('sha256').update(text).digest('hex');
}
