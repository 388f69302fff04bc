/**
 * One configuration of the proxy at work: its session, its cache and its repositories. A reload opens another one and changes over
 * once that is ready, so a bad configuration changes nothing.
 */
import { setMaxListeners } from 'node:events';
import { dirname, join } from 'node:path';

import { settlesWithin } from '../../base/async/settles-within.js';
import type { EventListener } from '../../base/event.js';
import { readProfileEnvironment } from '../../fetch/resolution/profile-environment.js';
import type { FileCache } from '../../local/cache/file-cache.js';
import { formatSize } from '../../local/cache/space.js';
import { RecentPoms } from '../../local/ledger/pom-index.js';
import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import type { PomModel } from '../../maven/pom/model.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import { openSession, type Session } from '../client/session.js';
import type { Tuning } from '../client/tuning.js';
import type { FindExpected } from './ahead/ahead-session.js';
import type { ClientSocket } from './ahead/client-process.js';
import { LaterLookAhead } from './ahead/later-look-ahead.js';
import type { LookAheadOptions } from './ahead/look-ahead.js';
import { Absences } from './files/absence.js';
import { AllFiles, whyNotMerged } from './files/all-files.js';
import { DocumentStore } from './files/document-store.js';
import type { ApprovedFile, FileAddress } from './files/file-download.js';
import type { Patience } from './files/patience.js';
import { openRepository, type RepositoryAccess } from './files/repository-access.js';
import { RepositoryFiles } from './files/repository-files.js';
import { Throttle } from './files/throttle.js';
import type { ServiceName } from './http/target.js';
import { MetadataStore } from './metadata/metadata-store.js';
import { openCache } from './open-cache.js';
import type { ProxyOptions } from './proxy-options.js';
import { splitOptions } from './read-options.js';
import { RepositoriesContent } from './repositories-content.js';
import { RepositoryBytes } from './repository-bytes.js';
import type { ProxyContent, ServiceAnswer } from './request-handler.js';

export interface MachineOptions {
  readonly options: ProxyOptions;
  readonly emit: EventListener;
  readonly now: () => number;
  readonly tuning: Tuning;
  /** When the files of the cache are counted, unless one is fetched sooner. Default: at once. */
  readonly countAfterMs?: number | undefined;
  readonly service: (machine: Machine, name: ServiceName) => Promise<ServiceAnswer>;
  /** Told of each file that left the cache. */
  readonly onRemoved?: ((file: string) => void) | undefined;
}

const standardPatienceMs = 20_000;

/** The look-ahead reads a POM soon after it was fetched. What another build needs again, it finds in its index on the disk. */
const mostRecentPoms = 1_000;

/** How long the end waits for files that were sent whole and are being placed: a large one has to reach the disk first. */
const placingMs = 10_000;

export class Machine {
  readonly session: Session;
  readonly cache: FileCache;
  readonly content: RepositoriesContent;
  /** The files of all repositories, and their metadata and documents. */
  readonly all: AllFiles;
  readonly bytes: RepositoryBytes;
  readonly #files: ReadonlyMap<string, RepositoryFiles>;
  readonly #lookAhead: LaterLookAhead | null;
  readonly #metadata: MetadataStore;
  readonly #documents: DocumentStore;
  readonly #closing = new AbortController();
  readonly #recentPoms = new RecentPoms(mostRecentPoms);
  readonly #given: MachineOptions;
  #underWay = 0;
  #onIdle: (() => void) | null = null;

  private constructor(session: Session, cache: FileCache, throttle: Throttle, given: MachineOptions) {
    const { repositories, repoFor, offline } = session.configuration;
    const { options, service } = given;
    this.session = session;
    this.cache = cache;
    this.#given = given;
    setMaxListeners(0, this.#closing.signal); // one for each download
    const accesses = this.#openAccesses();
    this.#metadata = this.#openMetadata();
    this.#documents = this.#openDocuments();
    this.#files = this.#openFiles(accesses, throttle);
    this.all = new AllFiles({ repositories, repoFor, filesOf: (id) => this.filesOf(id) });
    this.bytes = new RepositoryBytes({
      accesses,
      metadata: this.#metadata,
      documents: this.#documents,
      datesFile: join(this.#ownFolder, 'dates.jsonl'),
      patience: this.#patience(),
      throttle,
      now: given.now,
    });
    this.content = new RepositoriesContent({
      repositories,
      filesOf: this.#files,
      all: this.all,
      notMerged: whyNotMerged(repositories, repoFor),
      cache,
      bytes: this.bytes,
      onAsked: (client, { coordinate }) => this.#lookAhead?.asked(client, coordinate),
      onAskedMetadata: (client, path) => this.#lookAhead?.askedMetadata(client, path),
      service: (name) => service(this, name),
    });
    this.#lookAhead = options.lookAhead === false || offline ? null : this.#openLookAhead();
  }

  /** @throws ClojarsFetchError ERR_CONFIG, ERR_LOCAL_REPOSITORY */
  static async open(given: MachineOptions): Promise<Machine> {
    const { options, emit, tuning, now, onRemoved, countAfterMs } = given;
    const throttle = new Throttle(now);
    const listen: EventListener = (event) => {
      throttle.note(event);
      emit(event);
    };
    const { own, client } = splitOptions(options);
    const session = await openSession({ options: client, ...userEnvironment(), emit: listen, tuning });
    let machine: Machine | null = null;
    const removed = (file: string): void => {
      onRemoved?.(file);
      if (machine !== null) machine.#removed(file);
    };
    const cache = await openCache(session.configuration, own, { now, onRemoved: removed, countAfterMs });
    warnOfLargeFiles(cache, tuning.artifactMaxBytes ?? session.configuration.artifactMaxBytes, emit);
    machine = new Machine(session, cache, throttle, given);
    return machine;
  }

  /** Ids of the repositories, in order. */
  get repositories(): readonly string[] {
    return this.session.configuration.repositories.map(({ id }) => id);
  }

  /** Downloads under way. */
  get downloading(): number {
    return [...this.#files.values()].reduce((sum, { downloading }) => sum + downloading, 0);
  }

  filesOf(id: string): RepositoryFiles {
    const files = this.#files.get(id);
    if (files === undefined) throw new TypeError(`no repository ${id}`);
    return files;
  }

  /** Does the work, which counts as under way until it ends: {@link Machine.retire} waits for it. Null: it has ended. */
  during(work: (content: ProxyContent) => Promise<void> | null): Promise<void> | null {
    this.#underWay += 1;
    let rest: Promise<void> | null = null;
    try {
      rest = work(this.content);
    } finally {
      if (rest === null) this.#ended();
    }
    return rest && rest.finally(() => this.#ended());
  }

  #ended(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#onIdle?.();
  }

  /** Waits until no answer and no download is under way, and closes. */
  async retire(): Promise<void> {
    this.endLookAhead();
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    await Promise.all([...this.#files.values()].map((files) => files.settled()));
    await this.close();
  }

  /** Looks ahead of a tool on this machine that has not asked for anything yet. Rejects if `find` does. */
  async expect(find: FindExpected): Promise<void> {
    await this.#lookAhead?.expect('127.0.0.1', find);
  }

  /** Loads the code for requests to mirrors and for the look-ahead, so that the first request does not wait for it. Asks no mirror. */
  async prepare(): Promise<void> {
    if (this.session.configuration.offline) return;
    await this.session.prepare();
    await this.#lookAhead?.load();
  }

  endLookAhead(): void {
    this.#lookAhead?.close();
  }

  endDownloads(): void {
    this.#closing.abort(new Error('the proxy was closed'));
  }

  /** Ends downloads and connections, and writes what is not on disk yet. */
  async close(): Promise<void> {
    this.endLookAhead();
    await settlesWithin(Promise.all([...this.#files.values()].map((files) => files.placed())), placingMs);
    this.endDownloads();
    await Promise.all([this.#metadata.close(), this.#documents.close(), this.bytes.close()]);
    await this.session.close();
    await this.cache.close();
  }

  #openAccesses(): ReadonlyMap<string, RepositoryAccess> {
    const { session, cache } = this;
    // In the user's local repository, locks and verdicts are those of every other tool of this package.
    const ownFolder = cache.lockFolder === null ? null : dirname(cache.lockFolder);
    const { repositories } = session.configuration;
    return new Map(
      repositories.map((repository) => [
        repository.id,
        openRepository({
          session,
          repository,
          root: cache.folder(repository.id),
          ownFolder,
          onReach: (isInReach) => this.#reached(repository.id, isInReach),
        }),
      ]),
    );
  }

  /** Forgets a file that left the cache. */
  #removed(file: string): void {
    for (const files of this.#files.values()) files.removed(file);
  }

  /** Files that cannot be fetched again stay in the cache. */
  #reached(repository: string, isInReach: boolean): void {
    this.cache.pauseEviction(repository, !isInReach);
  }

  #openFiles(accesses: ReadonlyMap<string, RepositoryAccess>, throttle: Throttle): ReadonlyMap<string, RepositoryFiles> {
    const shared = {
      store: this.cache,
      absences: new Absences(),
      throttle,
      timeoutMs: this.session.configuration.timeoutMs,
      ...this.#patience(),
      now: this.#given.now,
      maxStaleMs: this.#given.options.maxStaleMs,
      onPom: (sha256: string, model: PomModel) => this.#recentPoms.keep(sha256, model),
    };
    return new Map([...accesses].map(([id, access]) => [id, new RepositoryFiles({ ...shared, access })]));
  }

  #patience(): Patience {
    return { patienceMs: this.#given.options.patienceMs ?? standardPatienceMs, signal: this.#closing.signal };
  }

  /** Where the proxy keeps its own records. */
  get #ownFolder(): string {
    const { lockFolder } = this.cache;
    return lockFolder === null ? join(this.session.configuration.cacheFolder, 'proxy') : dirname(lockFolder);
  }

  #openMetadata(): MetadataStore {
    const { options, now } = this.#given;
    const { lockFolder } = this.cache;
    const ownFolder = this.#ownFolder;
    const stateFolder = join(ownFolder, 'metadata');
    // The user's local repository keeps metadata under other names, which are not the proxy's to write.
    const folderOf = (id: string): string => (lockFolder === null ? join(ownFolder, 'local', id) : this.cache.folder(id));
    const waitMs = options.patienceMs ?? standardPatienceMs;
    const onReach = (id: string, isInReach: boolean): void => this.#reached(id, isInReach);
    return new MetadataStore({ absences: new Absences(), stateFolder, folderOf, maxStaleMs: options.maxStaleMs, waitMs, now, onReach });
  }

  #openDocuments(): DocumentStore {
    const { options, now } = this.#given;
    const { patienceMs = standardPatienceMs, maxStaleMs = null } = options;
    return new DocumentStore({
      stateFile: join(this.#ownFolder, 'documents.json'),
      timeoutMs: this.session.configuration.timeoutMs,
      patienceMs,
      maxStaleMs,
      now,
      signal: this.#closing.signal,
    });
  }

  /** The environment in which profiles of POMs are activated. */
  profileEnvironment(): Promise<ProfileEnvironment> {
    const { pomEnvironment } = this.session.configuration;
    return readProfileEnvironment(userEnvironment(), { pomEnvironment });
  }

  #openLookAhead(): LaterLookAhead {
    const options: LookAheadOptions = {
      fetch: (address) => fetchFrom(this.all, address),
      readMetadata: (path) => this.bytes.readMetadata(path),
      environment: () => this.profileEnvironment(),
      cacheFolder: this.session.configuration.cacheFolder,
      recentPoms: this.#recentPoms,
      now: this.#given.now,
      projectOf: (socket) => projectOf(socket, this.session.configuration),
    };
    return new LaterLookAhead(async () => new (await import('./ahead/look-ahead.js')).LookAhead(options));
  }
}

/** A file may be larger than the whole cache: its download would be refused. */
function warnOfLargeFiles(cache: FileCache, largestBytes: number, emit: EventListener): void {
  const { limitBytes } = cache.stats();
  if (limitBytes >= largestBytes) return;
  const message = `the cache holds at most ${formatSize(limitBytes)}, so larger files are answered with 507: allow more with --cache-size, or free space on its disk`;
  emit({ type: 'warning', warning: 'cache-size', message });
}

/** Reads nothing but /proc and the build file, with the rights of this process. */
async function projectOf(socket: ClientSocket, { localRepository }: Session['configuration']): Promise<FindExpected | null> {
  const { clientProcess, projectOfProcess } = await import('./ahead/client-process.js');
  const client = clientProcess(socket);
  if (client === null) return null;
  const [{ expectedOf }, { namedRepository }] = await Promise.all([
    import('./ahead/expected-project.js'),
    import('./ahead/tool-repository.js'),
  ]);
  const named = namedRepository(client.words, {}, client.workingFolder);
  return expectedOf({ place: projectOfProcess(client), namedRepository: named, localRepository });
}

async function fetchFrom(all: AllFiles, address: FileAddress): Promise<ApprovedFile> {
  const found = await all.find(address, 'ahead');
  return found.kind === 'here' ? found.file : found.download.done;
}
