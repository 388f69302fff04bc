/**
 * Where the resolver's POMs come from: the artifact room, so that a POM is fetched, verified and placed as a jar is.
 *
 * Absent, unreachable and forged stay three answers: only what all repositories say they do not have is null.
 */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

import { type ClojarsFetchError, isClojarsFetchError } from '../../base/error.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { artifactPath } from '../../maven/coordinate/path.js';
import { isVersionName } from '../../maven/coordinate/validate.js';
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import { isSnapshot, parseTimestampedVersion } from '../../maven/version/snapshot.js';
import { type ResolvedArtifact, toResolvedArtifact, wantedFile } from '../artifact.js';
import { resolveFile } from '../artifact/resolve-file.js';
import { type Context, type Store, withRun } from '../context.js';
import { listVersions, type VersionList } from '../versions/list-versions.js';
import { resolveVersion } from '../versions/resolve-version.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { createPomCheck } from './pom-check.js';

/** The source of one resolution, and what it has read. */
export interface RepositoryPomSource extends PomSource {
  /** Every POM that was found, by `group:artifact:version` as it was asked for. */
  readonly found: ReadonlyMap<string, ResolvedArtifact>;
  /** Repository paths of the POMs that were asked for, by label, whether they are there or not. */
  readonly paths: ReadonlyMap<string, string>;
  /** Withdraws what was asked for ahead and not needed, and waits until nothing runs on in the background. */
  end(): Promise<void>;
}

/**
 * Requests end with the operation, or with `end`. What was answered once is answered the same way again.
 * @param localPoms by `group:artifact:version`: POMs that no repository is asked for
 */
export function createPomSource(operation: Context, localPoms: ReadonlyMap<string, Uint8Array> = new Map()): RepositoryPomSource {
  const ending = new AbortController();
  const signal = AbortSignal.any([operation.run.signal, ending.signal]);
  const context = withRun(operation, { signal });
  setMaxListeners(0, signal); // as many as there are POMs under way
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(promise: Promise<T>): Promise<T> => {
    underWay.add(promise);
    const forget = (): void => void underWay.delete(promise);
    promise.then(forget, forget);
    return promise;
  };
  const found = new Map<string, ResolvedArtifact>();
  const paths = new Map<string, string>();
  const lists = new Map<string, Promise<VersionList | null>>();
  const builds = new Map<string, Promise<string | null>>();

  const { lock } = context.run;
  const list = (group: string, artifact: string): Promise<VersionList | null> =>
    remember(lists, `${group}:${artifact}`, () => orNull(listVersions(context, group, artifact)));

  const versions = async (group: string, artifact: string): Promise<readonly string[]> => {
    const locked = lock?.versionsOf(group, artifact) ?? null;
    if (locked === null && lock?.frozen) throw lock.refusal(`a range of ${group}:${artifact}`, null);
    const known = locked ?? ((await list(group, artifact))?.versions ?? []).filter(isVersionName);
    lock?.recorder?.versions(group, artifact, known);
    return known;
  };

  /** `RELEASE` or `LATEST`, by the artifact's metadata or the lockfile. */
  const resolveMeta = async (group: string, artifact: string, version: 'RELEASE' | 'LATEST'): Promise<string | null> => {
    const requested = { group, artifact, version, extension: 'pom', classifier: '' };
    const locked = lock?.chosen(requested) ?? null;
    if (locked === null && lock?.frozen) throw lock.refusal(`${group}:${artifact}:${version}`, null);
    const known = locked === null ? await list(group, artifact) : null;
    const chosen = locked ?? (version === 'LATEST' ? (known?.latest ?? known?.release ?? null) : (known?.release ?? null));
    if (chosen !== null && !isVersionName(chosen)) return null;
    if (chosen !== null) lock?.recorder?.chosen(requested, chosen);
    return chosen;
  };

  /** The newest build of a snapshot's POM; null for one that was installed on this machine, or is nowhere. */
  const build = (coordinate: ArtifactCoordinate): Promise<string | null> =>
    remember(
      builds,
      formatLabel(coordinate.group, coordinate.artifact, coordinate.version),
      async () => (await orNull(resolveVersion(context, coordinate)))?.timestampedVersion ?? null,
    );

  const read = async (group: string, artifact: string, version: string): Promise<Uint8Array | PomModel | null> => {
    const local = localPoms.get(formatLabel(group, artifact, version));
    if (local !== undefined) return local;
    const coordinate = { group, artifact, version, extension: 'pom', classifier: '' };
    let subject: WantedFile;
    try {
      subject = wantedFile(context, coordinate, isMoving(version) ? await build(coordinate) : null);
    } catch (error) {
      // A name that no repository can have: a property without a value, most often.
      if (isClojarsFetchError(error) && error.code === 'ERR_COORDINATE') return null;
      throw error;
    }
    paths.set(formatLabel(group, artifact, version), subject.path);
    const check = createPomCheck(group, artifact, version);
    let file: ResolvedFile;
    try {
      file = await resolveFile(context, { ...subject, check: check.check });
    } catch (error) {
      if (signal.aborted || !isClojarsFetchError(error)) throw error;
      if (isAbsent(error)) return null;
      if (error.code === 'ERR_OFFLINE' && (await hasArtifact(context.store, coordinate))) return null;
      // All who have it serve the same broken thing: then that is what was published, as some POMs are.
      if (!check.refused() && error.reason !== 'not-maven') throw error;
      file = await resolveFile(context, { ...subject, mayBePage: true });
    }
    found.set(formatLabel(group, artifact, version), toResolvedArtifact(coordinate, file));
    return check.modelOf(file.sha256) ?? readPom(file);
  };

  const resolveMoving = async (group: string, artifact: string, version: string): Promise<string | null> => {
    const snapshot = (of: string): Promise<string | null> => build({ group, artifact, version: of, extension: 'pom', classifier: '' });
    if (version !== 'RELEASE' && version !== 'LATEST')
      return isMoving(version) && !localPoms.has(formatLabel(group, artifact, version)) ? snapshot(version) : version;
    const chosen = await resolveMeta(group, artifact, version);
    if (chosen === null || !isMoving(chosen)) return chosen;
    return (await snapshot(chosen)) ?? chosen;
  };

  return {
    found,
    paths,
    read: (group, artifact, version) => track(read(group, artifact, version)),
    versions: (group, artifact) => track(versions(group, artifact)),
    resolveVersion: (group, artifact, version) => track(resolveMoving(group, artifact, version)),
    async end() {
      ending.abort(new Error('the graph is final'));
      await Promise.allSettled(underWay);
    },
  };
}

/** Reading a small file at once costs a fifth of the processor time of waiting for it. */
const smallPomBytes = 64 * 1024;

function readPom({ file, size }: ResolvedFile): Uint8Array | Promise<Uint8Array> {
  return size <= smallPomBytes ? readFileSync(file) : readFile(file);
}

function isMoving(version: string): boolean {
  return isSnapshot(version) && parseTimestampedVersion(version) === null;
}

function isAbsent(error: ClojarsFetchError): boolean {
  return error.code === 'ERR_NOT_FOUND' && error.reason === 'absent';
}

/** Null for what is not there; names that no repository can have are not there. */
async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (isClojarsFetchError(error) && (isAbsent(error) || error.code === 'ERR_COORDINATE')) return null;
    throw error;
  }
}

/**
 * Offline nobody can say that a POM does not exist. Where the artifact itself is there without one, it was not there
 * when it was fetched.
 */
async function hasArtifact({ local }: Store, pom: ArtifactCoordinate): Promise<boolean> {
  return (await local.find(artifactPath({ ...pom, extension: 'jar' }))) !== null;
}

function remember<T>(memory: Map<string, Promise<T>>, key: string, create: () => Promise<T>): Promise<T> {
  let known = memory.get(key);
  if (known === undefined) {
    known = create();
    memory.set(key, known);
  }
  return known;
}
