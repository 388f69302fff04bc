/** The contents of a lockfile. {@link createLockfile} sorts every list and removes repetitions. */
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import type { Level } from '../../proof/level.js';

/** A file that a graph was computed from or consists of. */
export interface LockedFile {
  /** Repository path: `org/lib/1.0/lib-1.0.jar`. */
  readonly path: string;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
  /** Id of the repository it came from; null if another tool put it into the local repository without recording it. */
  readonly repository: string | null;
  /** The strongest proof at locking, the lockfile's own pin not counted. */
  readonly level: Level;
  /** Fingerprint of the key whose good signature was checked at locking, upper-case hex; null if none was. */
  readonly signer: string | null;
  /**
   * The key that the signature names if it did not count at locking (its key is unknown or not trusted): a fingerprint,
   * or a key ID of 16 digits; null if the signature counted, or none was seen.
   */
  readonly seenSigner: string | null;
}

/** The choice made for a version that is not exact: `RELEASE`, `LATEST`, a selector, a range of one artifact, a snapshot. */
export interface LockedVersion {
  /** The artifact, with `version` as the user wrote it: a selector is not marked. */
  readonly requested: ArtifactCoordinate;
  /** The chosen version; for a snapshot its timestamped version, or its own if it was installed on this machine. */
  readonly chosen: string;
}

/** A version that a range of the graph could take. */
export interface LockedRange {
  readonly group: string;
  readonly artifact: string;
  readonly version: string;
}

/** A parsed lockfile. */
export interface Lockfile {
  /** Digests of the requests, one for each graph: sha256, lower-case hex. */
  readonly graphs: readonly string[];
  /** The roots of all graphs, as requested. For messages only: the digests decide. */
  readonly roots: readonly string[];
  readonly versions: readonly LockedVersion[];
  readonly ranges: readonly LockedRange[];
  /** Paths of POMs and attachments that no repository had: the graph was computed without them. */
  readonly absent: readonly string[];
  readonly files: readonly LockedFile[];
}

export const emptyLockfile: Lockfile = { graphs: [], roots: [], versions: [], ranges: [], absent: [], files: [] };

/** Compares by UTF-16 units, in every locale: the order of a lockfile. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Returns the group and artifact of a locked path. They are read from its folders, which name them whatever the file is;
 * a lockfile has only paths in Maven's layout.
 */
export function artifactOf(path: string): { readonly group: string; readonly artifact: string } {
  const folders = path.split('/').slice(0, -2);
  return { group: folders.slice(0, -1).join('.'), artifact: folders.at(-1) ?? '' };
}

/** Returns `group:artifact` of a locked path. */
export function artifactNameOf(path: string): string {
  const { group, artifact } = artifactOf(path);
  return `${group}:${artifact}`;
}

/** Returns the key of a decision about a version: a lockfile has at most one of each. */
export function versionKey(requested: ArtifactCoordinate): string {
  return formatCoordinate(requested);
}

/** Sorts the lists and removes repetitions. Of two entries with the same key, the first stays. */
export function createLockfile(given: Lockfile): Lockfile {
  return {
    graphs: sorted(given.graphs, (graph) => graph),
    roots: sorted(given.roots, (root) => root),
    versions: sorted(given.versions, ({ requested }) => versionKey(requested)),
    ranges: sorted(given.ranges, ({ group, artifact, version }) => `${group}:${artifact} ${version}`),
    absent: sorted(given.absent, (path) => path),
    files: sorted(given.files, ({ path }) => path),
  };
}

function sorted<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  const byKey = new Map<string, T>();
  for (const item of items) {
    const own = key(item);
    if (!byKey.has(own)) byKey.set(own, item);
  }
  return [...byKey].sort(([a], [b]) => compareText(a, b)).map(([, item]) => item);
}
