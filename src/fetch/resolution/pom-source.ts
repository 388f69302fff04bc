/**
 * Fetches the resolver's POMs like any other file: each is verified and placed in the local repository.
 *
 * Absent, unreachable and forged stay apart: a POM is null only if every repository answered 'not here'.
 */
import { setMaxListeners } from 'node:events';

import { Gate } from '../../base/async/gate.js';
import { type LinkedAbort, linkedAbort } from '../../base/async/linked-abort.js';
import { corruptPath, localRepositoryError } from '../../base/disk/file-error.js';
import { readRegularFile, RefusedFile } from '../../base/disk/regular-file.js';
import { isClojarsFetchError } from '../../base/error.js';
import { PomIndex, RecentPoms } from '../../local/ledger/pom-index.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { artifactPath } from '../../maven/coordinate/path.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import { metadataMaxBytes } from '../../network/transport/contract/limits.js';
import { type ResolvedArtifact, toResolvedArtifact, wantedFile } from '../artifact.js';
import { recallFile } from '../artifact/resolve-file.js';
import { type Context, type Store, withRun } from '../context.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { isAbsent } from './absent.js';
import { GraphVersions, isMoving } from './graph-versions.js';
import { PomCheck } from './pom-check.js';
import { pomParser } from './pom-parser.js';
import { resolvePom } from './resolve-pom.js';

/**
 * Maximum number of POMs in progress: enough for every real graph, and few enough that a POM with 50,000 dependencies can be aborted at
 * once.
 */
const mostAtOnce = 512;

/** One for the process: `project` resolves twice, with clients of their own. Models are found by the digest of verified bytes. */
const recentPoms = new RecentPoms();

/** The source of one resolution. Requests end with the operation, or with {@link RepositoryPomSource.end}. */
export class RepositoryPomSource implements PomSource {
  readonly #context: Context;
  readonly #localPoms: ReadonlyMap<string, Uint8Array>;
  readonly #link: LinkedAbort;
  readonly #versions: GraphVersions;
  /** Null if no remembered answer applies. */
  readonly #index: PomIndex | null;
  readonly #found = new Map<string, ResolvedArtifact>();
  readonly #paths = new Map<string, string>();
  #running = 0;
  /** Set while {@link RepositoryPomSource.end} waits until nothing runs. */
  #onIdle: (() => void) | null = null;
  readonly #gate = new Gate(mostAtOnce);

  /** @param localPoms POMs by `group:artifact:version` that are not requested from any repository */
  constructor(operation: Context, localPoms: ReadonlyMap<string, Uint8Array> = new Map()) {
    this.#link = linkedAbort(operation.run.signal);
    setMaxListeners(0, this.#link.signal); // one per POM in progress
    this.#context = withRun(operation, { signal: this.#link.signal });
    this.#localPoms = localPoms;
    this.#versions = new GraphVersions(this.#context);
    this.#index = operation.run.paranoid ? null : new PomIndex(operation.store.cacheFolder, recentPoms);
  }

  /** All POMs that were found, by `group:artifact:version` as requested. */
  get found(): ReadonlyMap<string, ResolvedArtifact> {
    return this.#found;
  }

  /** Repository paths of the requested POMs, found or not, by label. */
  get paths(): ReadonlyMap<string, string> {
    return this.#paths;
  }

  read(group: string, artifact: string, version: string): Promise<PomModel | null> {
    return this.#track(this.#read(group, artifact, version));
  }

  /** A POM of the local repository that was verified and parsed before takes no promise, of the dozen that others take. */
  readNow(group: string, artifact: string, version: string): PomModel | undefined {
    const label = formatLabel(group, artifact, version);
    const context = this.#context;
    if (this.#index === null || context.run.signal.aborted || isMoving(version) || this.#localPoms.has(label)) return undefined;
    const coordinate = { group, artifact, version, extension: 'pom', classifier: '' };
    try {
      const wanted = wantedFile(context, coordinate, null);
      const file = recallFile(context, wanted);
      if (file === null) return undefined;
      const model = this.#index.find(file.sha256);
      if (model === null) return undefined;
      this.#paths.set(label, wanted.path);
      this.#found.set(label, toResolvedArtifact(coordinate, file));
      return model;
    } catch (error) {
      // Reported when it is read.
      if (isClojarsFetchError(error)) return undefined;
      throw error;
    }
  }

  versions(group: string, artifact: string): Promise<readonly string[]> {
    return this.#track(this.#versions.list(group, artifact));
  }

  resolveVersion(group: string, artifact: string, version: string): Promise<string | null> {
    if (this.#localPoms.has(formatLabel(group, artifact, version))) return Promise.resolve(version);
    return this.#track(this.#versions.resolve(group, artifact, version));
  }

  /** Aborts prefetched requests that are no longer needed, waits until nothing runs in the background, and saves the index. */
  async end(): Promise<void> {
    this.#link.abort(new Error('the graph is final'));
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve));
    this.#index?.save();
  }

  /** Counts instead of keeping promises: a set of thousands, and a handler for each, would cost more than the work. */
  async #track<T>(promise: Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await promise;
    } finally {
      this.#running -= 1;
      if (this.#running === 0) this.#onIdle?.();
    }
  }

  async #read(group: string, artifact: string, version: string): Promise<PomModel | null> {
    const label = formatLabel(group, artifact, version);
    const local = this.#localPoms.get(label);
    if (local !== undefined) return (await pomParser())(local, label);
    const coordinate = { group, artifact, version, extension: 'pom', classifier: '' };
    const wanted = await this.#wanted(coordinate);
    if (wanted === null) return null;
    this.#paths.set(label, wanted.path);
    const check = new PomCheck(group, artifact, version);
    const file = await this.#fetch(coordinate, wanted, check);
    if (file === null) return null;
    this.#found.set(label, toResolvedArtifact(coordinate, file));
    return this.#index?.find(file.sha256) ?? this.#parse(file, check, label);
  }

  async #parse(file: ResolvedFile, check: PomCheck, label: string): Promise<PomModel> {
    const { sha256 } = file;
    const model = check.modelOf(sha256) ?? (await pomParser())(readPom(file), label);
    this.#index?.add(sha256, model);
    return model;
  }

  /** Returns null for a name that no repository can have, most often because a property has no value. */
  async #wanted(coordinate: ArtifactCoordinate): Promise<WantedFile | null> {
    const { group, artifact, version } = coordinate;
    const build = isMoving(version) ? await this.#versions.newestBuild(group, artifact, version) : null;
    try {
      return wantedFile(this.#context, coordinate, build);
    } catch (error) {
      if (isClojarsFetchError(error) && error.code === 'ERR_COORDINATE') return null;
      throw error;
    }
  }

  async #fetch(coordinate: ArtifactCoordinate, wanted: WantedFile, check: PomCheck): Promise<ResolvedFile | null> {
    const context = this.#context;
    try {
      return await this.#gate.run(() => resolvePom(context, wanted, check), context.run.signal);
    } catch (error) {
      if (context.run.signal.aborted || !isClojarsFetchError(error)) throw error;
      if (isAbsent(error)) return null;
      if (error.code === 'ERR_OFFLINE' && (await hasArtifact(context.store, coordinate))) return null;
      throw error;
    }
  }
}

/** Reads a POM that was just verified. Another program may have replaced it with a pipe in the meantime. */
function readPom({ file }: ResolvedFile): Uint8Array {
  try {
    return readRegularFile(file, metadataMaxBytes);
  } catch (error) {
    if (!(error instanceof RefusedFile)) throw localRepositoryError(error, file);
    throw corruptPath(file, error.message);
  }
}

/**
 * Whether the jar is in the local repository. Offline, no repository can confirm that a POM is absent; but if the jar is there without a
 * POM, the POM was absent when the jar was fetched.
 */
async function hasArtifact({ local }: Store, pom: ArtifactCoordinate): Promise<boolean> {
  return (await local.find(artifactPath({ ...pom, extension: 'jar' }))) !== null;
}
