/**
 * Merges the metadata of several mirrors.
 *
 * Metadata from the canonical operator and from trusted mirrors is authoritative: every version it lists exists. A
 * version that only untrusted mirrors list counts if a quorum of known operators lists it, so that a single mirror
 * cannot invent a release.
 */
import { independentOperators } from '../../base/independent-operators.js';
import { type Metadata, type SnapshotBuild, timestampedVersion } from './metadata.js';

/** One mirror's metadata, with the facts about the mirror that decide how far to trust it. */
export interface MetadataSource {
  readonly metadata: Metadata;
  /** Base URL, in display form. */
  readonly mirror: string;
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /**
   * Whether it came over verified https or from this machine. Default: true. Over plain http, one attacker could pose as several operators.
   */
  readonly secure?: boolean | undefined;
  /** The host and the address that answered: operators that answer from the same place count as one. Default: none. */
  readonly places?: readonly string[] | undefined;
}

/** The versions and marks that are trustworthy. */
export interface MergedMetadata {
  /** Ascending. */
  readonly versions: readonly string[];
  readonly latest: string | null;
  readonly release: string | null;
  /** The newest date among the trusted sources; null if none has a date. */
  readonly lastUpdated: string | null;
  /** Whether the canonical operator or a trusted mirror answered. */
  readonly authoritative: boolean;
  readonly sources: readonly { readonly mirror: string; readonly lastUpdated: string | null; readonly authoritative: boolean }[];
  /** Rejected versions: too few independent operators list them. */
  readonly ignored: readonly { readonly version: string; readonly mirrors: readonly string[] }[];
}

export interface MergeOptions {
  /** Maven's order of versions. */
  readonly compareVersions: (a: string, b: string) => number;
  /** Distinct known operators needed if no authority answered; default: 2. */
  readonly quorum?: number | undefined;
}

/** Merges artifact-level metadata. The order of `sources` does not affect versions, marks or dates. */
export function mergeMetadata(sources: readonly MetadataSource[], options: MergeOptions): MergedMetadata {
  const quorum = options.quorum ?? 2;
  const authorities = sources.filter(isAuthority);
  const witnesses = sources.filter((source) => !isAuthority(source));
  const believed = new Set<string>();
  for (const source of authorities) for (const version of source.metadata.versions) believed.add(version);

  const listedBy = new Map<string, MetadataSource[]>();
  for (const source of witnesses) {
    for (const version of source.metadata.versions) {
      if (believed.has(version)) continue;
      const by = listedBy.get(version);
      if (by === undefined) listedBy.set(version, [source]);
      else by.push(source);
    }
  }
  const ignored: { version: string; mirrors: string[] }[] = [];
  for (const [version, by] of listedBy) {
    if (countOperators(by) >= quorum) believed.add(version);
    else ignored.push({ version, mirrors: by.map((source) => source.mirror).sort() });
  }
  const byOrder = (a: string, b: string): number => options.compareVersions(a, b) || (a < b ? -1 : a > b ? 1 : 0);
  const mark = (pick: (metadata: Metadata) => string | null): string | null => {
    const fromAuthority = newestValue(authorities, pick, byOrder);
    if (fromAuthority !== null || authorities.length > 0) return fromAuthority;
    const agreed = witnesses.filter((source) => {
      const value = pick(source.metadata);
      return value !== null && countOperators(witnesses.filter((other) => pick(other.metadata) === value)) >= quorum;
    });
    return newestValue(agreed, pick, byOrder);
  };
  return {
    versions: [...believed].sort(byOrder),
    latest: mark((metadata) => metadata.latest),
    release: mark((metadata) => metadata.release),
    lastUpdated: mark((metadata) => metadata.lastUpdated),
    authoritative: authorities.length > 0,
    sources: sources.map((source) => ({
      mirror: source.mirror,
      lastUpdated: source.metadata.lastUpdated,
      authoritative: isAuthority(source),
    })),
    ignored: ignored.sort((a, b) => byOrder(a.version, b.version)),
  };
}

/**
 * Returns the timestamped version of one file of a snapshot across several mirrors: the newest that an authority names
 * or, if no authority answered, the newest that a quorum of operators names. Null: the base version names the file.
 *
 * Source of the rule: Maven 3.8.7 `DefaultVersionResolver`. The newest entry for the file counts, and the older form only if it is newer.
 * A snapshot installed on this machine comes first, so only a newer build replaces it.
 */
export function mergeTimestampedVersion(
  sources: readonly MetadataSource[],
  file: SnapshotFile,
  { quorum = 2, installed = null }: { readonly quorum?: number | undefined; readonly installed?: Metadata | null } = {},
): string | null {
  const named = believedBuilds(sources, file, quorum);
  // An installed snapshot has no build: a number in its metadata comes from a repository that calls itself `local`, too.
  const own =
    installed === null
      ? null
      : timestampedVersion({ ...installed, snapshot: installed.snapshot && { ...installed.snapshot, buildNumber: 0 } }, file);
  const newest = (isListed: boolean): SnapshotBuild | null =>
    newestBuild(
      own?.isListed === isListed ? own : null,
      named.filter((one) => one.isListed === isListed),
    );
  const listed = newest(true);
  const older = newest(false);
  const chosen = listed === null || (older !== null && (older.updated ?? '') > (listed.updated ?? '')) ? older : listed;
  return chosen === null || chosen.version === file.version ? null : chosen.version;
}

interface SnapshotFile {
  readonly version: string;
  readonly extension: string;
  readonly classifier: string;
}

function believedBuilds(sources: readonly MetadataSource[], file: SnapshotFile, quorum: number): readonly SnapshotBuild[] {
  const authorities = sources.filter(isAuthority);
  const named = (authorities.length > 0 ? authorities : sources).flatMap((source) => {
    const build = timestampedVersion(source.metadata, file);
    return build === null ? [] : [{ source, build }];
  });
  const agrees = (version: string): boolean =>
    countOperators(named.filter((other) => other.build.version === version).map((other) => other.source)) >= quorum;
  return named.flatMap(({ build }) => (authorities.length > 0 || agrees(build.version) ? [build] : []));
}

/** Among equally recent builds, the one with the greatest version counts, whatever the order of arrival. */
function newestBuild(first: SnapshotBuild | null, others: readonly SnapshotBuild[]): SnapshotBuild | null {
  let newest = first;
  for (const one of others) {
    const [updated, before] = [one.updated ?? '', newest?.updated ?? ''];
    if (newest === null || updated > before || (newest !== first && updated === before && one.version > newest.version)) newest = one;
  }
  return newest;
}

/** The high-water mark: the state of an artifact's metadata that was trusted before. */
export interface HighWaterMark {
  readonly versions: readonly string[];
  readonly lastUpdated: string | null;
}

/**
 * Detects metadata that went back in time: vanished versions or an older `lastUpdated`. Null if it did not.
 * The caller reports it as `metadata-rollback`, and fails under `--frozen`.
 */
export function checkHighWater(
  previous: HighWaterMark | null,
  merged: Pick<MergedMetadata, 'versions' | 'lastUpdated'>,
): { readonly vanished: readonly string[]; readonly older: boolean } | null {
  if (previous === null) return null;
  const now = new Set(merged.versions);
  const vanished = previous.versions.filter((version) => !now.has(version));
  const older = previous.lastUpdated !== null && merged.lastUpdated !== null && merged.lastUpdated < previous.lastUpdated;
  return vanished.length > 0 || older ? { vanished, older } : null;
}

/** Whether everything that the source lists is believed. */
export function isAuthority(source: MetadataSource): boolean {
  return source.canonical || source.trusted;
}

/** Counts the distinct known operators that speak for themselves. */
export function countOperators(sources: readonly MetadataSource[]): number {
  return independentOperators(
    sources.flatMap(({ operator, secure, places = [] }) => (operator !== null && secure !== false ? [{ operator, places }] : [])),
  ).length;
}

/** Returns the value of the most recently updated source; among equally recent ones the greatest, whatever the order of arrival. */
function newestValue(
  sources: readonly MetadataSource[],
  pick: (metadata: Metadata) => string | null,
  compare: (a: string, b: string) => number,
): string | null {
  let best: { value: string; updated: string } | null = null;
  for (const { metadata } of sources) {
    const value = pick(metadata);
    if (value === null) continue;
    const updated = metadata.lastUpdated ?? '';
    if (best === null || updated > best.updated || (updated === best.updated && compare(value, best.value) > 0)) best = { value, updated };
  }
  return best?.value ?? null;
}
