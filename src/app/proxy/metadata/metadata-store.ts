/**
 * The metadata that the proxy serves: fetched once for all askers, kept on disk, fresh for a minute, and served from the copy when no
 * mirror answers.
 */
import { OnceByKey } from '../../../base/async/once-by-key.js';
import { untilAborted } from '../../../base/async/until-aborted.js';
import { ClojarsFetchError, isClojarsFetchError } from '../../../base/error.js';
import type { ClientEvent } from '../../../base/event.js';
import { type Context, withRun } from '../../../fetch/context.js';
import { type ResolvedMetadata, resolveMetadata } from '../../../fetch/versions/resolve-metadata.js';
import { createLocalRepository, type LocalRepository } from '../../../local/repository/local-repository.js';
import type { Repository } from '../../../network/mirrors/repository.js';
import { runBounded } from '../../client/operation.js';
import { KeptCopies } from './kept-copies.js';
import type { KeptCopy } from './kept-record.js';
import { isWithoutAnswer, type ServedMetadata } from './served-metadata.js';

/** How long a copy counts without asking, and how long it is served while it is asked for again. */
const freshMs = 60_000;
const backgroundMs = 60 * 60_000;
/** Most time for a refresh, even if its askers have left. */
const refreshMs = 60_000;
/** How long to wait for the answer if an old copy could be served instead. */
const oldWaitMs = 5_000;
/** For so long after a repository could not be reached, its old copies are served without waiting. */
const downMs = 10_000;
/** Rollbacks whose last report is remembered, so that each is reported once. */
const mostReports = 10_000;

/** Remembers for a short time what a repository does not have. */
export interface AbsenceMemory {
  /** Returns the error for a path that was absent a moment ago, otherwise null. */
  find(repository: string, path: string, nowMs: number): ClojarsFetchError | null;
  learn(repository: Repository, file: { readonly path: string }, error: ClojarsFetchError, nowMs: number): void;
}

export interface MetadataStoreOptions {
  readonly absences: AbsenceMemory;
  /** Folder of the notes about copies: outside of the trees that are served. */
  readonly stateFolder: string;
  /**
   * Returns the absolute folder in which a repository's copies are kept, in Maven's layout. Default: the root of the context's local
   * repository.
   */
  readonly folderOf?: ((repository: string) => string) | undefined;
  /** How old a copy may be that is served because no mirror answers. Default: no limit. */
  readonly maxStaleMs?: number | undefined;
  /** How long to wait for an answer if there is no copy. Default: 20,000 ms. */
  readonly waitMs?: number | undefined;
  /** Epoch milliseconds. Default: the system's clock. */
  readonly now?: (() => number) | undefined;
  /** Told after each question whether a repository could be reached, by its id. */
  readonly onReach?: ((repository: string, isInReach: boolean) => void) | undefined;
}

export interface MetadataOptions {
  /** The asker's: a refresh goes on without it. */
  readonly signal?: AbortSignal | undefined;
  /** Whether no other repository has answered that may replace this one: then a slow mirror is awaited. Default: it is. */
  readonly isNeeded?: (() => boolean) | undefined;
}

interface Asked {
  readonly context: Context;
  readonly repository: Repository;
  readonly path: string;
  readonly kept: KeptCopy | null;
  readonly isNeeded: () => boolean;
}

interface Refreshed {
  readonly resolved: ResolvedMetadata;
  readonly fetchedMs: number;
}

export class MetadataStore {
  readonly #options: MetadataStoreOptions;
  readonly #copies: KeptCopies;
  readonly #now: () => number;
  readonly #refreshes = new OnceByKey<string, Refreshed>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #ending = new AbortController();
  /** When a repository could not be reached, by id, if it has not answered since. */
  readonly #down = new Map<string, number>();
  readonly #locals = new Map<string, LocalRepository>();
  readonly #reported = new Map<string, string>();

  constructor(options: MetadataStoreOptions) {
    this.#options = options;
    this.#copies = new KeptCopies(options.stateFolder);
    this.#now = options.now ?? Date.now;
  }

  /**
   * Returns the metadata of one repository.
   * @param context its signal must outlast the asker, since others may wait for the same answer
   * @throws ClojarsFetchError as `resolveMetadata`, if there is no copy or it is too old; ERR_OFFLINE without a copy
   */
  async get(context: Context, repository: Repository, path: string, options: MetadataOptions = {}): Promise<ServedMetadata> {
    const { offline, lock } = context.run;
    if (lock?.frozen === true) return servedNow(await resolveMetadata(context, { repository, path, kept: null }), 0);
    const kept = await this.#copies.read({ repository: repository.id, path, local: this.#local(context, repository) }, this.#now());
    const isNeeded = (): boolean => kept === null && (options.isNeeded?.() ?? true);
    if (offline) return this.#offline(repository, path, kept);
    const ageMs = kept === null ? Infinity : this.#age(kept);
    if (kept !== null && ageMs < freshMs) return servedCopy(kept, ageMs, 'hit');
    const absence = kept === null ? this.#options.absences.find(repository.id, path, this.#now()) : null;
    if (absence !== null) throw absence;
    const refresh = this.#refresh({ context, repository, path, kept, isNeeded });
    if (kept !== null && ageMs < Math.min(backgroundMs, this.#maxStaleMs))
      return servedCopy(kept, ageMs, this.#down.has(repository.id) ? 'stale' : 'hit');
    try {
      const waitMs = this.#waitMs(repository, kept);
      const answer = within(refresh, waitMs, () => late(repository, path, waitMs));
      const { resolved, fetchedMs } = await untilAborted(answer, options.signal);
      return servedNow(resolved, Math.max(0, this.#now() - fetchedMs));
    } catch (error) {
      if (kept === null || !isClojarsFetchError(error) || !isWithoutAnswer(error)) throw error;
      const staleMs = this.#age(kept);
      if (staleMs > this.#maxStaleMs) throw error;
      return servedCopy(kept, staleMs, 'stale');
    }
  }

  /** Ends refreshes that are under way, and waits until they have ended. */
  async close(): Promise<void> {
    this.#ending.abort();
    await Promise.allSettled(this.#running);
  }

  get #maxStaleMs(): number {
    return this.#options.maxStaleMs ?? Infinity;
  }

  /** The age by the clock; 0 if it was set back since. */
  #age({ fetchedMs }: KeptCopy): number {
    return Math.max(0, this.#now() - fetchedMs);
  }

  #waitMs({ id }: Repository, kept: KeptCopy | null): number {
    const { waitMs = 20_000 } = this.#options;
    if (kept === null) return waitMs;
    const sinceMs = this.#now() - (this.#down.get(id) ?? -Infinity);
    const isDown = sinceMs >= 0 && sinceMs < downMs;
    return isDown && this.#age(kept) <= this.#maxStaleMs ? 0 : Math.min(waitMs, oldWaitMs);
  }

  #offline(repository: Repository, path: string, kept: KeptCopy | null): ServedMetadata {
    if (kept !== null && this.#age(kept) <= this.#maxStaleMs) return servedCopy(kept, this.#age(kept), 'hit');
    throw new ClojarsFetchError('ERR_OFFLINE', {
      reason: 'absent',
      coordinate: path,
      message: `${path}: the cache has no ${kept === null ? '' : 'recent '}metadata of ${repository.id}, and --offline forbids all requests`,
      hint: 'Ask for it once without --offline.',
    });
  }

  /** Asks the repository, once for all askers. */
  #refresh(asked: Asked): Promise<Refreshed> {
    const key = `${asked.repository.id} ${asked.path}`;
    return this.#refreshes.get(key, () => {
      const running = this.#ask(asked).finally(() => {
        this.#refreshes.forget(key);
        this.#running.delete(running);
      });
      this.#running.add(running);
      return running;
    });
  }

  async #ask({ context, repository, path, kept, isNeeded }: Asked): Promise<Refreshed> {
    const fetchedMs = this.#now();
    const signals = [context.run.signal, this.#ending.signal];
    const emit = (event: ClientEvent): void => this.#emitOnce(event, path, context);
    try {
      const resolved = await runBounded(path, signals, refreshMs, (signal) =>
        resolveMetadata(withRun(context, { signal, emit }), { repository, path, kept, isNeeded }),
      );
      this.#reached(repository, true);
      await this.#keep(context, repository, path, { resolved, fetchedMs });
      return { resolved, fetchedMs };
    } catch (error) {
      if (isClojarsFetchError(error) && isWithoutAnswer(error)) this.#reached(repository, false);
      else if (isClojarsFetchError(error)) {
        if (error.code === 'ERR_NOT_FOUND') this.#reached(repository, true);
        this.#options.absences.learn(repository, { path }, error, this.#now());
      }
      throw error;
    }
  }

  #reached({ id }: Repository, isInReach: boolean): void {
    if (isInReach) this.#down.delete(id);
    else this.#down.set(id, this.#now());
    this.#options.onReach?.(id, isInReach);
  }

  async #keep(context: Context, repository: Repository, path: string, { resolved, fetchedMs }: Refreshed): Promise<void> {
    const { bytes, lastModifiedMs, validators, mirror } = resolved;
    const place = { repository: repository.id, path, local: this.#local(context, repository) };
    try {
      await this.#copies.write(place, { bytes, lastModifiedMs, validators, mirror, fetchedMs });
    } catch (error) {
      // It can be served all the same.
      if (!isClojarsFetchError(error)) throw error;
      context.run.emit({ type: 'warning', warning: 'metadata', message: `the metadata cannot be kept: ${error.message}`, path });
    }
  }

  #local({ store }: Context, { id }: Repository): LocalRepository {
    const { folderOf } = this.#options;
    if (folderOf === undefined) return store.local;
    let local = this.#locals.get(id);
    if (local === undefined) this.#locals.set(id, (local = createLocalRepository({ root: folderOf(id) })));
    return local;
  }

  /** Passes events on. A rollback is found again with each refresh, and is reported again only if it has changed. */
  #emitOnce(event: ClientEvent, path: string, { run }: Context): void {
    if (event.type === 'warning' && event.warning === 'metadata-rollback') {
      if (this.#reported.get(path) === event.message) return;
      if (this.#reported.size >= mostReports) this.#reported.clear();
      this.#reported.set(path, event.message);
    }
    run.emit(event);
  }
}

function servedCopy({ bytes, lastModifiedMs, mirror }: KeptCopy, ageMs: number, status: 'hit' | 'stale'): ServedMetadata {
  return { bytes, lastModifiedMs, ageMs, status, mirror };
}

const statusOf = { kept: 'stale', unchanged: 'confirmed', locked: 'hit', served: 'miss', written: 'miss' } as const satisfies Record<
  ResolvedMetadata['origin'],
  ServedMetadata['status']
>;

function servedNow({ bytes, lastModifiedMs, mirror, origin }: ResolvedMetadata, ageMs: number): ServedMetadata {
  return { bytes, lastModifiedMs, ageMs, status: statusOf[origin], mirror };
}

/** Waits for the answer, and goes on without it when the time is up. */
async function within<T>(answer: Promise<T>, ms: number, onLate: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(onLate()), ms);
  });
  try {
    return await Promise.race([answer, end]);
  } finally {
    clearTimeout(timer);
  }
}

function late({ id }: Repository, path: string, waitMs: number): ClojarsFetchError {
  return new ClojarsFetchError('ERR_UNREACHABLE', {
    reason: 'timeout',
    coordinate: path,
    message: `${path}: no mirror of ${id} answered within ${waitMs} ms`,
    hint: 'Try again later, add a mirror with --mirror ID=URL, or see `clojars-fetch doctor`.',
  });
}
