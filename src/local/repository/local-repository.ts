/** One local repository in Maven's layout: finding files, placing files, and the notes Maven keeps beside them. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

import { localRepositoryError } from '../../base/disk/file-error.js';
import { FolderGuard } from '../../base/disk/folder-guard.js';
import type { Locks, Release } from '../../base/disk/lock.js';
import { readBounded } from '../../base/disk/read-bounded.js';
import { type LocalFile, statFile } from '../../base/disk/stat-file.js';
import type { CommitOptions, PlacedFile, TemporaryFile } from '../../base/disk/temporary-file.js';
import { lockFolderName, repositoryFile } from './layout.js';
import type { LocalMetadata } from './local-metadata.js';
import { isUsable, type Origins, readOrigins } from './origin.js';
import type { SplitRepository } from './split-repository.js';

export type { CommitOptions, LocalFile, LocalMetadata, Origins, PlacedFile, Release, SplitRepository, TemporaryFile };

export interface LocalRepositoryOptions {
  /** The folder, made when first written to. It may be a link; what is beneath it may not lead out of it. */
  readonly root: string;
  /** The clock of tracking files. Default the system's. */
  readonly now?: (() => Date) | undefined;
  /** Where lock files are kept. Default `.clojars-fetch-locks` beneath the root, so that all users of the root share it. */
  readonly lockFolder?: string | undefined;
}

/**
 * All `path` parameters are repository paths: relative, forward slashes (`org/lib/1.0/lib-1.0.jar`). A path that could
 * escape throws `ERR_COORDINATE`, reason `unsafe-path`. What the disk refuses is `ERR_LOCAL_REPOSITORY`, reasons `full`,
 * `unwritable` and `corrupt`, with the path.
 */
export interface LocalRepository {
  /** Absolute. */
  readonly root: string;
  /** Absolute file for a repository path. */
  file(path: string): string;
  /**
   * The file, if it is a regular one (links are followed: some tools build repositories of links). An empty file counts as
   * absent, unless the checksum file alongside says that it was published so.
   */
  find(path: string): Promise<LocalFile | null>;
  /** Where the file came from, by `_remote.repositories`. */
  origins(path: string): Promise<Origins>;
  /** Whether Maven would use the file, if it is there, when it asks these repositories. */
  usable(path: string, repositoryIds: readonly string[]): Promise<boolean>;
  /** Notes that the file came from this repository, under the id that the consuming tools will use. */
  recordOrigin(path: string, repositoryId: string, signal?: AbortSignal): Promise<void>;
  /** Opens a temporary file that can become the file of this path. */
  createTemporary(path: string): Promise<TemporaryFile>;
  /** Writes a small file (a checksum, a signature) in one step. Without `replace` a file that is there stays. */
  writeSmall(path: string, bytes: Uint8Array, options?: CommitOptions): Promise<PlacedFile>;
  /** Deletes `<file>.lastUpdated`, which keeps Maven from looking at a file that has arrived since. */
  clearFailures(path: string): Promise<void>;
  /** Metadata kept in a folder (`org/lib`, or `org/lib/1.0-SNAPSHOT`). */
  readMetadata(folderPath: string): Promise<readonly LocalMetadata[]>;
  /** Keeps a repository's metadata and notes the time in `resolver-status.properties`. Returns the file. */
  writeMetadata(folderPath: string, repositoryId: string, xml: Uint8Array, signal?: AbortSignal): Promise<string>;
  /** Says whether Maven ≥ 3.9 was told to split this local repository; see {@link detectSplit}. */
  detectSplit(): Promise<SplitRepository | null>;
  /** Takes the lock of a path between processes of this package, so that one downloads it and the others wait. */
  lock(path: string, signal?: AbortSignal): Promise<Release>;
}

/** Whether the `.sha1` alongside is that of no bytes. */
function isPublishedEmpty(file: string): boolean {
  const checksum = `${file}.sha1`;
  if (statFile(checksum) === null) return false;
  return /^da39a3ee5e6b4b0d3255bfef95601890afd80709\b/i.test(Buffer.from(readBounded(checksum, 4096) ?? []).toString('latin1'));
}

/** Opens a local repository. Touches nothing until a method is called. */
export function createLocalRepository(options: LocalRepositoryOptions): LocalRepository {
  const root = resolve(options.root);
  const now = options.now ?? (() => new Date());
  const folders = new FolderGuard(root);
  const lockFolder = options.lockFolder ?? join(root, lockFolderName);
  /** What only writing needs: a warm call does not load it. */
  const loadWriting = async () => {
    const [{ createLocks }, { createOriginWriter }, { createTemporaryFile, writeSmallFile }] = await Promise.all([
      import('../../base/disk/lock.js'),
      import('./origin-writer.js'),
      import('../../base/disk/temporary-file.js'),
    ]);
    const lockFiles = createLocks(lockFolder);
    const locks: Locks = {
      async lock(name, signal, withinMs) {
        // Beneath the root the folder of locks is as little to be trusted as any other.
        if (options.lockFolder === undefined) await folders.ensure(lockFolder);
        return lockFiles.lock(name, signal, withinMs);
      },
    };
    return { locks, originWriter: createOriginWriter(root, folders, locks, now), createTemporaryFile, writeSmallFile };
  };
  let writingHalf: ReturnType<typeof loadWriting> | null = null;
  const writing = (): ReturnType<typeof loadWriting> => (writingHalf ??= loadWriting());
  const file = (path: string): string => repositoryFile(root, path);

  return {
    root,
    file,
    async find(path) {
      const found = statFile(file(path), { mayBeEmpty: true });
      return found?.size === 0 && !isPublishedEmpty(found.file) ? null : found;
    },
    async origins(path) {
      return readOrigins(file(path));
    },
    async usable(path, repositoryIds) {
      return isUsable(readOrigins(file(path)), repositoryIds);
    },
    async recordOrigin(path, repositoryId, signal) {
      const { originWriter } = await writing();
      await originWriter.record(file(path), repositoryId, signal);
    },
    async createTemporary(path) {
      const { createTemporaryFile } = await writing();
      return createTemporaryFile(file(path), root, folders, now().getTime());
    },
    async writeSmall(path, bytes, commit = {}) {
      const { writeSmallFile } = await writing();
      return writeSmallFile(file(path), bytes, root, folders, { ...commit, now: now().getTime() });
    },
    async clearFailures(path) {
      const failures = file(`${path}.lastUpdated`);
      try {
        rmSync(failures, { force: true });
      } catch (error) {
        throw localRepositoryError(error, failures);
      }
    },
    async readMetadata(folderPath) {
      const { readLocalMetadata } = await import('./local-metadata.js');
      return readLocalMetadata(file(folderPath));
    },
    async writeMetadata(folderPath, repositoryId, xml, signal) {
      const { writeLocalMetadata } = await import('./local-metadata.js');
      const { locks } = await writing();
      return writeLocalMetadata(file(folderPath), repositoryId, xml, root, folders, locks, now(), signal);
    },
    async detectSplit() {
      const { detectSplit } = await import('./split-repository.js');
      return detectSplit(root);
    },
    async lock(path, signal) {
      const { locks } = await writing();
      return locks.lock(file(path), signal);
    },
  };
}
