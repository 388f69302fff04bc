/** One download of one file, for all who ask: repeated while mirrors are out of reach, and once if the copy in the cache is damaged. */
import type { Stats } from 'node:fs';

import { Foresight } from '../../../base/async/foresight.js';
import { readRegularFile } from '../../../base/disk/regular-file.js';
import { lookAt } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import type { ClientEvent } from '../../../base/event.js';
import { digestFile } from '../../../fetch/digest-file.js';
import { type PathRequest, resolvePath } from '../../../fetch/paths/resolve-path.js';
import type { ResolvedFile } from '../../../fetch/wanted-file.js';
import type { CachedFile, FileCache } from '../../../local/cache/file-cache.js';
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import type { Digests } from '../../../proof/checksum/claim.js';
import { createDigester } from '../../../proof/checksum/digest.js';
import { runBounded } from '../../client/operation.js';
import { type SpoolAnnouncement, SpooledBody } from '../spool/spooled-body.js';
import { DownloadRoom } from './download-room.js';
import { isOutOfReach, type Patience, type Progress, withPatience } from './patience.js';
import { type Renewal, Unchanged } from './renewal.js';
import type { RepositoryAccess } from './repository-access.js';
import { accessVia } from './via.js';

/** A verified file, as the proxy serves it: with the digests that tools ask for. */
export interface ApprovedFile extends CachedFile {
  readonly sha1: string;
  readonly md5: string;
  /** When a mirror last vouched for it: at its arrival, or later if it can change. */
  readonly confirmedMs: number;
  /** Whether it is no longer fresh, and no mirror said whether it is still right. */
  readonly isStale: boolean;
}

/** The part of the cache that serving needs. */
export type FileStore = Pick<FileCache, 'lookup' | 'reserve' | 'note' | 'touch' | 'setAside' | 'pauseEviction'>;

/** A file by its path, and the coordinate that the path names. */
export interface FileAddress {
  readonly path: string;
  readonly coordinate: ArtifactCoordinate;
  /** The header Via of the request that asks for it. */
  readonly via?: string | undefined;
}

export interface FileDownloadOptions {
  readonly access: RepositoryAccess;
  readonly store: FileStore;
  readonly timeoutMs: number;
  readonly patienceMs: number;
  /** As in PathRequest: the look-ahead need not parse the POM again. */
  readonly onPom?: PathRequest['onPom'];
  /** Ends all downloads. */
  readonly signal: AbortSignal;
}

/** A download under way. It goes on when the asker that started it leaves. */
export interface Download {
  /** Id of the repository that the file comes from. */
  readonly repository: string;
  /** Resolves when a large file begins to arrive that the cache has room for; to null if the outcome is known without one. */
  readonly announced: Promise<SpoolAnnouncement | null>;
  /** The bytes while they arrive. */
  readonly body: SpooledBody;
  /** The verified file. Rejects as `resolvePath`. */
  readonly done: Promise<ApprovedFile>;
  /** Once it is done: whether a mirror said that the file in the cache is still right. */
  readonly isConfirmed: boolean;
}

const noProgress: Progress = { asked: () => undefined, arrived: () => undefined };

/** Besides SHA-1 and SHA-256. */
const alsoDigest = ['md5'] as const;
/** Files up to this size are digested at once. */
const smallBytes = 1024 * 1024;

export class FileDownload implements Download {
  readonly repository: string;
  readonly announced: Promise<SpoolAnnouncement | null>;
  readonly body = new SpooledBody();
  readonly done: Promise<ApprovedFile>;
  readonly #options: FileDownloadOptions;
  readonly #room: DownloadRoom;
  readonly #address: FileAddress;
  /** Whether a tool waits for the file, or it is fetched ahead of time. */
  readonly #foresight = new Foresight();

  /** Of a file that later builds replace; null for any other. */
  readonly #renewal: Renewal | null;
  #isStale = false;
  #isConfirmed = false;

  constructor(address: FileAddress, options: FileDownloadOptions, renewal: Renewal | null = null) {
    this.#address = address;
    this.#options = { ...options, access: accessVia(options.access, address.via) };
    this.#renewal = renewal;
    this.repository = options.access.repository.id;
    this.#room = new DownloadRoom(options.store);
    this.announced = this.#announce();
    this.done = this.#run();
    this.done.catch((error: unknown) => this.body.refuse(asError(error)));
  }

  get isConfirmed(): boolean {
    return this.#isConfirmed;
  }

  /** Says that a tool waits for the file: it goes before files that are fetched ahead of time, and is tried again. */
  need(): void {
    this.#foresight.need();
  }

  /** A client that is told of the file before there is room for it would see a cut connection, and not the reason. */
  async #announce(): Promise<SpoolAnnouncement | null> {
    const announced = await this.body.announced;
    return announced !== null && (await this.#room.need(announced.total)) ? announced : null;
  }

  async #run(): Promise<ApprovedFile> {
    // The caller may still say that the file is needed.
    await Promise.resolve();
    const { refused } = this.#room;
    try {
      const resolved = await this.#resolve();
      // Readers wait for the end of a large file, and need not wait for its other digests as well.
      this.body.accept(resolved.file);
      await this.#room.settled();
      const stats = lookAt(resolved.file);
      if (stats !== null) return await this.#approve(resolved, stats);
      // Another process evicted the file at this moment.
      const again = await this.#resolve();
      return await this.#approve(again, lookAt(again.file));
    } catch (error) {
      throw refused.aborted ? asError(refused.reason) : error;
    } finally {
      // Not before the cache counts the file.
      this.#room.giveBack();
    }
  }

  /** Resolves the file, and once more if the cache stood in the way. */
  async #resolve(): Promise<ResolvedFile> {
    const { access, patienceMs } = this.#options;
    const renewal = this.#renewal;
    try {
      if (renewal !== null) return await this.#resolvePatiently(renewal.accessOf(access), renewal.patience(access, patienceMs));
    } catch (error) {
      if (renewal?.mayKeep(error, access) !== true) throw error;
      this.#isConfirmed = error instanceof Unchanged;
      this.#isStale = isClojarsFetchError(error) && error.code === 'ERR_UNREACHABLE';
    }
    try {
      return await this.#resolvePatiently(access, { patienceMs });
    } catch (error) {
      if (!(await this.#clearWay(error))) throw error;
      return this.#resolvePatiently(access, { patienceMs });
    }
  }

  /** Moves a damaged file aside, and makes room on a full disk; returns whether it did either. */
  async #clearWay(error: unknown): Promise<boolean> {
    const { access, store } = this.#options;
    if (isDamaged(error, access, this.#address.path)) {
      await store.setAside(access.repository.id, this.#address.path);
      return true;
    }
    if (!isFull(error) || this.#room.refused.aborted) return false;
    // Other programs have filled the disk: of what is left, the cache keeps its share.
    const giveBack = await store.reserve(0);
    giveBack();
    return true;
  }

  /** Tries once ahead of time: the tool will ask for the file itself. */
  async #resolvePatiently(access: RepositoryAccess, patience: Pick<Patience, 'patienceMs' | 'isOnce'>): Promise<ResolvedFile> {
    const { signal } = this.#options;
    if (!this.#foresight.isNeeded) {
      try {
        return await this.#resolveOnce(access, signal, noProgress);
      } catch (error) {
        if (!this.#foresight.isNeeded || !isOutOfReach(error)) throw error;
      }
    }
    const { outage } = access;
    const waitsForTurn = (): boolean => !outage.isOn;
    return withPatience((own, progress) => this.#resolveOnce(access, own, progress), { ...patience, signal, waitsForTurn, outage });
  }

  async #resolveOnce(access: RepositoryAccess, given: AbortSignal, progress: Progress): Promise<ResolvedFile> {
    const { timeoutMs, onPom } = this.#options;
    const { path, coordinate } = this.#address;
    const note = (event: ClientEvent): void => {
      if (event.type === 'attempt-started') progress.asked();
      if (event.type !== 'bytes') return;
      progress.arrived();
      if (event.path === path) this.#room.grown(event.received, event.total);
    };
    const priority = this.#foresight.isNeeded ? 'tool' : this.#foresight;
    const { repository } = access;
    const resolved = await runBounded(path, [given, this.#room.refused], timeoutMs, (signal) =>
      resolvePath(access.context(signal, note), { repository, path, coordinate, follower: this.body, alsoDigest, onPom, priority }),
    );
    access.outage.served(repository, resolved.mirror);
    return resolved;
  }

  /** Adds the digests that tools ask for, and the time of the file. */
  async #approve(resolved: ResolvedFile, seen: Stats | null): Promise<ApprovedFile> {
    const { path, file, size, sha256, level, mirror, digests, lastModifiedMs: servedMs = null } = resolved;
    const known = digests?.sha1 !== undefined && digests.md5 !== undefined ? digests : this.#recordedDigests(path, sha256, seen);
    const { sha1, md5 } = known ?? (await digestsOf(file, size));
    // Its digests belong to what is there once they are computed.
    const stats = known === null ? lookAt(file) : seen;
    if (stats === null || stats.size !== size || sha1 === undefined || md5 === undefined) throw changed(file);
    const { access, store } = this.#options;
    const { id } = access.repository;
    const { mtimeMs: modifiedMs } = stats;
    const approved = { repository: id, path, file, size, modifiedMs, lastModifiedMs: servedMs, sha256, sha1, md5, level, mirror };
    const confirmedMs = this.#renewal?.confirmedMs(modifiedMs) ?? modifiedMs;
    return { ...approved, lastModifiedMs: store.note(approved), confirmedMs, isStale: this.#isStale };
  }

  /** The digests that an earlier process, or this one long ago, recorded of the same bytes; null if there are none. */
  #recordedDigests(path: string, sha256: string, seen: Stats | null): Digests | null {
    const recorded = this.#options.store.lookup(this.repository, path);
    if (recorded === null || recorded.sha256 !== sha256 || recorded.modifiedMs !== seen?.mtimeMs) return null;
    const { sha1, md5 } = recorded;
    return sha1 === null || md5 === null ? null : { sha1, md5 };
  }
}

/** Whether the error is about the file in the cache, and not about what a mirror served. */
function isDamaged(error: unknown, { root }: RepositoryAccess, path: string): boolean {
  if (!isClojarsFetchError(error) || error.path === undefined) return false;
  const isVerdict = error.code === 'ERR_CHECKSUM' || (error.code === 'ERR_LOCAL_REPOSITORY' && error.reason === 'corrupt');
  return isVerdict && error.path.startsWith(root) && error.path.endsWith(path.slice(path.lastIndexOf('/')));
}

function isFull(error: unknown): boolean {
  return isClojarsFetchError(error) && error.code === 'ERR_LOCAL_REPOSITORY' && error.reason === 'full';
}

function changed(file: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'corrupt',
    path: file,
    message: `${file} changed while it was read`,
    hint: 'Another program writes to this folder. Give the proxy a folder of its own.',
  });
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** A small file is read in one go: it has just been written, and is in memory. */
function digestsOf(file: string, size: number): Digests | Promise<Digests> {
  if (size > smallBytes) return digestFile(file, ['sha1', 'md5']);
  const digester = createDigester(['sha1', 'md5']);
  digester.update(readRegularFile(file, smallBytes));
  return digester.digests();
}
