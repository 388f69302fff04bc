/** Resolves `RELEASE`, `LATEST`, ranges, semver selectors and snapshots to one concrete version. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { pathFolder, snapshotMetadataPath } from '../../maven/coordinate/path.js';
import { isVersionName } from '../../maven/coordinate/validate.js';
import { mergeTimestampedVersion, type MetadataSource } from '../../maven/metadata/merge.js';
import { MetadataError, parseMetadata } from '../../maven/metadata/metadata.js';
import { parseVersionRange } from '../../maven/version/range.js';
import { classifyVersion } from '../../maven/version/request.js';
import { selectVersion } from '../../maven/version/selector.js';
import { baseVersion, isSnapshot } from '../../maven/version/snapshot.js';
import { repositoriesFor } from '../../network/mirrors/order.js';
import type { Context } from '../context.js';
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
      message: `no version of ${group}:${artifact} matches ${version}; there are ${list.versions.slice(-8).join(', ') || 'none'}`,
      hint: `\`clojars-fetch versions ${group}/${artifact}\` lists all ${list.versions.length}.`,
    });
  }
  const resolved = { ...coordinate, version: chosen };
  return { coordinate: resolved, timestampedVersion: isSnapshot(chosen) ? await newestSnapshot(context, resolved) : null };
}

/** The list without versions that cannot be the name of a file: metadata may hold anything, and Maven would fail on it. */
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
      return selectVersion(list.versions, version);
  }
}

/** Returns the newest build of a snapshot over its repositories; null if the locally installed one is newest. */
async function newestSnapshot(context: Context, coordinate: ArtifactCoordinate): Promise<string | null> {
  const { group, artifact } = coordinate;
  const version = baseVersion(coordinate.version);
  const file = { version, extension: coordinate.extension, classifier: coordinate.classifier };
  const folder = pathFolder({ ...coordinate, version });
  const candidates = repositoriesFor(group, true, context.route.repositories, context.route.repoFor);
  const path = snapshotMetadataPath({ ...coordinate, version });
  const subject = { group, artifact, version };
  const fetched = context.run.offline
    ? []
    : await Promise.all(
        candidates.map(async ({ repository }) => {
          const result = await fetchMetadata(await context.network.open(), {
            repository,
            path,
            subject,
            signal: context.run.signal,
            emit: context.run.emit,
          });
          if (result.kind === 'unreachable') {
            const message = `${formatCoordinate(coordinate)}: ${repository.id} could not be reached; a newer build that only it has is not seen`;
            context.run.emit({ type: 'warning', warning: 'metadata', message, path });
          }
          if (result.kind !== 'found') return [];
          const authority = result.sources.find(({ canonical, trusted }) => canonical || trusted);
          if (authority) await context.store.local.writeMetadata(folder, repository.trackingId, authority.bytes, context.run.signal);
          return result.sources;
        }),
      );
  const sources: MetadataSource[] = fetched.flat();
  const kept = await context.store.local.readMetadata(folder);
  const useKept = sources.length === 0;
  let installed = '';
  for (const { repositoryId, bytes, file: name } of kept) {
    const isInstalled = repositoryId === 'local';
    if (!isInstalled && (!useKept || !candidates.some(({ repository }) => repository.trackingId === repositoryId))) continue;
    try {
      const metadata = parseMetadata(bytes, { group, artifact });
      if (isInstalled) installed = metadata.lastUpdated ?? '';
      else sources.push({ metadata, mirror: name, operator: null, canonical: false, trusted: true });
    } catch (error) {
      if (!(error instanceof MetadataError)) throw error;
    }
  }
  const newest = mergeTimestampedVersion(sources, file, context.trust.policy.quorum);
  // As in Maven's version resolver, a snapshot installed after the newest deployment wins.
  if (newest === null || installed > timeOf(newest)) return null;
  if (isVersionName(newest)) return newest;
  const message = `${formatCoordinate(coordinate)}: the metadata names a build that cannot be the name of a file: ${escapeForDisplay(newest, 120)}`;
  context.run.emit({ type: 'warning', warning: 'metadata', message, path });
  return null;
}

/** `20240102.030405` of `1.0-20240102.030405-7`, in the form of `lastUpdated`; empty if there is none. */
function timeOf(timestampedVersion: string): string {
  const match = /-(\d{8})\.(\d{6})-\d+$/.exec(timestampedVersion);
  return match ? `${match[1] ?? ''}${match[2] ?? ''}` : '';
}
