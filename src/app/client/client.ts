/** The public client: each call opens the session that all calls share, and runs as one operation. */
import { type ClientEvent, safeListener } from '../../base/event.js';
import type { ResolvedArtifact } from '../../fetch/artifact.js';
import { resolveArtifact } from '../../fetch/artifact/resolve-artifact.js';
import type { DependencyOptions, Resolution, ResolvedDescriptor } from '../../fetch/resolution/resolution.js';
import type { VersionList } from '../../fetch/versions/list-versions.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import { readTimeoutMs } from '../../local/settings/option-readers.js';
import type { Coordinate, Dependency } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { toCoordinate } from '../../maven/coordinate/to-coordinate.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import type { Diagnosis } from './diagnose.js';
import { type MirrorStatus, mirrorStatuses } from './mirror-status.js';
import { type OperationCall, type OperationOptions, runOperation } from './operation.js';
import { openSession, type Session } from './session.js';
import type { Tuning } from './tuning.js';

/** Shares connections, mirror health and caches between calls. Close it when you are done: its connections keep the process alive. */
export interface Client {
  /**
   * Fetches an artifact and its POM, verifies them, and puts them into the local repository.
   * @param coordinate text in any form of {@link parseCoordinate}, or a coordinate. Without a version, it means the latest
   * release; without an extension, the jar
   * @throws {ClojarsFetchError} ERR_COORDINATE, ERR_CONFIG, ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_CHECKSUM, ERR_SIGNATURE,
   * ERR_QUORUM, ERR_LOCKFILE, ERR_RANGE, ERR_LIMIT, ERR_LOCAL_REPOSITORY, ERR_OFFLINE, ERR_ABORTED
   */
  resolveArtifact(coordinate: string | Coordinate, options?: OperationOptions): Promise<ResolvedArtifact>;
  /** Lists the known versions, oldest first. Throws as {@link Client.resolveArtifact}. */
  resolveVersions(
    coordinate: string | { readonly group: string; readonly artifact: string },
    options?: OperationOptions,
  ): Promise<VersionList>;
  /**
   * Computes the dependencies of these roots, as Maven does, and fetches them into the local repository: every POM, and
   * the artifacts of the requested scopes.
   * @param roots text in any form of {@link parseCoordinate} (the exclusions of a Leiningen vector apply), or dependencies
   * @throws {ClojarsFetchError} as {@link Client.resolveArtifact}; ERR_POM, ERR_RANGE and ERR_LIMIT if the graph cannot
   * be resolved
   */
  resolveDependencies(roots: readonly (string | Dependency)[], options?: DependencyOptions & OperationOptions): Promise<Resolution>;
  /**
   * Computes the effective POM of an artifact, as Maven's artifact descriptor does: applies parents, profiles, properties,
   * dependency management and BOMs, and follows relocations.
   * @throws {ClojarsFetchError} as {@link Client.resolveDependencies}
   */
  resolveDescriptor(
    coordinate: string | Coordinate,
    options?: Pick<DependencyOptions, 'systemProperties'> & OperationOptions,
  ): Promise<ResolvedDescriptor>;
  /** Lists the mirrors in effect, in the order of repositories and priorities. Sends no request. */
  listMirrors(): Promise<readonly MirrorStatus[]>;
  /** Reports where each setting came from, and whether network, DNS, clock, disk and permissions are sound. Asks every mirror once. */
  diagnose(options?: OperationOptions): Promise<Diagnosis>;
  /** Closes all connections and saves the health of the mirrors. Running calls end with ERR_ABORTED. */
  close(): Promise<void>;
}

/** Creates a client. Reads no file and opens no connection before the first call. */
export function createClient(options: ClientOptions = {}): Client {
  return createClientWith(options);
}

/** Does as {@link createClient}, with other clocks and limits. For tests; not exported by the package. */
export function createClientWith(options: ClientOptions, tuning: Tuning = {}): Client {
  return new SessionClient(options, tuning);
}

/**
 * Opens its session at the first call. The public methods are fields, so that they work without the client:
 * `const { resolveArtifact } = client`.
 */
class SessionClient implements Client {
  readonly #options: ClientOptions;
  readonly #tuning: Tuning;
  readonly #closing = new AbortController();
  /** Calls for one artifact without their own signal or time limit, by coordinate as JSON: as text, the version `~1` and the selector look the same. */
  readonly #underWay = new Map<string, Promise<ResolvedArtifact>>();
  #session: Promise<Session> | null = null;

  constructor(options: ClientOptions, tuning: Tuning) {
    this.#options = options;
    this.#tuning = tuning;
  }

  readonly resolveArtifact: Client['resolveArtifact'] = async (wanted, operation) => {
    const coordinate = toCoordinate(wanted);
    const subject = formatCoordinate(coordinate);
    const run = (): Promise<ResolvedArtifact> =>
      runOperation(this.#call(subject, operation), (context) => resolveArtifact(context, coordinate));
    // A call with its own signal or time limit must be able to end alone, so only calls without one share the work.
    if (operation?.signal !== undefined || operation?.timeoutMs !== undefined) return run();
    const key = JSON.stringify(coordinate);
    const shared = this.#underWay.get(key);
    if (shared) return shared;
    const promise = run().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, promise);
    return promise;
  };

  readonly resolveVersions: Client['resolveVersions'] = async (wanted, operation) => {
    const { group, artifact } = toCoordinate(typeof wanted === 'string' ? wanted : { ...wanted, version: 'RELEASE' });
    const { listVersions } = await import('../../fetch/versions/list-versions.js');
    return runOperation(this.#call(`${group}:${artifact}`, operation), (context) => listVersions(context, group, artifact));
  };

  readonly resolveDependencies: Client['resolveDependencies'] = async (roots, { signal, timeoutMs, ...options } = {}) => {
    const subject = [...roots, ...(options.root === undefined ? [] : [options.root])].slice(0, 3).map(format).join(', ');
    const [{ resolveDependencies }, environment] = await Promise.all([
      import('../../fetch/resolution/resolve-dependencies.js'),
      this.#profileEnvironment(options.systemProperties),
    ]);
    return runOperation(this.#call(subject, { signal, timeoutMs }), (context) => resolveDependencies(context, roots, options, environment));
  };

  readonly resolveDescriptor: Client['resolveDescriptor'] = async (wanted, { signal, timeoutMs, systemProperties } = {}) => {
    const [{ resolveDescriptor }, environment] = await Promise.all([
      import('../../fetch/resolution/resolve-descriptor.js'),
      this.#profileEnvironment(systemProperties),
    ]);
    return runOperation(this.#call(format(wanted), { signal, timeoutMs }), (context) => resolveDescriptor(context, wanted, environment));
  };

  readonly listMirrors: Client['listMirrors'] = async () => {
    const session = await this.#open();
    return mirrorStatuses(session.configuration.repositories, await session.health());
  };

  readonly diagnose: Client['diagnose'] = async (operation) => {
    const session = await this.#open();
    const { diagnose } = await import('./diagnose.js');
    return runOperation(this.#call('doctor', operation), async (context) =>
      diagnose(session.configuration, context, userEnvironment().env, await session.audits()),
    );
  };

  readonly close: Client['close'] = async () => {
    this.#closing.abort(new Error('the client was closed'));
    await (await this.#session?.catch(() => null))?.close();
  };

  #call(subject: string, operation: OperationOptions | undefined): OperationCall {
    const signals = [this.#closing.signal, this.#options.signal, operation?.signal].filter((signal) => signal !== undefined);
    const limit: unknown = operation?.timeoutMs;
    const timeoutMs = limit === undefined ? undefined : readTimeoutMs(limit, { source: 'options', key: 'timeoutMs' });
    return { session: this.#open(), subject, signals, timeoutMs };
  }

  #open(): Promise<Session> {
    const options = this.#options;
    const emit = safeListener<ClientEvent>(options.onEvent);
    this.#session ??= openSession({ options, ...userEnvironment(), emit, tuning: this.#tuning });
    return this.#session;
  }

  async #profileEnvironment(systemProperties: DependencyOptions['systemProperties']): Promise<ProfileEnvironment> {
    const [{ readProfileEnvironment }, { configuration }] = await Promise.all([
      import('../../fetch/resolution/profile-environment.js'),
      this.#open(),
    ]);
    return readProfileEnvironment(userEnvironment(), { systemProperties, pomEnvironment: configuration.pomEnvironment });
  }
}

function format(wanted: string | Coordinate): string {
  return typeof wanted === 'string' ? wanted : formatCoordinate(wanted);
}
