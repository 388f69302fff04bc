/** Resolves `RELEASE`, `LATEST`, ranges, semver selectors and snapshots to one concrete version. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { pathFolder, snapshotMetadataPath } from '../../maven/coordinate/path.js';
import { isVersionName } from '../../maven/coordinate/validate.js';
import { mergeTimestampedVersion, type MetadataSource } from '../../maven/metadata/merge.js';
import { type Metadata, parseMetadata } from '../../maven/metadata/metadata.js';
import { MetadataError } from '../../maven/metadata/metadata-error.js';
import { parseVersionRange } from '../../maven/version/range.js';
import { classifyVersion } from '../../maven/version/request.js';
import { selectVersion, unmarkSelector } from '../../maven/version/selector.js';
import { baseVersion, isSnapshot } from '../../maven/version/snapshot.js';
import { repositoriesFor, type RepositoryCandidate } from '../../network/mirrors/order.js';
import type { Context, Parts } from '../context.js';
import { fetchMetadata } from './fetch-metadata.js';
import { listVersions, type VersionList } from './list-versions.js';

/** A version that names one file. */
export interface ResolvedVersion {
  readonly coordinate: ArtifactCoordinate;
  /** File version of a remote snapshot; null for releases and locally installed snapshots. */
  readonly timestampedVersion: string | null;
}

/**
 * @throws ClojarsFetchError ERR_RANGE (malformed, no-match), ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_OFFLINE, ERR_LOCKFILE
 */
export async function resolveVersion(context: Context, coordinate: ArtifactCoordinate): Promise<ResolvedVersion> {
  const { version } = coordinate;
  const { lock } = context.run;
  if (!lock || classifyVersion(version) === 'exact') return findVersion(context, coordinate);
  const locked = lock.chosen(coordinate);
  if (locked === null && lock.frozen) throw lock.refusal(formatCoordinate(coordinate), null);
  const found = locked === null ? await findVersion(context, coordinate) : lockedVersion(coordinate, locked);
  lock.recorder?.chosen(coordinate, found.timestampedVersion ?? found.coordinate.version);
  return found;
}

/** Returns the locked version. A snapshot installed on this machine has no timestamp. */
function lockedVersion(coordinate: ArtifactCoordinate, locked: string): ResolvedVersion {
  if (classifyVersion(coordinate.version) === 'snapshot')
    return { coordinate, timestampedVersion: locked === baseVersion(coordinate.version) ? null : locked };
  if (!isSnapshot(locked)) return { coordinate: { ...coordinate, version: locked }, timestampedVersion: null };
  const version = baseVersion(locked);
  return { coordinate: { ...coordinate, version }, timestampedVersion: locked === version ? null : locked };
}

async function findVersion(context: Context, coordinate: ArtifactCoordinate): Promise<ResolvedVersion> {
  const { group, artifact, version } = coordinate;
  const kind = classifyVersion(version);
  if (kind === 'exact') return { coordinate, timestampedVersion: null };
  if (kind === 'snapshot') return { coordinate, timestampedVersion: await newestSnapshot(context, coordinate) };
  const list = await listVersions(context, group, artifact);
  const chosen = await choose(kind, version, usable(list));
  if (chosen === null) {
    throw new ClojarsFetchError('ERR_RANGE', {
      reason: 'no-match',
      coordinate: formatCoordinate(coordinate),
      unsatisfied: { group, artifact },
      message: `no version of ${group}:${artifact} matches ${unmarkSelector(version)}; there are ${list.versions.slice(-8).join(', ') || 'none'}`,
      hint: `\`clojars-fetch versions ${group}/${artifact}\` lists all ${list.versions.length}.`,
    });
  }
  const resolved = { ...coordinate, version: chosen };
  return { coordinate: resolved, timestampedVersion: isSnapshot(chosen) ? await newestSnapshot(context, resolved) : null };
}

/** Drops versions that cannot be part of a file name: metadata may contain anything, and Maven would fail on them. */
function usable(list: VersionList): Pick<VersionList, 'versions' | 'release' | 'latest'> {
  const named = (version: string | null): string | null => (version !== null && isVersionName(version) ? version : null);
  return { versions: list.versions.filter(isVersionName), release: named(list.release), latest: named(list.latest) };
}

async function choose(
  kind: 'range' | 'selector' | 'RELEASE' | 'LATEST',
  version: string,
  list: { readonly versions: readonly string[]; readonly release: string | null; readonly latest: string | null },
): Promise<string | null> {
  const newest = (versions: readonly string[]): string | null => versions.at(-1) ?? null;
  switch (kind) {
    case 'RELEASE':
      return list.release ?? newest(list.versions.filter((one) => !isSnapshot(one)));
    case 'LATEST':
      return list.latest ?? list.release ?? newest(list.versions);
    case 'range': {
      const range = parseVersionRange(version);
      return newest(list.versions.filter((one) => range.contains(one)));
    }
    case 'selector':
      return selectVersion(list.versions, unmarkSelector(version));
  }
}

/** Returns the newest build of a snapshot over its repositories; null if the locally installed one is newest. */
async function newestSnapshot(context: Context, coordinate: ArtifactCoordinate): Promise<string | null> {
  const snapshot = { ...coordinate, version: baseVersion(coordinate.version) };
  const candidates = repositoriesFor(snapshot.group, true, context.route.repositories, context.route.repoFor);
  const { installed, sources: kept } = await readKept(context, snapshot, candidates);
  const fetched = context.run.offline ? [] : await fetchAll(context, snapshot, candidates, { isNeeded: kept.length === 0 });
  const newest = mergeTimestampedVersion(fetched.length > 0 ? fetched : kept, snapshot, { quorum: context.trust.policy.quorum, installed });
  if (newest === null) return null;
  if (isVersionName(newest)) return newest;
  const message = `${formatCoordinate(coordinate)}: the metadata names a build that cannot be the name of a file: ${escapeForDisplay(newest, 120)}`;
  context.run.emit({ type: 'warning', warning: 'metadata', message, path: snapshotMetadataPath(snapshot) });
  return null;
}

/** A snapshot's metadata in the local repository. */
interface KeptMetadata {
  /** Of the snapshot installed on this machine; null if none is. */
  readonly installed: Metadata | null;
  /** From earlier answers of these repositories. */
  readonly sources: readonly MetadataSource[];
}

async function readKept(
  { store }: Parts<'store'>,
  snapshot: ArtifactCoordinate,
  candidates: readonly RepositoryCandidate[],
): Promise<KeptMetadata> {
  const { group, artifact } = snapshot;
  let installed: Metadata | null = null;
  const sources: MetadataSource[] = [];
  for (const { repositoryId, bytes, file } of await store.local.readMetadata(pathFolder(snapshot))) {
    const isInstalled = repositoryId === 'local';
    if (!isInstalled && !candidates.some(({ repository }) => repository.trackingId === repositoryId)) continue;
    try {
      const metadata = parseMetadata(bytes, { group, artifact });
      if (isInstalled) installed = metadata;
      else sources.push({ metadata, mirror: file, operator: null, canonical: false, trusted: true });
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
    }
  }
  return { installed, sources };
}

/** @param options.isNeeded whether nothing can replace these answers: then a slow repository is awaited until one has answered */
async function fetchAll(
  { network, store, trust, run }: Context,
  snapshot: ArtifactCoordinate,
  candidates: readonly RepositoryCandidate[],
  options: { readonly isNeeded: boolean },
): Promise<readonly MetadataSource[]> {
  const { group, artifact, version } = snapshot;
  const path = snapshotMetadataPath(snapshot);
  let isNeeded = options.isNeeded;
  const fetchOne = async ({ repository }: RepositoryCandidate): Promise<readonly MetadataSource[]> => {
    const result = await fetchMetadata(await network.open(), {
      repository,
      path,
      subject: { group, artifact, version },
      quorum: trust.policy.quorum,
      isNeeded: () => isNeeded,
      signal: run.signal,
      emit: run.emit,
    });
    if (result.kind === 'unreachable') {
      const message = `${formatCoordinate(snapshot)}: ${repository.id} could not be reached; a newer build that only it has is not seen`;
      run.emit({ type: 'warning', warning: 'metadata', message, path });
    }
    if (result.kind !== 'found') return [];
    isNeeded = false;
    const authority = result.sources.find(({ canonical, trusted }) => canonical || trusted);
    if (authority) await store.local.writeMetadata(pathFolder(snapshot), repository.trackingId, authority.bytes, run.signal);
    return result.sources;
  };
  return (await Promise.all(candidates.map(fetchOne))).flat();
}
