/**
 * Documents of repositories: catalogs and indexes. The rules are those of metadata: fresh for a minute, then asked for again, behind the
 * answer if the copy is younger than an hour; and the copy is served if no mirror answers.
 */
import { OnceByKey } from '../../../base/async/once-by-key.js';
import { lookAt } from '../../../base/disk/stat-file.js';
import { createStateFile, type StateFile } from '../../../base/disk/state-file.js';
import { isClojarsFetchError } from '../../../base/error.js';
import type { ClientEvent } from '../../../base/event.js';
import { fetchDocument, type FetchedDocument } from '../../../fetch/paths/fetch-document.js';
import { isValidator } from '../../../network/transport/contract/validator.js';
import { runBounded } from '../../client/operation.js';
import type { ServedMetadata } from '../metadata/served-metadata.js';
import { Absences } from './absence.js';
import { type Patience, withPatience } from './patience.js';
import type { RepositoryAccess } from './repository-access.js';

/** How long a copy counts without asking, and how long it is served while it is asked for again. */
const freshMs = 60_000;
const backgroundMs = 60 * 60_000;
/** How long to wait for the answer if an old copy could be served instead. */
const oldWaitMs = 5_000;
/** Notes of copies: each repository has a handful of documents. */
const mostNotes = 1_000;

/** A document, and how it came. */
export interface StoredDocument {
  readonly document: FetchedDocument;
  readonly ageMs: number;
  /** `stale`: a copy that is no longer fresh, since no mirror answers. */
  /** As {@link ServedMetadata.status}. */
  readonly status: ServedMetadata['status'];
}

/** The signal ends all downloads. */
export interface DocumentStoreOptions extends Pick<Patience, 'patienceMs' | 'signal'> {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Where it is noted which copies there are: outside of the trees that are served. */
  readonly stateFile: string;
  readonly timeoutMs: number;
  /** Null sets no limit. */
  readonly maxStaleMs: number | null;
}

/** A copy, and when a mirror last said that it is right. */
interface Kept {
  readonly document: FetchedDocument;
  readonly fetchedMs: number;
}

type Notes = readonly (readonly [key: string, kept: Kept])[];

export class DocumentStore {
  readonly #options: DocumentStoreOptions;
  readonly #absences = new Absences();
  readonly #file: StateFile<Notes>;
  readonly #downloads = new OnceByKey<string, Kept>();
  #kept: Promise<Map<string, Kept>> | null = null;
  #saving: Promise<unknown> = Promise.resolve();

  constructor(options: DocumentStoreOptions) {
    this.#options = options;
    this.#file = createStateFile(options.stateFile, parseNotes);
  }

  /** Throws as `fetchDocument`. */
  async get(access: RepositoryAccess, path: string): Promise<StoredDocument> {
    const { now, maxStaleMs } = this.#options;
    const most = maxStaleMs ?? Infinity;
    const kept = await this.#find(keyOf(access, path));
    const ageMs = kept === null ? Infinity : Math.abs(now() - kept.fetchedMs);
    if (kept !== null && ageMs < freshMs) return { document: kept.document, ageMs, status: 'hit' };
    const absence = this.#absences.find(access.repository.id, path, now());
    if (absence !== null) throw absence;
    const refresh = this.#refresh(access, path, kept);
    const status = access.outage.isOn ? 'stale' : 'hit';
    if (kept !== null && ageMs < Math.min(backgroundMs, most)) return { document: kept.document, ageMs, status };
    try {
      const { document } = await refresh;
      return { document, ageMs: 0, status: document === kept?.document ? 'confirmed' : 'miss' };
    } catch (error) {
      if (kept === null || !isWithoutAnswer(error) || ageMs > most) throw error;
      return { document: kept.document, ageMs, status: 'stale' };
    }
  }

  /** Waits until the notes are written. */
  async close(): Promise<void> {
    await this.#saving;
  }

  /** The copy, if no other program has changed it. */
  async #find(key: string): Promise<Kept | null> {
    const kept = (await this.#open()).get(key);
    if (kept === undefined) return null;
    const stats = lookAt(kept.document.file);
    return stats !== null && stats.size === kept.document.size && stats.mtimeMs === kept.document.modifiedMs ? kept : null;
  }

  #open(): Promise<Map<string, Kept>> {
    return (this.#kept ??= this.#file.read().then((notes) => new Map(notes)));
  }

  /** Asks once for all askers. A rejection counts as handled. */
  #refresh(access: RepositoryAccess, path: string, kept: Kept | null): Promise<Kept> {
    const key = keyOf(access, path);
    return this.#downloads.get(key, async () => {
      try {
        const fetched = await this.#fetch(access, path, kept);
        await this.#note(key, fetched);
        return fetched;
      } catch (error) {
        if (isClojarsFetchError(error)) this.#absences.learn(access.repository, { path }, error, this.#options.now());
        throw error;
      } finally {
        this.#downloads.forget(key);
      }
    });
  }

  /** The notes only save time and requests: if they cannot be written, the document is fetched again. */
  async #note(key: string, fetched: Kept): Promise<void> {
    const all = await this.#open();
    all.delete(key);
    all.set(key, fetched);
    const notes = [...all].slice(-mostNotes);
    this.#saving = this.#saving.then(() => this.#file.write(notes)).catch(() => undefined);
  }

  async #fetch(access: RepositoryAccess, path: string, kept: Kept | null): Promise<Kept> {
    const { timeoutMs, patienceMs, maxStaleMs, now, signal } = this.#options;
    const fetchedMs = now();
    // The copy can be served after a single try.
    const isOnce = kept !== null && Math.abs(fetchedMs - kept.fetchedMs) <= (maxStaleMs ?? Infinity);
    const document = await withPatience(
      (own, progress) =>
        runBounded(path, [own], timeoutMs, (bounded) => {
          const noteBytes = (event: ClientEvent): void => {
            if (event.type === 'bytes') progress.arrived();
          };
          return fetchDocument(access.context(bounded, noteBytes), { repository: access.repository, path, kept: kept?.document });
        }),
      { patienceMs: isOnce ? Math.min(patienceMs, oldWaitMs) : patienceMs, isOnce, signal, outage: access.outage },
    );
    access.outage.answered();
    return { document, fetchedMs };
  }
}

function keyOf({ repository }: RepositoryAccess, path: string): string {
  return `${repository.id} ${path}`;
}

function isWithoutAnswer(error: unknown): boolean {
  return isClojarsFetchError(error) && (error.code === 'ERR_UNREACHABLE' || error.code === 'ERR_OFFLINE' || error.code === 'ERR_LIMIT');
}

/** Reads the notes. Drops malformed ones. */
function parseNotes(value: unknown): Notes | null {
  return Array.isArray(value) ? value.slice(-mostNotes).filter(isNote) : null;
}

function isNote(value: unknown): value is Notes[number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const pair: readonly unknown[] = value;
  const [key, kept] = pair;
  return typeof key === 'string' && isObject<Kept>(kept) && typeof kept.fetchedMs === 'number' && isDocument(kept.document);
}

function isDocument(value: unknown): value is FetchedDocument {
  if (!isObject<FetchedDocument>(value)) return false;
  const { file, size, modifiedMs, sha256, sha1, md5, mirror, lastModifiedMs, isChecked, validator } = value;
  return (
    [file, mirror].every((text) => typeof text === 'string') &&
    [size, modifiedMs].every((number) => typeof number === 'number') &&
    (lastModifiedMs === null || typeof lastModifiedMs === 'number') &&
    [sha256, sha1, md5].every((digest) => typeof digest === 'string' && /^[0-9a-f]{32,64}$/.test(digest)) &&
    typeof isChecked === 'boolean' &&
    (validator === null || isValidator(validator))
  );
}

function isObject<Expected>(value: unknown): value is Partial<Record<keyof Expected, unknown>> {
  return typeof value === 'object' && value !== null;
}
