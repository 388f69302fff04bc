/** Resolves one coordinate to one verified artifact in the local repository, with its POM, as `mvn dependency:get` does. */
import { isClojarsFetchError } from '../../base/error.js';
import type { ArtifactCoordinate } from '../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { classifyVersion } from '../../maven/version/request.js';
import { isSnapshot } from '../../maven/version/snapshot.js';
import { type ResolvedArtifact, toResolvedArtifact, wantedFile } from '../artifact.js';
import type { Context } from '../context.js';
import type { ResolvedVersion } from '../versions/resolve-version.js';
import type { ResolvedFile } from '../wanted-file.js';
import { resolveFile } from './resolve-file.js';

/**
 * Resolves the version, then fetches artifact and POM at the same time. The POM may be absent; a bad POM is an error.
 */
export async function resolveArtifact(context: Context, wanted: ArtifactCoordinate): Promise<ResolvedArtifact> {
  const { coordinate, timestampedVersion } = await versionOf(context, wanted);
  const subject = wantedFile(context, coordinate, timestampedVersion);
  const pom = coordinate.extension === 'pom' ? null : resolvePom(context, coordinate);
  // Both settle before this call ends, so that nothing continues in the background.
  const [artifact, hasPom] = await settleAll(coordinate, resolveFile(context, subject), pom);
  context.run.lock?.recorder?.keep(artifact.path);
  if (!hasPom)
    context.run.emit({
      type: 'warning',
      warning: 'no-pom',
      message: `${formatCoordinate(coordinate)} has no POM: build tools will see it without dependencies`,
    });
  return toResolvedArtifact(coordinate, artifact);
}

/** Metadata, ranges and selectors are loaded only for a version that needs them. */
async function versionOf(context: Context, coordinate: ArtifactCoordinate): Promise<ResolvedVersion> {
  if (classifyVersion(coordinate.version) === 'exact') return { coordinate, timestampedVersion: null };
  const { resolveVersion } = await import('../versions/resolve-version.js');
  return resolveVersion(context, coordinate);
}

/**
 * Resolves the artifact alone, without its POM: for closures, which have read the POMs already.
 * @param isStillWanted as in {@link WantedFile}
 * @throws ClojarsFetchError as resolveFile and resolveVersion
 */
export async function resolveArtifactAlone(
  context: Context,
  artifact: ArtifactCoordinate,
  isStillWanted?: () => Promise<boolean>,
): Promise<ResolvedArtifact> {
  const { coordinate, timestampedVersion } = await versionOf(context, artifact);
  const subject = wantedFile(context, coordinate, timestampedVersion);
  return toResolvedArtifact(coordinate, await resolveFile(context, { ...subject, isStillWanted }));
}

/** Fetches the POM. Returns false if it is absent. */
async function resolvePom(context: Context, coordinate: ArtifactCoordinate): Promise<boolean> {
  try {
    const pom = { ...coordinate, extension: 'pom', classifier: '' };
    const { timestampedVersion } = isSnapshot(pom.version) ? await versionOf(context, pom) : { timestampedVersion: null };
    await resolveFile(context, wantedFile(context, pom, timestampedVersion));
    return true;
  } catch (error) {
    if (!isClojarsFetchError(error) || (error.code !== 'ERR_NOT_FOUND' && error.code !== 'ERR_OFFLINE') || error.reason !== 'absent')
      throw error;
    return false;
  }
}

/** Waits for both. If both fail, throws the artifact's error. */
async function settleAll(
  coordinate: ArtifactCoordinate,
  artifact: Promise<ResolvedFile>,
  pom: Promise<boolean> | null,
): Promise<readonly [ResolvedFile, boolean]> {
  const [a, b] = await Promise.allSettled([artifact, pom]);
  if (a.status === 'rejected') throw b.status === 'fulfilled' && b.value === true ? withoutArtifact(coordinate, a.reason) : a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value ?? true];
}

/** Adds a hint to the error for an artifact that has a POM but no jar: a parent, a BOM, an application. */
function withoutArtifact(coordinate: ArtifactCoordinate, error: unknown): unknown {
  if (
    !isClojarsFetchError(error) ||
    error.reason !== 'absent' ||
    error.code !== 'ERR_NOT_FOUND' ||
    coordinate.extension !== 'jar' ||
    coordinate.classifier !== ''
  )
    return error;
  const pom = formatCoordinate({ ...coordinate, extension: 'pom', classifier: '' });
  return error.with({
    coordinate: formatCoordinate(coordinate),
    hint: `Its POM exists: \`clojars-fetch ${pom}\` fetches it, and \`clojars-fetch deps ${pom}\` its dependencies.`,
  });
}
