/** A cache of verified files, as the proxy uses it: a folder of its own, or the user's local repository. */
import type { Level } from '../../base/words.js';

/** A cached file whose bytes were digested, and are still the same as far as the file system tells. */
export interface CachedFile {
  readonly repository: string;
  /** Repository path: relative, forward slashes. */
  readonly path: string;
  /** Absolute. */
  readonly file: string;
  readonly size: number;
  /** Time of the file on the disk: that at which it arrived. */
  readonly modifiedMs: number;
  /** When its mirror says that it was last changed, in milliseconds since 1970; null if that is not known. */
  readonly lastModifiedMs: number | null;
  /** Lower-case hex, as are the other digests. */
  readonly sha256: string;
  readonly sha1: string | null;
  readonly md5: string | null;
  /** Base URL (display form) of the mirror that served it; null if that is not known. */
  readonly mirror: string | null;
  readonly level: Level;
}

/** One line of a listing. */
export interface ListedEntry {
  readonly name: string;
  readonly folder: boolean;
  /** Null for a folder. */
  readonly size: number | null;
  readonly modifiedMs: number | null;
}

/** Something that `check` found. */
export interface CheckFinding {
  /** `damaged`: its bytes are not those recorded; `missing`: recorded, but gone; `unknown`: nothing says what its bytes should be. */
  readonly kind: 'damaged' | 'missing' | 'unknown';
  readonly repository: string;
  readonly path: string;
  readonly file: string;
  /** For a person: what differs. */
  readonly detail: string;
  /** Where a damaged file was moved; null if it stayed where it is. */
  readonly movedTo: string | null;
}

/** The result of a check of the cache. */
export interface CheckReport {
  /** Files whose bytes were hashed. */
  readonly files: number;
  readonly bytes: number;
  readonly damaged: number;
  readonly missing: number;
  readonly unknown: number;
  /** False if the check was aborted. */
  readonly isComplete: boolean;
}

export interface CacheStats {
  readonly bytes: number;
  readonly files: number;
  /** The limit that holds now: the configured one, or less on a small disk. */
  readonly limitBytes: number;
  /** Room kept for downloads under way. */
  readonly reservedBytes: number;
  /** Since the start of this process. */
  readonly evictedFiles: number;
  readonly evictedBytes: number;
  readonly setAside: number;
  /** Whether the folders have been looked through since the start, so that files placed by other programs count too. */
  readonly isCounted: boolean;
}

/** All `path` parameters are repository paths. One that could lead out of its root is never found, noted or moved. */
export interface FileCache {
  /** Where lock files belong, for `createLocalRepository`: evicted files are locked there, too. Null for the usual place beneath the root. */
  readonly lockFolder: string | null;
  /** Absolute root of a repository, in Maven's layout. */
  folder(repository: string): string;
  /** The file, if it is there and the file system shows no change since its bytes were digested; else null. One look at the disk. */
  lookup(repository: string, path: string): CachedFile | null;
  /**
   * Records a file whose bytes were digested: after a download was placed, or a file was hashed again. Returns the date of the last change
   * that is recorded (`lastModifiedMs`), as {@link dateToKeep} chooses it.
   */
  note(file: CachedFile): number | null;
  /** Notes that the file was used: it leaves the cache later. */
  touch(repository: string, path: string): void;
  /**
   * Keeps room for a file, and removes what was used longest ago if there is none. Call it when the size is known, that is, when a
   * mirror has answered; call the result when the file was noted or given up.
   *
   * @throws ClojarsFetchError `ERR_LOCAL_REPOSITORY`, reason `full`, if it does not fit
   */
  reserve(bytes: number): Promise<() => void>;
  /** Keeps this process from removing the file (and the others of its version) until the result is called. */
  hold(repository: string, path: string): () => void;
  /** Moves a damaged file out of the served tree. */
  setAside(repository: string, path: string): Promise<void>;
  /** Lists a folder (empty path: the root) for people: sorted, without our own and Maven's notes. Null if it is missing. */
  list(repository: string, path: string): readonly ListedEntry[] | null;
  /** Hashes all files, tells each finding, and moves damaged ones aside. */
  check(signal: AbortSignal, onFinding: (finding: CheckFinding) => void): Promise<CheckReport>;
  /**
   * Spares the files of a repository while its mirrors are out of reach: they could not be fetched again. They then leave only when a
   * file that a mirror has begun to send would not fit otherwise.
   */
  pauseEviction(repository: string, isPaused: boolean): void;
  stats(): CacheStats;
  /** Resolves when everything that lies in the folders has been counted. */
  counted(): Promise<void>;
  /** Writes what is not on disk yet. The cache must not be used afterwards. */
  close(): Promise<void>;
}
