/**
 * `maven-metadata.xml`: which versions exist, and which timestamped files a snapshot has.
 *
 * This room imports only `base`. Read this file first, then merge.ts, then document.ts and format.ts.
 *
 * The file is unsigned, so nothing in it is trusted as is: version strings, which become path segments later, are checked here; the names
 * inside must match the request; merge.ts merges the answers of several mirrors. Format:
 * https://maven.apache.org/ref/3.8.7/maven-repository-metadata/repository-metadata.html
 */
import { escapeForDisplay } from '../../base/escape.js';
import { childOf, childrenOf, childText, parseXml, type XmlElement } from '../../base/xml/xml.js';
import { XmlError } from '../../base/xml/xml-error.js';
import { MetadataError } from './metadata-error.js';
import { type GroupPlugin, readPlugins } from './plugins.js';
import { isSafeVersion } from './safe-version.js';

/** One file of a snapshot, in the form written since Maven 3. */
export interface SnapshotVersion {
  readonly extension: string;
  /** Empty if there is none. */
  readonly classifier: string;
  /** Timestamped version, `1.0-20240131.235959-7`. */
  readonly value: string;
  /** `yyyyMMddHHmmss`, or null. */
  readonly updated: string | null;
}

/** The contents of one `maven-metadata.xml`, of an artifact, a snapshot, a group of plugins, or an artifact that is also such a group. */
export interface Metadata {
  readonly group: string | null;
  readonly artifact: string | null;
  /** Base version (`1.0-SNAPSHOT`) at the snapshot level. */
  readonly version: string | null;
  /** In the file's order, without duplicates, each safe as a path segment. */
  readonly versions: readonly string[];
  readonly latest: string | null;
  readonly release: string | null;
  /** `yyyyMMddHHmmss` in UTC, or null. */
  readonly lastUpdated: string | null;
  /** The form written by Maven 2. */
  readonly snapshot: { readonly timestamp: string | null; readonly buildNumber: number; readonly localCopy: boolean } | null;
  readonly snapshotVersions: readonly SnapshotVersion[];
  /** At the level of a group of plugins. */
  readonly plugins: readonly GroupPlugin[];
  /** Unsafe entries that were dropped, escaped for display, at most 20. */
  readonly dropped: readonly string[];
}

/** The subject that metadata must have; missing fields are not checked. */
export interface MetadataSubject {
  readonly group?: string | undefined;
  readonly artifact?: string | undefined;
  /** The group whose plugins may be listed in the same place: then the file names this group and no artifact. */
  readonly pluginGroup?: string | undefined;
  /** Base version, at the snapshot level. */
  readonly version?: string | undefined;
}

const maxVersions = 100_000;
const maxDropped = 20;

/**
 * Parses `maven-metadata.xml` of any level, as lenient about bytes as Maven is.
 * @throws MetadataError
 */
export function parseMetadata(bytes: Uint8Array | string, subject: MetadataSubject = {}): Metadata {
  const root = readRoot(bytes);
  const group = filled(childText(root, 'groupId'));
  const artifact = filled(childText(root, 'artifactId'));
  const version = filled(childText(root, 'version'));
  const isOfPlugins = artifact === null && subject.pluginGroup !== undefined && group?.toLowerCase() === subject.pluginGroup.toLowerCase();
  if (!isOfPlugins) mustBe('group', group, subject.group);
  mustBe('artifact', artifact, subject.artifact);
  // Artifact-level files of Maven 2 have a <version>, too; it is compared only if a snapshot was requested.
  mustBe('version', version?.replace(/\d{8}\.\d{6}-\d+$/, 'SNAPSHOT') ?? null, subject.version); // some servers name the build here

  const dropped: string[] = [];
  const safe = (value: string | undefined): string | null => {
    if (value === undefined || value === '') return null;
    if (isSafeVersion(value)) return value;
    if (dropped.length < maxDropped) dropped.push(escapeForDisplay(value));
    return null;
  };
  const versioning = childOf(root, 'versioning');
  const versions = new Set<string>();
  const listed = versioning === undefined ? [] : (childOf(versioning, 'versions')?.children ?? []);
  if (listed.length > maxVersions) throw new MetadataError('too-large', `the metadata lists more than ${maxVersions} versions`);
  for (const element of listed) {
    const one = element.local === 'version' ? safe(element.text.trim()) : null;
    if (one !== null) versions.add(one);
  }
  return {
    group,
    artifact,
    version: safe(version ?? undefined),
    versions: [...versions],
    latest: safe(versioning && childText(versioning, 'latest')),
    release: safe(versioning && childText(versioning, 'release')),
    lastUpdated: timestamp(versioning && childText(versioning, 'lastUpdated')),
    snapshot: readSnapshot(versioning),
    snapshotVersions: readSnapshotVersions(versioning, safe),
    plugins: readPlugins(root, safe),
    dropped,
  };
}

function readRoot(bytes: Uint8Array | string): XmlElement {
  let root: XmlElement;
  try {
    root = parseXml(bytes, { lenient: true });
  } catch (cause) {
    if (!(cause instanceof XmlError)) throw cause;
    throw new MetadataError(
      cause.problem === 'too-large' ? 'too-large' : 'malformed',
      `not readable as maven-metadata.xml: ${cause.message}`,
      { cause },
    );
  }
  if (root.local !== 'metadata')
    throw new MetadataError('malformed', `not maven-metadata.xml: the root element is <${escapeForDisplay(root.name)}>`);
  return root;
}

function mustBe(what: string, actual: string | null, expected: string | undefined): void {
  // Services that ignore the case of names answer with the owner's own spelling.
  if (actual === null || expected === undefined || actual.toLowerCase() === expected.toLowerCase()) return;
  throw new MetadataError(
    'wrong-coordinate',
    `the metadata is about ${what} '${escapeForDisplay(actual)}', not '${escapeForDisplay(expected)}'`,
  );
}

function readSnapshot(versioning: XmlElement | undefined): Metadata['snapshot'] {
  const element = versioning && childOf(versioning, 'snapshot');
  if (element === undefined) return null;
  const stamp = (childText(element, 'timestamp') ?? '').trim();
  const number = childText(element, 'buildNumber') ?? '';
  return {
    // Maven joins whatever is present; services that build from git put the commit here.
    timestamp: isSafeVersion(stamp) ? stamp : null,
    buildNumber: /^\d{1,9}$/.test(number) ? Number(number) : 0,
    localCopy: childText(element, 'localCopy') === 'true',
  };
}

function readSnapshotVersions(versioning: XmlElement | undefined, safe: (value: string | undefined) => string | null): SnapshotVersion[] {
  const list = versioning && childOf(versioning, 'snapshotVersions');
  const result: SnapshotVersion[] = [];
  if (list === undefined) return result;
  if (list.children.length > maxVersions)
    throw new MetadataError('too-large', `the metadata lists more than ${maxVersions} snapshot files`);
  for (const element of childrenOf(list, 'snapshotVersion')) {
    const value = safe(childText(element, 'value'));
    const extension = safe(childText(element, 'extension'));
    const classifier = childText(element, 'classifier') ?? '';
    if (value === null || (classifier !== '' && safe(classifier) === null)) continue;
    result.push({ extension: extension ?? '', classifier, value, updated: timestamp(childText(element, 'updated')) });
  }
  return result;
}

/** The build that one metadata file names for one file of a snapshot. */
export interface SnapshotBuild {
  /** Timestamped version, or the base version, which names the file itself. */
  readonly version: string;
  /** `yyyyMMddHHmmss`, or null. */
  readonly updated: string | null;
  /** Whether a `snapshotVersion` says so, and not the older form. */
  readonly isListed: boolean;
}

/**
 * Returns the build that this metadata names for one file of a snapshot; null if it names none.
 *
 * Maven's rule (DefaultVersionResolver 3.8.7): the newest `snapshotVersion` of that classifier and extension; the older form counts only if
 * the file lists no `snapshotVersion` at all, and stands for the base version without a timestamp or build number.
 */
export function timestampedVersion(
  metadata: Metadata,
  file: { readonly version: string; readonly extension: string; readonly classifier: string },
): SnapshotBuild | null {
  const base = file.version.replace(/SNAPSHOT$/, '');
  let newest: SnapshotVersion | null = null;
  for (const entry of metadata.snapshotVersions) {
    if (entry.extension !== file.extension || entry.classifier !== file.classifier) continue;
    if (entry.value !== file.version && !isBuildOf(base, entry.value)) continue;
    if (newest === null || (entry.updated ?? '') > (newest.updated ?? '')) newest = entry;
  }
  if (newest !== null) return { version: newest.value, updated: newest.updated, isListed: true };
  const { snapshot } = metadata;
  if (metadata.snapshotVersions.length > 0 || snapshot === null || base === file.version) return null;
  const hasBuild = snapshot.timestamp !== null && snapshot.buildNumber > 0;
  const version = hasBuild ? `${base}${snapshot.timestamp}-${snapshot.buildNumber}` : file.version;
  return { version, updated: metadata.lastUpdated, isListed: false };
}

/** Whether a value names a build of this base version, by number or by commit: any other version would redirect the request. */
function isBuildOf(base: string, value: string): boolean {
  return value.startsWith(base) && /^(?:[^/]+-\d+|(?:[^/]+-g)?[0-9a-f]{7,40})$/.test(value.slice(base.length));
}

function filled(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

/** Returns `yyyyMMddHHmmss`, also for the dotted form of old deployers; null for any other text. */
function timestamp(value: string | undefined): string | null {
  const digits = value?.replace('.', '') ?? '';
  return /^\d{14}$/.test(digits) ? digits : null;
}
