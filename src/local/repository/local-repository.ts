/** One local repository in Maven's layout: finds files, places files, and keeps the notes that Maven keeps alongside them. */
import { existsSync, rmSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { FolderGuard } from '../../base/disk/folder-guard.js';
import type { Locks, Release } from '../../base/disk/lock.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { type LocalFile, statFile } from '../../base/disk/stat-file.js';
import type { CommitOptions, createTemporaryFile, PlacedFile, TemporaryFile, writeSmallFile } from '../../base/disk/temporary-file.js';
import { RecentMap } from '../../base/recent-map.js';
import { fileInFolder, lockFolderName, repositoryFile } from './layout.js';
import type { LocalMetadata } from './local-metadata.js';
import { isUsable, type Origins, readOrigins } from './origin.js';
import type { OriginWriter } from './origin-writer.js';
import type { SplitRepository } from './split-repository.js';

export type { CommitOptions, LocalFile, LocalMetadata, Origins, PlacedFile, Release, SplitRepository, TemporaryFile };

export interface LocalRepositoryOptions {
  /** The folder, created with the first write. It may be a link; links beneath it must not lead out of it. */
  readonly root: string;
  /** The clock of tracking files. Default the system's. */
  readonly now?: (() => Date) | undefined;
  /** Where lock files are kept. Default `.clojars-fetch-locks` beneath the root, so that all users of the root share it. */
  readonly lockFolder?: string | undefined;
}

/**
 * All `path` parameters are repository paths: relative, forward slashes (`org/lib/1.0/lib-1.0.jar`). A path that could
 * escape throws `ERR_COORDINATE`, reason `unsafe-path`. Errors of the disk are `ERR_LOCAL_REPOSITORY`, reasons `full`,
 * `unwritable` and `corrupt`, with the path.
 */
export interface LocalRepository {
  /** Absolute. */
  readonly root: string;
  /** Absolute file for a repository path. */
  file(path: string): string;
  /**
   * The file, if it is a regular one (links are followed: some tools build repositories of links). An empty file counts as
   * absent, unless the checksum file alongside shows that it was published empty.
   */
  find(path: string): Promise<LocalFile | null>;
  /** Does as {@link LocalRepository.find}, at once. */
  peek(path: string): LocalFile | null;
  /** Returns where the file came from, as `_remote.repositories` notes it. */
  origins(path: string): Promise<Origins>;
  /** Whether Maven, asking these repositories, would use the file if it exists. */
  usable(path: string, repositoryIds: readonly string[]): Promise<boolean>;
  /** Notes that the file came from this repository, under the id that the consuming tools will use. */
  recordOrigin(path: string, repositoryId: string, signal?: AbortSignal): Promise<void>;
  /** Opens a temporary file that can become the file of this path. */
  createTemporary(path: string): Promise<TemporaryFile>;
  /** Writes a small file (a checksum, a signature) in one step. Without `replace`, an existing file stays. */
  writeSmall(path: string, bytes: Uint8Array, options?: CommitOptions): Promise<PlacedFile>;
  /** Deletes `<file>.lastUpdated`, which keeps Maven from looking at a file that has arrived since. */
  clearFailures(path: string): Promise<void>;
  /** Returns the metadata kept in a folder (`org/lib`, or `org/lib/1.0-SNAPSHOT`). */
  readMetadata(folderPath: string): Promise<readonly LocalMetadata[]>;
  /** Keeps a repository's metadata and notes the time in `resolver-status.properties`. Returns the file. */
  writeMetadata(folderPath: string, repositoryId: string, xml: Uint8Array, signal?: AbortSignal): Promise<string>;
  /** Returns how Maven 3.9 or later is configured to split this local repository, null if it is not; see {@link detectSplit}. */
  detectSplit(): Promise<SplitRepository | null>;
  /** Takes the lock of a path between processes of this package, so that one downloads it and the others wait. */
  lock(path: string, signal?: AbortSignal): Promise<Release>;
}

/** Whether the `.sha1` alongside is the one of an empty file. */
function isPublishedEmpty(file: string): boolean {
  const checksum = `${file}.sha1`;
  if (statFile(checksum) === null) return false;
  return /^da39a3ee5e6b4b0d3255bfef95601890afd80709\b/i.test(Buffer.from(readBounded(checksum, 4096) ?? []).toString('latin1'));
}

function findIn(file: string): LocalFile | null {
  const found = statFile(file, { mayBeEmpty: true });
  return found?.size === 0 && !isPublishedEmpty(found.file) ? null : found;
}

/** Opens a local repository. Touches nothing until a method is called. Returns a plain object: callers spread it to replace methods. */
export function createLocalRepository(options: LocalRepositoryOptions): LocalRepository {
  const root = resolve(options.root);
  const file = rememberFiles(root);
  const writing = new WritingHalf(root, options);
  return {
    root,
    file,
    async find(path) {
      return findIn(file(path));
    },
    peek: (path) => findIn(file(path)),
    async origins(path) {
      return readOrigins(file(path));
    },
    async usable(path, repositoryIds) {
      return isUsable(readOrigins(file(path)), repositoryIds);
    },
    recordOrigin: async (path, repositoryId, signal) => writing.recordOrigin(file(path), repositoryId, signal),
    createTemporary: async (path) => writing.createTemporary(file(path)),
    writeSmall: async (path, bytes, commit = {}) => writing.writeSmall(file(path), bytes, commit),
    async clearFailures(path) {
      const failures = file(`${path}.lastUpdated`);
      try {
        // Java follows links too: one that leads nowhere is nothing to Maven.
        if (existsSync(failures)) rmSync(failures, { force: true });
      } catch (error) {
        throw localRepositoryError(error, failures);
      }
    },
    async readMetadata(folderPath) {
      const { readLocalMetadata } = await import('./local-metadata.js');
      return readLocalMetadata(file(folderPath));
    },
    writeMetadata: async (folderPath, repositoryId, xml, signal) => writing.writeMetadata(file(folderPath), repositoryId, xml, signal),
    async detectSplit() {
      const { detectSplit } = await import('./split-repository.js');
      return detectSplit(root);
    },
    lock: async (path, signal) => writing.lock(file(path), signal),
  };
}

/** Paths whose files are remembered. */
const mostRemembered = 2_000;

/** Remembers the last files: each path is asked for a dozen times while its file is fetched, and checking it takes a while. */
function rememberFiles(root: string): (path: string) => string {
  const known = new RecentMap<string, string>(mostRemembered);
  const remember = (path: string, file: string): string => {
    known.set(path, file);
    return file;
  };
  return (path) => {
    const there = known.get(path);
    if (there !== undefined) return there;
    const slash = path.lastIndexOf('/');
    const folder = known.get(path.slice(0, Math.max(0, slash)));
    if (folder !== undefined) return remember(path, fileInFolder(folder, path.slice(slash + 1), path));
    const file = repositoryFile(root, path);
    if (slash > 0) remember(path.slice(0, slash), file.slice(0, file.lastIndexOf(sep)));
    return remember(path, file);
  };
}

interface Writers {
  readonly locks: Locks;
  readonly originWriter: OriginWriter;
  readonly createTemporaryFile: typeof createTemporaryFile;
  readonly writeSmallFile: typeof writeSmallFile;
}

/** The writing methods, for absolute files beneath the root. A warm call writes nothing and does not load their modules. */
class WritingHalf {
  readonly #root: string;
  readonly #folders: FolderGuard;
  readonly #now: () => Date;
  readonly #lockFolder: string;
  /** Whether the lock folder lies beneath the root, where another user may have put a link in its place. */
  readonly #guardsLockFolder: boolean;
  #loaded: Promise<Writers> | null = null;
  /** What {@link #loaded} resolved to. */
  #ready: Writers | null = null;

  constructor(root: string, { lockFolder, now = () => new Date() }: LocalRepositoryOptions) {
    this.#root = root;
    this.#folders = new FolderGuard(root);
    this.#now = now;
    this.#lockFolder = lockFolder ?? join(root, lockFolderName);
    this.#guardsLockFolder = lockFolder === undefined;
  }

  async recordOrigin(file: string, repositoryId: string, signal: AbortSignal | undefined): Promise<void> {
    const { originWriter } = this.#ready ?? (await this.#writers());
    return originWriter.record(file, repositoryId, signal);
  }

  async createTemporary(file: string): Promise<TemporaryFile> {
    const { createTemporaryFile } = this.#ready ?? (await this.#writers());
    return createTemporaryFile(file, this.#root, this.#folders, this.#now().getTime());
  }

  async writeSmall(file: string, bytes: Uint8Array, options: CommitOptions): Promise<PlacedFile> {
    const { writeSmallFile } = this.#ready ?? (await this.#writers());
    return writeSmallFile(file, bytes, this.#root, this.#folders, { ...options, now: this.#now().getTime() });
  }

  async writeMetadata(folder: string, repositoryId: string, xml: Uint8Array, signal: AbortSignal | undefined): Promise<string> {
    const { writeLocalMetadata } = await import('./local-metadata.js');
    const { locks } = await this.#writers();
    return writeLocalMetadata(folder, repositoryId, xml, this.#root, this.#folders, locks, this.#now(), signal);
  }

  async lock(file: string, signal: AbortSignal | undefined): Promise<Release> {
    const { locks } = this.#ready ?? (await this.#writers());
    return locks.lock(file, signal);
  }

  #writers(): Promise<Writers> {
    return (this.#loaded ??= this.#load());
  }

  async #load(): Promise<Writers> {
    const [{ createLocks }, { createOriginWriter }, { createTemporaryFile, writeSmallFile }] = await Promise.all([
      import('../../base/disk/lock.js'),
      import('./origin-writer.js'),
      import('../../base/disk/temporary-file.js'),
    ]);
    const lockFiles = createLocks(this.#lockFolder);
    const locks: Locks = {
      lock: async (name, signal, withinMs) => {
        if (this.#guardsLockFolder) this.#folders.ensure(this.#lockFolder);
        return lockFiles.lock(name, signal, withinMs);
      },
      tryLocked: (name, work) => {
        if (this.#guardsLockFolder) this.#folders.ensure(this.#lockFolder);
        return lockFiles.tryLocked(name, work);
      },
      isHeld: (name) => lockFiles.isHeld(name),
    };
    const originWriter = createOriginWriter(this.#root, this.#folders, locks, this.#now);
    return (this.#ready = { locks, originWriter, createTemporaryFile, writeSmallFile });
  }
}
