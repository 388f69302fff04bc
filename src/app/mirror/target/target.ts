/** The contract of a target: a place where files become visible one by one, each whole. */
import type { Release } from '../../../base/disk/lock.js';
import type { ChecksumAlgorithm } from '../../../proof/checksum/claim.js';

/** A file on its way to the target: nothing of it is visible before it is published. */
export interface StagedFile {
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Makes the file durable, and then visible under its key in one step, in place of an earlier one.
   * @param options.mustBeNew not if a file is there, such as that of a key which differs only in case. Default: false
   * @throws {ClojarsFetchError} with the reason `corrupt`, only this key cannot be written
   */
  publish(options?: { readonly mustBeNew?: boolean }): Promise<void>;
  /** Never throws; does nothing after {@link StagedFile.publish}. */
  discard(): Promise<void>;
}

/** A whole file on the file system of the target that is not part of it yet. */
export interface MovableFile {
  /** Absolute. */
  readonly path: string;
  /** Settles when it is clear whether a power cut can harm it. */
  readonly isDurable: Promise<boolean>;
}

export interface MirrorTarget {
  /** For messages. */
  readonly name: string;
  /** A folder of this machine with the inventory, the journal and files that are worked on. It exists while the lock is held. */
  readonly stateFolder: string;
  /**
   * Makes sure that no other sync works on this target. Everything that changes it later fails with `locked` if the lock was lost meanwhile.
   * @param options.isDryRun whether nothing will be published: then nothing is written into the target. Default: false
   * @throws {ClojarsFetchError} `locked`
   */
  lock(signal: AbortSignal, options?: { readonly isDryRun?: boolean }): Promise<Release>;
  /** Looks whether the lock is still held, before something else than a file of the target is changed. @throws {ClojarsFetchError} `locked` */
  verifyHeld(): Promise<void>;
  /** @throws {ClojarsFetchError} `ERR_LOCAL_REPOSITORY`; with the reason `corrupt`, only this key cannot be written */
  stage(key: string): Promise<StagedFile>;
  /** Stages a file by moving it, which spares writing its bytes again; they may still be written, to no effect. Missing if it cannot. */
  adopt?(key: string, file: MovableFile): StagedFile;
  /**
   * Makes a folder with all its files visible in one step. Returns false if anything has its place, or it cannot have that. Missing if the
   * target cannot do that.
   * @param path absolute, of a folder on the file system of the target
   */
  adoptFolder?(folder: string, path: string): boolean;
  /** Removes a file; does nothing if it is missing. */
  remove(key: string): Promise<void>;
  /** Takes a file out of sight, and keeps it for a month; does nothing if it is missing. @param now by the source's clock */
  retire(key: string, now: Date): Promise<void>;
  /** Removes what was taken out of sight more than a month ago. @param now by the source's clock */
  forgetRetired(now: Date): Promise<void>;
  /** Null if the file is missing. @throws {ClojarsFetchError} `too-large` */
  read(key: string, maxBytes: number): Promise<Uint8Array | null>;
  /** Null if the file is missing. */
  sizeOf(key: string): Promise<number | null>;
  /** In hex; null if the file is missing. */
  digestOf(key: string, algorithm: ChecksumAlgorithm, signal: AbortSignal): Promise<string | null>;
  /**
   * Whether a sync published the file, also one of another machine. Default: only the inventory tells, which lies alongside the files.
   */
  isOwn?(key: string): Promise<boolean>;
  /** Whether any file lies in the folder. */
  hasFolder(folder: string): Promise<boolean>;
}
