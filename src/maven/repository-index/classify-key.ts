/** Tells from its key what a file of a Maven repository is, and when in the order of publication its turn comes. */
import { folderOf, nameOf } from './key.js';

export type KeyKind = 'version-file' | 'checksum' | 'metadata' | 'listing' | 'other';

/** The turns of publication within one artifact: a file must not be seen before everything that it refers to. */
export const turns = {
  files: 0,
  fileChecksums: 1,
  snapshotMetadata: 2,
  snapshotMetadataChecksums: 3,
  artifactMetadata: 4,
  artifactMetadataChecksums: 5,
  others: 6,
  otherChecksums: 7,
} as const;

export interface KeyClass {
  readonly kind: KeyKind;
  /** The folder whose `maven-metadata.xml` must wait for this file: that of the artifact, or that of the file itself. */
  readonly artifactFolder: string;
  /** One of {@link turns}. */
  readonly turn: number;
  /** Whether the file may change at the source: metadata, snapshots without a timestamp, and everything outside a version. */
  readonly isMutable: boolean;
  /** The key that a checksum file is about, else null. */
  readonly subject: string | null;
}

const checksumSuffix = /\.(?:md5|sha1|sha256|sha512)$/;
const snapshotSuffix = '-SNAPSHOT';
const timestamp = /^\d{8}\.\d{6}-\d+/;

/** Classifies a key that {@link keyProblem} has let pass. */
export function classifyKey(key: string): KeyClass {
  const suffix = checksumSuffix.exec(key);
  if (suffix === null) return classifySubject(key);
  const subject = key.slice(0, suffix.index);
  const { artifactFolder, turn, isMutable } = classifySubject(subject);
  return { kind: 'checksum', artifactFolder, turn: turn + 1, isMutable, subject };
}

function classifySubject(key: string): KeyClass {
  const folder = folderOf(key);
  const name = nameOf(key);
  if (name === 'maven-metadata.xml') return classifyMetadata(folder);
  const version = versionFileOf(key);
  if (version !== null)
    return {
      kind: 'version-file',
      artifactFolder: folderOf(folder),
      turn: turns.files,
      isMutable: version === 'mutable',
      subject: null,
    };
  const kind = name === 'index.html' ? 'listing' : 'other';
  return { kind, artifactFolder: folder, turn: turns.others, isMutable: true, subject: null };
}

function classifyMetadata(folder: string): KeyClass {
  const isSnapshot = folder.endsWith(snapshotSuffix) && folderOf(folder) !== '';
  return {
    kind: 'metadata',
    artifactFolder: isSnapshot ? folderOf(folder) : folder,
    turn: isSnapshot ? turns.snapshotMetadata : turns.artifactMetadata,
    isMutable: true,
    subject: null,
  };
}

/** Whether the key is `group…/artifact/version/artifact-version…`, and whether that file may change; null for any other key. */
function versionFileOf(key: string): 'immutable' | 'mutable' | null {
  const parts = key.split('/');
  const [name = '', version = '', artifact = ''] = parts.reverse();
  if (parts.length < 4 || !name.startsWith(`${artifact}-`)) return null;
  const rest = name.slice(artifact.length + 1);
  if (isVersionAndMore(rest, version)) return version.endsWith(snapshotSuffix) ? 'mutable' : 'immutable';
  if (!version.endsWith(snapshotSuffix)) return null;
  const base = version.slice(0, -'SNAPSHOT'.length);
  return rest.startsWith(base) && timestamp.test(rest.slice(base.length)) ? 'immutable' : null;
}

function isVersionAndMore(rest: string, version: string): boolean {
  return rest.startsWith(version) && (rest[version.length] === '.' || rest[version.length] === '-');
}

/** Returns the algorithm of a checksum file by its name: `md5`, `sha1`, `sha256` or `sha512`; null for any other file. */
export function checksumAlgorithmOf(key: string): 'md5' | 'sha1' | 'sha256' | 'sha512' | null {
  const suffix = checksumSuffix.exec(key)?.[0].slice(1);
  return suffix === 'md5' || suffix === 'sha1' || suffix === 'sha256' || suffix === 'sha512' ? suffix : null;
}

/** Whether the file is a detached signature, for which Clojars requires no checksum. */
export function isSignatureKey(key: string): boolean {
  return key.endsWith('.asc') || key.endsWith('.sig');
}
