/**
 * `maven-metadata.xml`: which versions exist, and which timestamped files a snapshot has.
 *
 * It has no signature, so nothing in it is believed as it stands: version strings become path segments later and are
 * checked here, the names inside must be those asked for, and what several mirrors say is merged in metadata-merge.ts.
 * Format: https://maven.apache.org/ref/3.8.7/maven-repository-metadata/repository-metadata.html
 */
import { escapeForDisplay } from '../../base/escape.js';
import { childOf, childrenOf, childText, parseXml, type XmlElement, XmlError } from '../../base/xml/xml.js';

/** One file of a snapshot, as metadata since Maven 3 lists it. */
export interface SnapshotVersion {
  readonly extension: string;
  /** Empty when there is none. */
  readonly classifier: string;
  /** Timestamped version, `1.0-20240131.235959-7`. */
  readonly value: string;
  /** `yyyyMMddHHmmss`, or null. */
  readonly updated: string | null;
}

/** What one `maven-metadata.xml` says. Plugin prefixes (group level) are not read. */
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
  /** The form Maven 2 wrote. */
  readonly snapshot: { readonly timestamp: string | null; readonly buildNumber: number; readonly localCopy: boolean } | null;
  readonly snapshotVersions: readonly SnapshotVersion[];
  /** Unsafe entries that were dropped, escaped for display, at most 20. */
  readonly dropped: readonly string[];
}

/** The body is not metadata of the artifact asked for: to the race, the mirror did not answer as a Maven repository. */
export class MetadataError extends Error {
  override readonly name = 'MetadataError';
  constructor(
    readonly reason: 'malformed' | 'wrong-coordinate' | 'too-large',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What the metadata must be about; fields left out are not checked. */
export interface MetadataSubject {
  readonly group?: string | undefined;
  readonly artifact?: string | undefined;
  /** Base version, at the snapshot level. */
  readonly version?: string | undefined;
}

const maxVersions = 100_000;
const maxDropped = 20;

/**
 * True when a version can be one path segment and one token of output: no separators, white space, control or
 * invisible characters, none that file systems refuse (Maven's ILLEGAL_VERSION_CHARS), none that make it a range.
 */
export function isSafeVersion(version: string): boolean {
  return version.length > 0 && version.length <= 256 && !/^\.+$/.test(version) && !/[\s\p{C}\ufffd\\/:"<>|?*[\](),]/u.test(version);
}

/**
 * Reads `maven-metadata.xml`, artifact or snapshot level, as leniently about bytes as Maven does.
 * @throws MetadataError
 */
export function parseMetadata(bytes: Uint8Array | string, subject: MetadataSubject = {}): Metadata {
  const root = readRoot(bytes);
  const group = filled(childText(root, 'groupId'));
  const artifact = filled(childText(root, 'artifactId'));
  const version = filled(childText(root, 'version'));
  mustBe('group', group, subject.group);
  mustBe('artifact', artifact, subject.artifact);
  // Artifact-level files of Maven 2 have a <version> too; it is compared only where a snapshot was asked for.
  mustBe('version', version, subject.version);

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
  if (actual === null || expected === undefined || actual === expected) return;
  throw new MetadataError(
    'wrong-coordinate',
    `the metadata is about ${what} '${escapeForDisplay(actual)}', not '${escapeForDisplay(expected)}'`,
  );
}

function readSnapshot(versioning: XmlElement | undefined): Metadata['snapshot'] {
  const element = versioning && childOf(versioning, 'snapshot');
  if (element === undefined) return null;
  const stamp = childText(element, 'timestamp') ?? '';
  const number = childText(element, 'buildNumber') ?? '';
  return {
    timestamp: /^\d{8}\.\d{6}$/.test(stamp) ? stamp : null,
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

/**
 * The timestamped version of one file of a snapshot, or null when the file is named by the base version.
 *
 * Maven's rule (DefaultVersionResolver 3.8.7): the newest `snapshotVersion` of that classifier and extension; the
 * older timestamp-buildNumber form counts only when the file lists no `snapshotVersion` at all and is no local copy.
 */
export function timestampedVersion(
  metadata: Metadata,
  file: { readonly version: string; readonly extension: string; readonly classifier: string },
): { readonly version: string; readonly updated: string | null } | null {
  const base = file.version.replace(/SNAPSHOT$/, '');
  let newest: SnapshotVersion | null = null;
  for (const entry of metadata.snapshotVersions) {
    if (entry.extension !== file.extension || entry.classifier !== file.classifier) continue;
    // A value of another base version would send the request elsewhere.
    if (!entry.value.startsWith(base)) continue;
    if (newest === null || (entry.updated ?? '') > (newest.updated ?? '')) newest = entry;
  }
  if (newest !== null) return newest.value === file.version ? null : { version: newest.value, updated: newest.updated };
  const { snapshot } = metadata;
  if (metadata.snapshotVersions.length > 0 || snapshot === null || snapshot.localCopy) return null;
  if (snapshot.timestamp === null || snapshot.buildNumber === 0 || base === file.version) return null;
  return { version: `${base}${snapshot.timestamp}-${snapshot.buildNumber}`, updated: metadata.lastUpdated };
}

function filled(value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

/** `yyyyMMddHHmmss`; the dotted form of old deployers is brought to it. */
function timestamp(value: string | undefined): string | null {
  const digits = value?.replace('.', '') ?? '';
  return /^\d{14}$/.test(digits) ? digits : null;
}
