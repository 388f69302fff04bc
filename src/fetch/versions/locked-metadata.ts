/** Under a frozen lockfile, metadata lists what was locked: a tool then chooses the locked version of a range, and asks for no other. */
import type { LockView } from '../../local/lockfile/view.js';
import type { MetadataPath } from '../../maven/coordinate/metadata-path.js';
import type { WrittenMetadata } from '../../maven/metadata/format.js';
import { compareVersions } from '../../maven/version/order.js';
import { parseTimestampedVersion } from '../../maven/version/snapshot.js';

/** Returns the metadata that the lockfile decides; null if it has no version for this artifact or snapshot. */
export function lockedMetadata(lock: LockView, { artifact, snapshot }: MetadataPath): WrittenMetadata | null {
  if (artifact === null) return null;
  const { group, name } = artifact;
  const chosen = (version: string): string | null =>
    ['jar', 'pom'].reduce<string | null>(
      (found, extension) => found ?? lock.chosen({ group, artifact: name, version, extension, classifier: '' }),
      null,
    );
  const written = { ...nothing, group, artifact: name };
  if (snapshot !== null) {
    const build = parseTimestampedVersion(chosen(snapshot) ?? '');
    if (build === null) return null;
    const { timestamp, buildNumber } = build;
    return { ...written, version: snapshot, snapshot: { timestamp, buildNumber: Number(buildNumber), localCopy: false } };
  }
  const latest = chosen('LATEST');
  const release = chosen('RELEASE');
  const versions = new Set(lock.versionsOf(group, name) ?? []);
  for (const version of [latest, release]) if (version !== null) versions.add(version);
  const sorted = [...versions].sort(compareVersions);
  const newest = sorted.at(-1);
  return newest === undefined ? null : { ...written, versions: sorted, latest: latest ?? newest, release: release ?? newest };
}

const nothing = {
  version: null,
  versions: [],
  latest: null,
  release: null,
  lastUpdated: null,
  snapshot: null,
  snapshotVersions: [],
  plugins: [],
} as const;
