/** Takes versions out of the metadata of an artifact. */
import { formatMetadata } from './format.js';
import type { Metadata } from './metadata.js';

/**
 * Returns the bytes of the metadata with only some of its versions. `latest` and `release` become the newest ones that are left, and the
 * date stays. The same input gives the same bytes.
 * @param compareVersions Maven's order
 */
export function keepVersions(
  metadata: Metadata,
  isKept: (version: string) => boolean,
  compareVersions: (a: string, b: string) => number,
): Uint8Array {
  const versions = metadata.versions.filter(isKept);
  const kept = new Set(versions);
  const newest = (candidates: readonly string[]): string | null =>
    candidates.reduce<string | null>((best, one) => (best === null || compareVersions(one, best) > 0 ? one : best), null);
  const mark = (value: string | null, candidates: readonly string[]): string | null =>
    value === null || kept.has(value) ? value : newest(candidates);
  return formatMetadata({
    ...metadata,
    versions,
    version: mark(metadata.version, versions),
    latest: mark(metadata.latest, versions),
    release: mark(
      metadata.release,
      versions.filter((version) => !version.endsWith('-SNAPSHOT')),
    ),
  });
}
