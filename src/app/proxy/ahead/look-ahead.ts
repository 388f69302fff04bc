/**
 * Fetches what a build tool will ask for next. Maven and Leiningen read one POM after the other, depth first; this reads all POMs of a level
 * at once, and their jars with them, so that the tool finds them in the cache.
 *
 * It decides nothing: what it fetches in vain costs a request, and what it misses the tool asks for itself.
 */
import type { RecentPoms } from '../../../local/ledger/pom-index.js';
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import { parseMetadataPath } from '../../../maven/coordinate/metadata-path.js';
import type { ProfileEnvironment } from '../../../maven/pom/profile.js';
import { AheadPoms, type FetchAhead } from './ahead-poms.js';
import { AheadSession, type FindExpected } from './ahead-session.js';
import type { ClientSocket } from './client-process.js';
import { type ReadMetadata, ServedVersions } from './served-versions.js';

/** A tool that has asked for nothing for this long is done, or computes. */
const sessionGapMs = 10_000;
/** Sessions at once: of more clients than a machine has, the others are served without. */
const mostSessions = 16;

/** The names that Maven asks the authors of plugins to use. */
const pluginName = /^maven-.+-plugin$|-maven-plugin$/;

export interface LookAheadOptions {
  readonly fetch: FetchAhead;
  readonly readMetadata: ReadMetadata;
  readonly environment: () => Promise<ProfileEnvironment>;
  /** Where parsed POMs are remembered. */
  readonly cacheFolder: string;
  /** POMs that were parsed when they were fetched. */
  readonly recentPoms: RecentPoms;
  /** As `most` in AheadPomsOptions. */
  readonly mostPoms?: number | undefined;
  /** Finds the project that a client builds; null if it cannot be found. */
  readonly projectOf: (socket: ClientSocket) => Promise<FindExpected | null>;
  readonly now: () => number;
}

/** The session of one client. */
interface KnownSession {
  /** Null if there can be none, or if it has fetched all that it may. */
  session: Promise<AheadSession | null>;
  lastMs: number;
  /** Whether it lasts as long as the look-ahead: its tool may take its time to start. */
  isKept: boolean;
}

export class LookAhead {
  readonly #options: LookAheadOptions;
  readonly #sessions = new Map<string, KnownSession>();
  readonly #timer: NodeJS.Timeout;
  #isOver = false;

  constructor(options: LookAheadOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#endIdle(), sessionGapMs / 4);
    this.#timer.unref();
  }

  /** Notes that a client asked for a file. A POM starts or widens the look-ahead of its session. */
  asked(socket: ClientSocket, coordinate: ArtifactCoordinate): void {
    const isPom = coordinate.extension === 'pom' && coordinate.classifier === '';
    if (this.#isOver || (!isPom && this.#sessions.size === 0)) return;
    const { remoteAddress: client = '' } = socket;
    const known = this.#sessions.get(client);
    if (known !== undefined) known.lastMs = this.#options.now();
    if (!isPom) return;
    const entry = known ?? this.#beginFor(client, socket);
    void entry?.session.then((session) => session?.enter(coordinate));
  }

  /** Notes that a client asked for metadata. That of a plugin is asked for to choose its version, whose POM follows. */
  askedMetadata(socket: ClientSocket, path: string): void {
    if (this.#isOver) return;
    const { remoteAddress: client = '' } = socket;
    const known = this.#sessions.get(client);
    if (known !== undefined) known.lastMs = this.#options.now();
    const { artifact = null, snapshot = null } = parseMetadataPath(path) ?? {};
    if (artifact === null || snapshot !== null || !pluginName.test(artifact.name)) return;
    const entry = known ?? this.#beginFor(client, socket);
    void entry?.session.then((session) => session?.enterPlugin(artifact.group, artifact.name));
  }

  #beginFor(client: string, socket: ClientSocket): KnownSession | null {
    const entry = this.#begin(client);
    void this.#expectProject(entry, socket);
    return entry;
  }

  /** Looks ahead from the project of the client, if that can be found out: one POM tells only what is behind it. Never rejects. */
  async #expectProject(entry: KnownSession | null, socket: ClientSocket): Promise<void> {
    try {
      const session = await entry?.session;
      const find = await this.#options.projectOf(socket);
      if (find !== null) await session?.expect(find);
    } catch {
      // The look-ahead goes on from the POMs that the tool asks for.
    }
  }

  /** Looks ahead of a client that has not asked for anything yet. Rejects if `find` does. */
  async expect(client: string, find: FindExpected): Promise<void> {
    const entry = this.#isOver ? null : (this.#sessions.get(client) ?? this.#begin(client));
    if (entry === null) return;
    entry.isKept = true;
    await (await entry.session)?.expect(find);
  }

  /** Ends all sessions. */
  close(): void {
    this.#isOver = true;
    clearInterval(this.#timer);
    for (const client of [...this.#sessions.keys()]) this.#end(client);
  }

  #begin(client: string): KnownSession | null {
    if (this.#sessions.size >= mostSessions) return null;
    const entry: KnownSession = { session: this.#open(), lastMs: this.#options.now(), isKept: false };
    this.#sessions.set(client, entry);
    return entry;
  }

  async #open(): Promise<AheadSession | null> {
    const { fetch, readMetadata, environment, cacheFolder, recentPoms, mostPoms } = this.#options;
    try {
      const poms = new AheadPoms({ fetch, versions: new ServedVersions(readMetadata), cacheFolder, recent: recentPoms, most: mostPoms });
      return new AheadSession(poms, { environment: await environment(), fetch });
    } catch {
      return null;
    }
  }

  #endIdle(): void {
    const nowMs = this.#options.now();
    for (const [client, entry] of this.#sessions) {
      if (!entry.isKept && Math.abs(nowMs - entry.lastMs) > sessionGapMs) this.#end(client);
      else void this.#forgetDone(entry);
    }
  }

  /** A client that never pauses keeps its session for ever, but not what that has read. */
  async #forgetDone(entry: KnownSession): Promise<void> {
    const session = await entry.session;
    if (session?.isDone !== true) return;
    session.end();
    entry.session = Promise.resolve(null);
  }

  #end(client: string): void {
    const entry = this.#sessions.get(client);
    this.#sessions.delete(client);
    void entry?.session.then((session) => session?.end());
  }
}
