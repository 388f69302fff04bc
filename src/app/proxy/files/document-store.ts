/** Documents of repositories: catalogs and indexes. Fresh for a minute; the copy is served if no mirror answers. */
import { lookAt } from '../../../base/disk/stat-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import { fetchDocument, type FetchedDocument } from '../../../fetch/paths/fetch-document.js';
import { runBounded } from '../../client/operation.js';
import { Absences } from './absence.js';
import { type Patience, withPatience } from './patience.js';
import type { RepositoryAccess } from './repository-access.js';

const freshMs = 60_000;

/** A document, and how it came. */
export interface StoredDocument {
  readonly document: FetchedDocument;
  readonly ageMs: number;
  readonly status: 'hit' | 'miss' | 'stale';
}

/** The signal ends all downloads. */
export interface DocumentStoreOptions extends Pick<Patience, 'patienceMs' | 'signal'> {
  readonly now: () => number;
  readonly timeoutMs: number;
  /** Null sets no limit. */
  readonly maxStaleMs: number | null;
}

interface Kept {
  readonly document: FetchedDocument;
  readonly fetchedMs: number;
}

export class DocumentStore {
  readonly #options: DocumentStoreOptions;
  readonly #absences = new Absences();
  readonly #kept = new Map<string, Kept>();
  readonly #downloads = new Map<string, Promise<Kept>>();

  constructor(options: DocumentStoreOptions) {
    this.#options = options;
  }

  /** Throws as `fetchDocument`. */
  async get(access: RepositoryAccess, path: string): Promise<StoredDocument> {
    const { now, maxStaleMs } = this.#options;
    const key = `${access.repository.id} ${path}`;
    const kept = this.#find(key);
    const ageMs = kept === null ? Infinity : Math.abs(now() - kept.fetchedMs);
    if (kept !== null && ageMs < freshMs) return { document: kept.document, ageMs, status: 'hit' };
    const absence = this.#absences.find(access.repository.id, path, now());
    if (absence !== null) throw absence;
    try {
      const { document } = await (this.#downloads.get(key) ?? this.#start(key, access, path));
      return { document, ageMs: 0, status: 'miss' };
    } catch (error) {
      const isOutOfReach = isClojarsFetchError(error) && (error.code === 'ERR_UNREACHABLE' || error.code === 'ERR_OFFLINE');
      if (kept === null || !isOutOfReach || (maxStaleMs !== null && ageMs > maxStaleMs)) throw error;
      return { document: kept.document, ageMs, status: 'stale' };
    }
  }

  /** The copy, if no other program has changed it. */
  #find(key: string): Kept | null {
    const kept = this.#kept.get(key);
    if (kept === undefined) return null;
    const stats = lookAt(kept.document.file);
    return stats !== null && stats.size === kept.document.size && stats.mtimeMs === kept.document.modifiedMs ? kept : null;
  }

  #start(key: string, access: RepositoryAccess, path: string): Promise<Kept> {
    const download = this.#fetch(access, path);
    this.#downloads.set(key, download);
    download.then(
      (kept) => {
        this.#downloads.delete(key);
        this.#kept.set(key, kept);
      },
      (error: unknown) => {
        this.#downloads.delete(key);
        if (isClojarsFetchError(error)) this.#absences.learn(access.repository, { path }, error, this.#options.now());
      },
    );
    return download;
  }

  async #fetch(access: RepositoryAccess, path: string): Promise<Kept> {
    const { timeoutMs, patienceMs, now, signal } = this.#options;
    const fetchedMs = now();
    const document = await withPatience(
      (own, progress) =>
        runBounded(path, [own], timeoutMs, (bounded) =>
          fetchDocument(
            access.context(bounded, ({ type }) => void (type === 'bytes' && progress())),
            { repository: access.repository, path },
          ),
        ),
      { patienceMs, signal, outage: access.outage },
    );
    access.outage.answered();
    return { document, fetchedMs };
  }
}
