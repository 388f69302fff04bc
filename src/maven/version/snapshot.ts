/**
 * Snapshots: a base version (`1.0-SNAPSHOT`) moves, a timestamped version (`1.0-20240101.010203-4`) is one build.
 *
 * Source of the rule: Maven Resolver 1.6.3, `AbstractArtifact`.
 */

const timestamped = /^(.*-)?([0-9]{8}\.[0-9]{6})-([0-9]+)$/;
const snapshot = 'SNAPSHOT';
/** Of a timestamp with a build number of one digit. */
const shortestTimestamp = 17;

/** The parts of a timestamped version. */
export interface TimestampedVersion {
  /** `1.0-SNAPSHOT`. */
  readonly baseVersion: string;
  /** UTC, `yyyyMMdd.HHmmss`. */
  readonly timestamp: string;
  /** Decimal digits, as written. */
  readonly buildNumber: string;
}

/** Parses `1.0-20240101.010203-4`; null for any other version. */
export function parseTimestampedVersion(version: string): TimestampedVersion | null {
  if (version.length < shortestTimestamp) return null;
  const match = timestamped.exec(version);
  const [, prefix, timestamp, buildNumber] = match ?? [];
  if (timestamp === undefined || buildNumber === undefined) return null;
  return { baseVersion: (prefix ?? '') + snapshot, timestamp, buildNumber };
}

/** Returns `1.0-20240101.010203-4` for `1.0-SNAPSHOT`, a timestamp (`yyyyMMdd.HHmmss`) and a build number. */
export function formatTimestampedVersion(baseVersion: string, timestamp: string, buildNumber: number | string): string {
  const prefix = baseVersion.endsWith(snapshot) ? baseVersion.slice(0, -snapshot.length) : `${baseVersion}-`;
  return `${prefix}${timestamp}-${String(buildNumber)}`;
}

/** Whether the version is a base or timestamped snapshot version. */
export function isSnapshot(version: string): boolean {
  return version.endsWith(snapshot) || (version.length >= shortestTimestamp && timestamped.test(version));
}

/** Returns the version that names the folder: `1.0-SNAPSHOT` for a timestamped version, any other version unchanged. */
export function baseVersion(version: string): string {
  if (version.startsWith('[') || version.startsWith('(')) return version;
  return parseTimestampedVersion(version)?.baseVersion ?? version;
}
