/** Wires the rooms together: one client shares connections, health, caches and the configuration of all its calls. */
import { homedir } from 'node:os';

import type { ClientEvent } from '../../base/event.js';
import type { ResolvedArtifact } from '../../fetch/artifact.js';
import { resolveArtifact } from '../../fetch/artifact/resolve-artifact.js';
import type { DependencyOptions, Resolution, ResolvedDescriptor } from '../../fetch/resolution/resolution.js';
import type { VersionList } from '../../fetch/versions/list-versions.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { Coordinate, Dependency } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { toCoordinate } from '../../maven/coordinate/to-coordinate.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import { originOf } from '../../network/mirrors/order.js';
import type { Diagnosis } from './diagnose.js';
import { type OperationCall, type OperationOptions, runOperation } from './operation.js';
import { openSession, type Session, type Tuning } from './session.js';

/** A mirror of the list in effect, with what is remembered of its origin. */
export interface MirrorStatus {
  /** Id of the repository it serves. */
  readonly repository: string;
  readonly url: string;
  /** Null when unknown; such a mirror is no witness of a quorum. */
  readonly operator: string | null;
  readonly canonical: boolean;
  readonly trusted: boolean;
  /** A built-in third party: asked only when the canonical operator is down. */
  readonly lastResort: boolean;
  readonly priority: number;
  readonly circuit: 'closed' | 'open' | 'half-open';
  /** ISO 8601, null while closed. */
  readonly openUntil: string | null;
  /** Milliseconds to the first byte, 95th percentile of recent requests; null when unknown. */
  readonly p95Ms: number | null;
}

/** Shares connections, health and caches between calls. Close it when done: its connections keep the process alive. */
export interface Client {
  /**
   * Brings an artifact and its POM into the local repository, verified.
   * @param coordinate any form of {@link parseCoordinate}, or a coordinate; without a version, the latest release
   * @throws {ClojarsFetchError} ERR_COORDINATE, ERR_CONFIG, ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_CHECKSUM, ERR_QUORUM,
   * ERR_RANGE, ERR_LIMIT, ERR_LOCAL_REPOSITORY, ERR_OFFLINE, ERR_ABORTED
   */
  resolveArtifact(coordinate: string | Coordinate, options?: OperationOptions): Promise<ResolvedArtifact>;
  /** Known versions, oldest first. Errors as {@link Client.resolveArtifact}. */
  resolveVersions(
    coordinate: string | { readonly group: string; readonly artifact: string },
    options?: OperationOptions,
  ): Promise<VersionList>;
  /**
   * Computes what these need, as Maven does, and brings it into the local repository: every POM, and the artifacts of
   * the scopes asked for.
   * @param roots in any form of {@link parseCoordinate} (a Leiningen vector with its exclusions too), or dependencies
   * @throws {ClojarsFetchError} as {@link Client.resolveArtifact}; ERR_POM, ERR_RANGE and ERR_LIMIT where the graph cannot
   * be resolved
   */
  resolveDependencies(roots: readonly (string | Dependency)[], options?: DependencyOptions & OperationOptions): Promise<Resolution>;
  /**
   * The effective POM of an artifact, as Maven's artifact descriptor: parents, profiles, properties, dependency
   * management and BOMs applied, relocations followed.
   * @throws {ClojarsFetchError} as {@link Client.resolveDependencies}
   */
  resolveDescriptor(
    coordinate: string | Coordinate,
    options?: Pick<DependencyOptions, 'systemProperties'> & OperationOptions,
  ): Promise<ResolvedDescriptor>;
  /** The mirrors in effect, in the order of repositories and priorities. Asks nobody. */
  listMirrors(): Promise<readonly MirrorStatus[]>;
  /** Where each setting came from, and whether network, DNS, clock, disk and permissions are sound. Asks every mirror once. */
  diagnose(options?: OperationOptions): Promise<Diagnosis>;
  /** Ends all connections and writes what is worth remembering. Calls under way end with ERR_ABORTED. */
  close(): Promise<void>;
}

/** Creates a client. Reads and connects nothing before the first call. */
export function createClient(options: ClientOptions = {}): Client {
  return createClientWith(options);
}

/** As {@link createClient}, with clocks and limits of one's own; for tests, not exported by the package. */
export function createClientWith(options: ClientOptions, tuning: Tuning = {}): Client {
  return new SessionClient(options, tuning);
}

/** Opens its session at the first call. */
class SessionClient implements Client {
  readonly #options: ClientOptions;
  readonly #tuning: Tuning;
  readonly #closing = new AbortController();
  /** Calls for one artifact without a signal of their own, by coordinate. */
  readonly #underWay = new Map<string, Promise<ResolvedArtifact>>();
  #session: Promise<Session> | null = null;

  constructor(options: ClientOptions, tuning: Tuning) {
    this.#options = options;
    this.#tuning = tuning;
  }

  async resolveArtifact(wanted: string | Coordinate, operation?: OperationOptions): Promise<ResolvedArtifact> {
    const coordinate = toCoordinate(wanted);
    const subject = formatCoordinate(coordinate);
    const run = (): Promise<ResolvedArtifact> =>
      runOperation(this.#call(subject, operation), (context) => resolveArtifact(context, coordinate));
    // A call with a signal of its own must be able to end alone, so only calls without one share the work.
    if (operation?.signal) return run();
    const shared = this.#underWay.get(subject);
    if (shared) return shared;
    const promise = run().finally(() => this.#underWay.delete(subject));
    this.#underWay.set(subject, promise);
    return promise;
  }

  async resolveVersions(
    wanted: string | { readonly group: string; readonly artifact: string },
    operation?: OperationOptions,
  ): Promise<VersionList> {
    const { group, artifact } = toCoordinate(typeof wanted === 'string' ? wanted : { ...wanted, version: 'RELEASE' });
    const { listVersions } = await import('../../fetch/versions/list-versions.js');
    return runOperation(this.#call(`${group}:${artifact}`, operation), (context) => listVersions(context, group, artifact));
  }

  async resolveDependencies(
    roots: readonly (string | Dependency)[],
    { signal, ...options }: DependencyOptions & OperationOptions = {},
  ): Promise<Resolution> {
    const subject = [...roots, ...(options.root === undefined ? [] : [options.root])].slice(0, 3).map(format).join(', ');
    const [{ resolveDependencies }, environment] = await Promise.all([
      import('../../fetch/resolution/resolve-dependencies.js'),
      profileEnvironment(options.systemProperties),
    ]);
    return runOperation(this.#call(subject, { signal }), (context) => resolveDependencies(context, roots, options, environment));
  }

  async resolveDescriptor(
    wanted: string | Coordinate,
    { signal, systemProperties }: Pick<DependencyOptions, 'systemProperties'> & OperationOptions = {},
  ): Promise<ResolvedDescriptor> {
    const [{ resolveDescriptor }, environment] = await Promise.all([
      import('../../fetch/resolution/resolve-descriptor.js'),
      profileEnvironment(systemProperties),
    ]);
    return runOperation(this.#call(format(wanted), { signal }), (context) => resolveDescriptor(context, wanted, environment));
  }

  async listMirrors(): Promise<readonly MirrorStatus[]> {
    const session = await this.#open();
    const { circuits } = await session.health();
    const snapshot = circuits.snapshot();
    return session.configuration.repositories.flatMap((repository) =>
      repository.mirrors.map((mirror): MirrorStatus => {
        const origin = originOf(mirror.url);
        const until = snapshot[origin]?.openUntilMs ?? null;
        const { operator, canonical, trusted, lastResort, priority } = mirror;
        return {
          repository: repository.id,
          url: mirror.url.href,
          operator,
          canonical,
          trusted,
          lastResort,
          priority,
          circuit: circuits.state(origin),
          openUntil: until === null ? null : new Date(until).toISOString(),
          p95Ms: circuits.p95(origin),
        };
      }),
    );
  }

  async diagnose(operation?: OperationOptions): Promise<Diagnosis> {
    const { configuration } = await this.#open();
    const { diagnose } = await import('./diagnose.js');
    return runOperation(this.#call('doctor', operation), (context) => diagnose(configuration, context));
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error('the client was closed'));
    await (await this.#session?.catch(() => null))?.close();
  }

  #call(subject: string, operation: OperationOptions | undefined): OperationCall {
    const signals = [this.#closing.signal, this.#options.signal, operation?.signal].filter((signal) => signal !== undefined);
    return { session: this.#open(), subject, signals };
  }

  #open(): Promise<Session> {
    const options = this.#options;
    const emit = (event: ClientEvent): void => {
      try {
        options.onEvent?.(event);
      } catch {
        // A progress bar must not break a download.
      }
    };
    this.#session ??= openSession({ options, env: process.env, homeFolder: homedir(), emit, tuning: this.#tuning });
    return this.#session;
  }
}

function format(wanted: string | Coordinate): string {
  return typeof wanted === 'string' ? wanted : formatCoordinate(wanted);
}

async function profileEnvironment(given: DependencyOptions['systemProperties']): Promise<ProfileEnvironment> {
  const { readProfileEnvironment } = await import('../../fetch/resolution/profile-environment.js');
  return readProfileEnvironment(process.env, homedir(), given);
}
