/**
 * Snapshots: base versions (`1.0-SNAPSHOT`, which moves) and timestamped versions (`1.0-20240101.010203-4`, one build).
 *
 * Source of the rule: Maven Resolver 1.6.3, `AbstractArtifact`.
 */

const timestamped = /^(.*-)?([0-9]{8}\.[0-9]{6})-([0-9]+)$/;
const snapshot = 'SNAPSHOT';

/** The parts of a timestamped version. */
export interface TimestampedVersion {
  /** `1.0-SNAPSHOT`. */
  readonly baseVersion: string;
  /** UTC, `yyyyMMdd.HHmmss`. */
  readonly timestamp: string;
  /** Decimal digits, as written. */
  readonly buildNumber: string;
}

/** Reads `1.0-20240101.010203-4`; null for any other version. */
export function parseTimestampedVersion(version: string): TimestampedVersion | null {
  const match = timestamped.exec(version);
  const [, prefix, timestamp, buildNumber] = match ?? [];
  if (timestamp === undefined || buildNumber === undefined) return null;
  return { baseVersion: (prefix ?? '') + snapshot, timestamp, buildNumber };
}

/** `1.0-SNAPSHOT` with a timestamp (`yyyyMMdd.HHmmss`) and build number becomes `1.0-20240101.010203-4`. */
export function formatTimestampedVersion(baseVersion: string, timestamp: string, buildNumber: number | string): string {
  const prefix = baseVersion.endsWith(snapshot) ? baseVersion.slice(0, -snapshot.length) : `${baseVersion}-`;
  return `${prefix}${timestamp}-${String(buildNumber)}`;
}

/** True for base and timestamped snapshot versions. */
export function isSnapshot(version: string): boolean {
  return version.endsWith(snapshot) || timestamped.test(version);
}

/** The version that names the folder: `1.0-SNAPSHOT` for a timestamped version, any other version as it is. */
export function baseVersion(version: string): string {
  if (version.startsWith('[') || version.startsWith('(')) return version;
  return parseTimestampedVersion(version)?.baseVersion ?? version;
}
