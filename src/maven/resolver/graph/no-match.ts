/** The error for a range that no known version satisfies. */
import { ClojarsFetchError } from '../../../base/error.js';
import { escapeForDisplay } from '../../../base/escape.js';
import type { GraphArtifact } from '../../pom/descriptor.js';
import type { VersionChoice } from './version-lookup.js';

/** @param by the artifact that declares the dependency; null for a root */
export function noMatch(artifact: GraphArtifact, by: GraphArtifact | null, { others = [] }: VersionChoice): ClojarsFetchError {
  const name = escapeForDisplay(`${artifact.group}:${artifact.artifact}`, 300);
  const asks = by === null ? '' : `, required by ${escapeForDisplay(`${by.group}:${by.artifact}:${by.version}`, 300)}`;
  const known =
    others.length === 0 ? 'no version is known' : `the newest are ${others.map((version) => escapeForDisplay(version, 60)).join(', ')}`;
  return new ClojarsFetchError('ERR_RANGE', {
    reason: 'no-match',
    coordinate: artifact.toString(),
    unsatisfied: { group: artifact.group, artifact: artifact.artifact },
    message: `no version of ${name} is within ${escapeForDisplay(artifact.version, 120)}${asks}; ${known}`,
    hint:
      by === null
        ? `Run \`clojars-fetch versions ${name}\` to list all.`
        : 'Manage the version, or exclude the dependency that requires it.',
  });
}
