/** Wires the rooms together: one client shares connections, health, caches and the configuration of all its calls. */
import { homedir } from 'node:os';

import type { ClientEvent } from '../../base/event.js';
import type { ResolvedArtifact } from '../../fetch/artifact.js';
import { resolveArtifact } from '../../fetch/artifact/resolve-artifact.js';
import type { Context } from '../../fetch/context.js';
import { createComparisons } from '../../fetch/repositories/comparisons.js';
import type { DependencyOptions, Resolution, ResolvedDescriptor } from '../../fetch/resolution/resolution.js';
import type { VersionList } from '../../fetch/versions/list-versions.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { Coordinate, Dependency } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { toCoordinate } from '../../maven/coordinate/to-coordinate.js';
import type { ProfileEnvironment } from '../../maven/pom/profile.js';
import { originOf } from '../../network/mirrors/order.js';
import type { Diagnosis } from './diagnose.js';
import { type OperationOptions, runOperation } from './operation.js';
import { type Machine, openMachine, type Tuning } from './session.js';

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
  const closing = new AbortController();
  const underWay = new Map<string, Promise<ResolvedArtifact>>();
  const emit = (event: ClientEvent): void => {
    try {
      options.onEvent?.(event);
    } catch {
      // A progress bar must not break a download.
    }
  };
  let machine: Promise<Machine> | null = null;
  const open = (): Promise<Machine> => (machine ??= openMachine({ options, env: process.env, homeFolder: homedir(), emit, tuning }));

  const operate = async <T>(
    subject: string,
    operation: OperationOptions | undefined,
    work: (context: Context, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const { context, configuration } = await open();
    const signals = [closing.signal, options.signal, operation?.signal].filter((signal) => signal !== undefined);
    return runOperation(subject, signals, configuration.timeoutMs, async (signal) => {
      const comparisons = createComparisons(configuration.trust.compareRepositories, signal);
      try {
        const result = await work({ ...context, comparisons }, signal);
        await comparisons.finish();
        return result;
      } catch (error) {
        await comparisons.abandon();
        throw error;
      }
    });
  };

  const profileEnvironment = async (given: DependencyOptions['systemProperties']): Promise<ProfileEnvironment> => {
    const { readProfileEnvironment } = await import('../../fetch/resolution/profile-environment.js');
    return readProfileEnvironment(process.env, homedir(), given);
  };

  return {
    resolveArtifact: async (wanted, operation) => {
      const coordinate = toCoordinate(wanted);
      const subject = formatCoordinate(coordinate);
      const run = (): Promise<ResolvedArtifact> =>
        operate(subject, operation, (context, signal) => resolveArtifact(context, coordinate, signal));
      // A call with a signal of its own must be able to end alone, so only calls without one share the work.
      if (operation?.signal) return run();
      const shared = underWay.get(subject);
      if (shared) return shared;
      const promise = run().finally(() => underWay.delete(subject));
      underWay.set(subject, promise);
      return promise;
    },
    async resolveVersions(wanted, operation) {
      const { group, artifact } = toCoordinate(typeof wanted === 'string' ? wanted : { ...wanted, version: 'RELEASE' });
      const { listVersions } = await import('../../fetch/versions/list-versions.js');
      return operate(`${group}:${artifact}`, operation, (context, signal) => listVersions(context, group, artifact, signal));
    },
    async resolveDependencies(roots, { signal, ...options } = {}) {
      const subject = [...roots, ...(options.root === undefined ? [] : [options.root])]
        .slice(0, 3)
        .map((root) => (typeof root === 'string' ? root : formatCoordinate(root)))
        .join(', ');
      const [{ resolveDependencies }, environment] = await Promise.all([
        import('../../fetch/resolution/resolve-dependencies.js'),
        profileEnvironment(options.systemProperties),
      ]);
      return operate(subject, signal && { signal }, (context, ownSignal) =>
        resolveDependencies(context, roots, options, environment, ownSignal),
      );
    },
    async resolveDescriptor(wanted, { signal, systemProperties } = {}) {
      const subject = typeof wanted === 'string' ? wanted : formatCoordinate(wanted);
      const [{ resolveDescriptor }, environment] = await Promise.all([
        import('../../fetch/resolution/resolve-descriptor.js'),
        profileEnvironment(systemProperties),
      ]);
      return operate(subject, signal && { signal }, (context, ownSignal) => resolveDescriptor(context, wanted, environment, ownSignal));
    },
    async listMirrors() {
      const opened = await open();
      const { configuration } = opened;
      const { circuits } = await opened.health();
      const snapshot = circuits.snapshot();
      return configuration.repositories.flatMap((repository) =>
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
    },
    async diagnose(operation) {
      const opened = await open();
      const { diagnose } = await import('./diagnose.js');
      return operate('doctor', operation, (context, signal) => diagnose(opened.configuration, context, signal));
    },
    async close() {
      closing.abort(new Error('the client was closed'));
      await (await machine?.catch(() => null))?.close();
    },
  };
}
