/**
 * Builds every repository path, in Maven's layout: `g/r/o/u/p/artifact/baseVersion/artifact-version[-classifier].ext`.
 *
 * Paths are relative, use `/`, and consist of validated names only, so that no path can leave its repository.
 */
import { isClojarsFetchError } from '../../base/error.js';
import { classifyVersion } from '../version/request.js';
import { baseVersion, isSnapshot, parseTimestampedVersion } from '../version/snapshot.js';
import { type ArtifactCoordinate, completeCoordinate, type Coordinate } from './coordinate.js';
import { formatCoordinate } from './format.js';
import { coordinateError, maxPathLength, maxSegmentLength, validateCoordinate, validateName } from './validate.js';

function resolved(coordinate: Coordinate): ArtifactCoordinate {
  const complete = validateCoordinate(completeCoordinate(coordinate));
  const kind = classifyVersion(complete.version);
  if (kind !== 'exact' && kind !== 'snapshot') {
    throw coordinateError('malformed', formatCoordinate(complete), 'its version must be resolved before it has a path');
  }
  return complete;
}

function folder(group: string, artifact: string): string {
  return `${group.replaceAll('.', '/')}/${artifact}`;
}

/**
 * Returns the folder of a version, named by its base version: `org/clojure/clojure/1.11.1`. No trailing slash.
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`: unsafe, or the version is still a range, selector, `RELEASE` or `LATEST`.
 */
export function pathFolder(coordinate: Coordinate): string {
  const { group, artifact, version } = resolved(coordinate);
  return `${folder(group, artifact)}/${baseVersion(version)}`;
}

/**
 * Returns the path of an artifact's file. A snapshot's file is named after `timestampedVersion` if given (as in a remote
 * repository), otherwise after the coordinate's own version (as after a local install).
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`, as `pathFolder`, or if `timestampedVersion` belongs to another version.
 */
export function artifactPath(coordinate: Coordinate, timestampedVersion?: string): string {
  const { group, artifact, version, classifier, extension } = resolved(coordinate);
  const fileVersion = timestampedVersion ?? version;
  if (timestampedVersion !== undefined) {
    if (baseVersion(timestampedVersion) !== baseVersion(version)) {
      throw coordinateError('malformed', timestampedVersion, 'it is not a timestamped version of the coordinate');
    }
    resolved({ ...coordinate, version: timestampedVersion });
  }
  const suffix = classifier === '' ? '' : `-${classifier}`;
  return `${folder(group, artifact)}/${baseVersion(version)}/${artifact}-${fileVersion}${suffix}.${extension}`;
}

/** Returns the remote file name, or the name under which a local repository keeps one repository's metadata. */
function metadataName(repositoryId: string | undefined): string {
  if (repositoryId === undefined) return 'maven-metadata.xml';
  if (!/^[A-Za-z0-9_$+-][A-Za-z0-9._$+-]{0,127}$/.test(repositoryId)) {
    throw coordinateError(
      'unsafe-path',
      repositoryId,
      'the repository id is not safe in a file name (allowed: letters, digits and . _ - $ +)',
    );
  }
  return `maven-metadata-${repositoryId}.xml`;
}

/** Returns the path of an artifact's metadata (its versions). With `repositoryId`, the path in a local repository: `maven-metadata-<id>.xml`. */
export function metadataPath(group: string, artifact: string, repositoryId?: string): string {
  return `${folder(validateName('group', group), validateName('artifact', artifact))}/${metadataName(repositoryId)}`;
}

/** Returns the path of a snapshot's metadata (its builds), in the folder of its base version. `repositoryId` as in `metadataPath`. */
export function snapshotMetadataPath(coordinate: Coordinate, repositoryId?: string): string {
  return `${pathFolder(coordinate)}/${metadataName(repositoryId)}`;
}

const doubleExtension = /\.(?:tar\.[a-z0-9]+|[a-z0-9]+\.asc)$/i;

/** Splits a file name without its artifact into the version and the rest; null if the version is not the folder's. */
function splitFile(rest: string, folderVersion: string): { version: string; tail: string } | null {
  if (rest.startsWith(folderVersion)) return { version: folderVersion, tail: rest.slice(folderVersion.length) };
  if (!isSnapshot(folderVersion)) return null;
  const prefix = folderVersion.slice(0, -'SNAPSHOT'.length);
  const stamp = rest.startsWith(prefix) ? /^[0-9]{8}\.[0-9]{6}-[0-9]+/.exec(rest.slice(prefix.length)) : null;
  if (stamp === null) return null;
  const version = prefix + stamp[0];
  return { version, tail: rest.slice(version.length) };
}

/**
 * Parses an artifact's path into its coordinate, with the timestamped version if the file has one. Returns null for any
 * other path (metadata, unsafe, another layout). The caller removes checksum suffixes first. Maven's layout does not
 * say where a classifier with a dot ends: the last dot decides (or the dot before `.tar.x` and `.x.asc`).
 */
export function parseArtifactPath(path: string): ArtifactCoordinate | null {
  if (path.length > maxPathLength) return null;
  const segments = path.split('/');
  const file = segments.at(-1);
  const version = segments.at(-2);
  const artifact = segments.at(-3);
  const groups = segments.slice(0, -3);
  if (file === undefined || version === undefined || artifact === undefined || groups.length === 0) return null;
  if (groups.some((name) => name.includes('.')) || !file.startsWith(`${artifact}-`) || parseTimestampedVersion(version) !== null)
    return null;
  const split = splitFile(file.slice(artifact.length + 1), version);
  if (split === null) return null;
  const { tail } = split;
  if (!tail.startsWith('.') && !tail.startsWith('-')) return null;
  const dot = tail.startsWith('.') ? 0 : (doubleExtension.exec(tail)?.index ?? tail.lastIndexOf('.'));
  if (dot < 0 || (dot < 2 && tail.startsWith('-'))) return null;
  const coordinate = {
    group: groups.join('.'),
    artifact,
    version: split.version,
    classifier: tail.startsWith('.') ? '' : tail.slice(1, dot),
    extension: tail.slice(dot + 1),
  };
  try {
    return artifactPath(coordinate) === path ? coordinate : null;
  } catch (error) {
    // A path with unsafe parts is not an artifact's path.
    if (isClojarsFetchError(error)) return null;
    throw error;
  }
}

/** Most paths: no character needs to be encoded, and no segment begins with a dot. */
const plainPath = /^[\w~-][\w.~-]*(?:\/[\w~-][\w.~-]*)*$/;

/**
 * Encodes a repository path for a URL: percent-encodes every segment, including `+`, which S3 stores read as a space.
 *
 * @throws ClojarsFetchError `ERR_COORDINATE`, reason `unsafe-path`: empty, `.` and `..` segments, controls, `\`.
 */
export function encodePath(path: string): string {
  if (path.length <= maxSegmentLength && plainPath.test(path)) return path;
  return path
    .split('/')
    .map((segment) => {
      const unsafe = segment === '' || segment === '.' || segment === '..' || /[\u0000-\u001f\u007f\\\ud800-\udfff]/.test(segment);
      if (unsafe || segment.length > maxSegmentLength + 16) {
        throw coordinateError('unsafe-path', path, 'it is not a safe path beneath a repository');
      }
      return encodeURIComponent(segment).replace(/[!'()*]/g, (character) => '%' + character.charCodeAt(0).toString(16).toUpperCase());
    })
    .join('/');
}
