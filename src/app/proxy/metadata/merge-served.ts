/** Merges the metadata of several repositories into one file, as Maven merges that of the repositories it asks. Pure. */
import { unionByPrefix } from '../../../maven/metadata/document.js';
import type { WrittenMetadata } from '../../../maven/metadata/format.js';
import { compareVersions } from '../../../maven/version/order.js';

/**
 * Merges in the order of the repositories. Of `latest` and `release`, those of the file with the newer date count; of several plugins with
 * the same prefix, the first one. Source of the rule: Maven 3.8.7 `Metadata.merge`.
 */
export function mergeRepositories(documents: readonly [WrittenMetadata, ...WrittenMetadata[]]): WrittenMetadata {
  const [first, ...others] = documents;
  const merged = others.reduce(mergeMarks, first);
  const versions = new Set(documents.flatMap((document) => document.versions));
  return {
    ...merged,
    versions: [...versions].sort((a, b) => compareVersions(a, b) || (a < b ? -1 : 1)),
    plugins: unionByPrefix(documents.map(({ plugins }) => plugins)),
  };
}

function mergeMarks(target: WrittenMetadata, source: WrittenMetadata): WrittenMetadata {
  const named = { ...target, group: target.group ?? source.group, artifact: target.artifact ?? source.artifact };
  // As in Maven, a file without a date is taken for as new as the other one.
  const date = source.lastUpdated ?? target.lastUpdated;
  if (target.lastUpdated !== null && date !== null && date < target.lastUpdated) return named;
  return { ...named, lastUpdated: date, release: source.release ?? target.release, latest: source.latest ?? target.latest };
}
