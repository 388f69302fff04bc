/** The files of one repository: out of the cache if they were approved there, otherwise by one download for all who ask. */
import { lookAt } from '../../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { RecentMap } from '../../../base/recent-map.js';
import { classifyVersion } from '../../../maven/version/request.js';
import type { Absences } from './absence.js';
import { type ApprovedFile, type Download, type FileAddress, FileDownload, type FileDownloadOptions } from './file-download.js';
import { Renewal } from './renewal.js';
import { ThisTurn } from './this-turn.js';
import { resting, type Throttle } from './throttle.js';

export interface RepositoryFilesOptions extends FileDownloadOptions {
  readonly absences: Absences;
  /** Of all repositories. */
  readonly throttle: Pick<Throttle, 'isOn'>;
  readonly now: () => number;
  /** How old a copy of a snapshot may be that is served because no mirror answers. Default: no limit. */
  readonly maxStaleMs?: number | undefined;
}

/** A file that is there, or that is being downloaded. */
export type FoundFile = { readonly kind: 'here'; readonly file: ApprovedFile } | { readonly kind: 'coming'; readonly download: Download };

/** A tool waits for the file, or it is fetched ahead of time. */
export type Priority = 'tool' | 'ahead';

/** Files approved in this process that are remembered; the others are looked up in the records again. */
const mostApproved = 5_000;
/** Snapshots without a timestamp are rare. */
const mostRenewals = 10_000;

export class RepositoryFiles {
  readonly #options: RepositoryFilesOptions;
  /** Under the policy in effect: what another process approved is judged again. */
  readonly #approved = new RecentMap<string, ApprovedFile>(mostApproved);
  /** Found unchanged in this turn: under load, many requests for a hot file arrive together. */
  readonly #unchanged = new ThisTurn<ApprovedFile>();
  readonly #downloads = new Map<string, FileDownload>();
  /** Of the files that later builds replace, by path. */
  readonly #renewals = new Map<string, Renewal>();

  constructor(options: RepositoryFilesOptions) {
    this.#options = options;
  }

  /** Number of downloads under way. */
  get downloading(): number {
    return this.#downloads.size;
  }

  /**
   * Returns the file, or its download.
   * @throws ClojarsFetchError ERR_NOT_FOUND if it was absent a moment ago; ERR_UNREACHABLE ahead of time if a mirror wants fewer requests
   */
  find(address: FileAddress, priority: Priority = 'tool'): FoundFile {
    const file = this.approved(address.path);
    if (file !== null) return { kind: 'here', file };
    const download = this.#downloads.get(address.path) ?? this.#start(address, priority);
    if (priority === 'tool') download.need();
    return { kind: 'coming', download };
  }

  /** Waits until no download is under way. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#downloads.values()].map(({ done }) => done));
  }

  /** Waits for the files that were sent whole, but are not in their place yet. */
  async placed(): Promise<void> {
    const placing = [...this.#downloads.values()].filter(({ body }) => body.isVerified);
    await Promise.allSettled(placing.map(({ done }) => done));
  }

  /** Forgets a file that left the cache. */
  removed(file: string): void {
    const { root } = this.#options.access;
    if (!file.startsWith(`${root}/`)) return;
    this.#approved.delete(file.slice(root.length + 1));
    this.#options.access.removed(file);
  }

  /** Whether the cache has a file of this name, whatever its state. */
  isThere(path: string): boolean {
    return lookAt(`${this.#options.access.root}/${path}`) !== null;
  }

  /** The file, if it was approved in this process and is as it was then. */
  approved(path: string): ApprovedFile | null {
    const known = this.#approved.get(path);
    if (known === undefined || this.#mustRenew(path)) return null;
    if (this.#unchanged.has(known)) return known;
    const stats = lookAt(known.file);
    if (stats !== null && stats.size === known.size && stats.mtimeMs === known.modifiedMs) {
      this.#options.store.touch(known.repository, path);
      this.#unchanged.add(known);
      return known;
    }
    this.#approved.delete(path);
    return null;
  }

  #start(address: FileAddress, priority: Priority): FileDownload {
    const { absences, access, now, throttle } = this.#options;
    const { path } = address;
    const { id } = access.repository;
    const absence = absences.find(id, path, now());
    if (absence !== null) throw absence;
    if (priority === 'ahead' && throttle.isOn(id) && !this.isThere(path)) throw resting(id, path);
    const download = new FileDownload(address, this.#options, this.#renewalOf(address));
    this.#downloads.set(path, download);
    download.done.then(
      (file) => this.#keep(file),
      (error: unknown) => {
        this.#downloads.delete(path);
        if (!isClojarsFetchError(error)) return;
        absences.learn(access.repository, address, error, now());
        // Files that cannot be fetched again stay in the cache.
        if (error.code === 'ERR_UNREACHABLE') this.#options.store.pauseEviction(id, true);
      },
    );
    return download;
  }

  #mustRenew(path: string): boolean {
    return this.#renewals.size > 0 && this.#renewals.get(path)?.isFresh(this.#options.now()) === false;
  }

  /** Null for a file that never changes. */
  #renewalOf({ path, coordinate }: FileAddress): Renewal | null {
    const { access, now, maxStaleMs = Infinity } = this.#options;
    if (classifyVersion(coordinate.version) !== 'snapshot' || !access.mayReplace) return null;
    const renewal = this.#renewals.get(path) ?? new Renewal(path, { now, maxStaleMs });
    if (this.#renewals.size >= mostRenewals) this.#renewals.clear();
    this.#renewals.set(path, renewal);
    return renewal;
  }

  #keep(file: ApprovedFile): void {
    this.#downloads.delete(file.path);
    this.#renewals.get(file.path)?.renewed(this.#options.now());
    if (file.mirror !== null) this.#options.store.pauseEviction(file.repository, false);
    this.#approved.set(file.path, file);
  }
}
