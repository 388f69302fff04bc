/** Chooses among the versions of one artifact: by their dates, and the newest. */
import { compareVersions } from '../../../maven/version/order.js';
import type { SyncFilter } from './filter-options.js';

export interface DatedVersion {
  readonly version: string;
  /** Epoch milliseconds; null if unknown. */
  readonly releasedMs: number | null;
}

/** Returns those that the filter takes. A version without a date is taken: rather too much than a hole. */
export function chooseVersions<Version extends DatedVersion>(
  versions: readonly Version[],
  { sinceMs, snapshots, latest }: SyncFilter,
): readonly Version[] {
  const young = versions.filter(
    ({ version, releasedMs }) => (snapshots || !isSnapshot(version)) && (sinceMs === null || releasedMs === null || releasedMs >= sinceMs),
  );
  if (latest === null) return young;
  const newest = [...young].sort((one, other) => compareVersions(other.version, one.version) || (one.version < other.version ? 1 : -1));
  // A snapshot must not push out a release.
  const [ofSnapshots, ofReleases] = [true, false].map((kind) => newest.filter(({ version }) => isSnapshot(version) === kind));
  return [...(ofReleases ?? []).slice(0, latest), ...(ofSnapshots ?? []).slice(0, latest)];
}

function isSnapshot(version: string): boolean {
  return version.endsWith('-SNAPSHOT');
}
