/** One coordinate to one verified artifact in the local repository, with its POM, as `mvn dependency:get` leaves it. */
import type { ArtifactCoordinate } from '../coordinate/coordinate.js';
import { formatCoordinate } from '../coordinate/format.js';
import { artifactPath } from '../coordinate/path.js';
import { ClojarsFetchError, isClojarsFetchError } from '../error.js';
import { metadataMaxBytes, signatureMaxBytes } from '../transport/limits.js';
import type { Witness } from '../verification/evidence.js';
import type { Level } from '../verification/level.js';
import type { SignatureStatus } from '../verification/pgp/signature-verdict.js';
import { classifyVersion } from '../version/request.js';
import { baseVersion, isSnapshot } from '../version/snapshot.js';
import type { Context } from './context.js';
import type { FileSubject, ResolvedFile } from './file-subject.js';
import { resolveFile } from './resolve-file.js';
import type { ResolvedVersion } from './resolve-version.js';

/** What is known of why an artifact may be believed. */
export interface ArtifactVerification {
  /** The strongest proof. */
  readonly level: Level;
  /** All proofs, strongest first: `signed:FINGERPRINT`, `origin:sha1`, `transport:sha1`, `quorum:a,b`, `pinned:sha256`, `local`. */
  readonly proofs: readonly string[];
  /** The published checksum that the file has, and the mirror that served the file with it; null without one. */
  readonly checksum: { readonly algorithm: string; readonly source: string } | null;
  /** What was concluded about its signature; null where signatures are not looked at, or who could say could not be asked. */
  readonly signature: ArtifactSignature | null;
  /** Who said what of its checksum in this call, by operator; empty where nobody had to be asked. */
  readonly witnesses: readonly Witness[];
}

/** The verdict on a file's signature. */
export interface ArtifactSignature {
  readonly status: SignatureStatus;
  /** Of the signer's primary key, upper-case hex; null where the key is not known. */
  readonly fingerprint: string | null;
  /** The signer's primary user ID as it is written, NOT escaped; null where the key is not known or has none. */
  readonly userId: string | null;
  /** ISO 8601, as the signature says; null where there is none. */
  readonly signedAt: string | null;
  /** For a person: by whom and when, or what is wrong. Escaped. */
  readonly sentence: string;
}

/** A verified artifact in the local repository; the fields of the `--json` document. */
export interface ResolvedArtifact {
  /** `group:artifact[:extension[:classifier]]:version`. */
  readonly coordinate: string;
  readonly group: string;
  readonly artifact: string;
  /** The version found; for a remote snapshot still the base version. */
  readonly version: string;
  readonly extension: string;
  readonly classifier: string;
  /** Absolute path of the file. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Id of the repository; null when another tool put the file there and did not say. */
  readonly repository: string | null;
  /** Base URL of the mirror that served it in this call; null when it was there already. */
  readonly mirror: string | null;
  readonly verification: ArtifactVerification;
}

/**
 * Resolves the version, then fetches artifact and POM at the same time. An artifact without a POM is one: only its
 * absence is tolerated, never a bad POM.
 */
export async function resolveArtifact(context: Context, wanted: ArtifactCoordinate, signal: AbortSignal): Promise<ResolvedArtifact> {
  const { coordinate, timestampedVersion } = await versionOf(context, wanted, signal);
  const subject = subjectOf(context, coordinate, timestampedVersion);
  const pom = coordinate.extension === 'pom' ? null : resolvePom(context, coordinate, signal);
  // Both always settle before this call ends, so that nothing runs on in the background.
  const [artifact, hasPom] = await settleAll(coordinate, resolveFile(context, subject, signal), pom);
  context.lock?.recorder?.keep(artifact.path);
  if (!hasPom) context.emit({ type: 'warning', warning: 'no-pom', message: `${formatCoordinate(coordinate)} has no POM: build tools will see it without dependencies` });
  return present(coordinate, artifact);
}

/** Metadata, ranges and selectors are loaded only for a version that needs them. */
async function versionOf(context: Context, coordinate: ArtifactCoordinate, signal: AbortSignal): Promise<ResolvedVersion> {
  if (classifyVersion(coordinate.version) === 'exact') return { coordinate, timestampedVersion: null };
  const { resolveVersion } = await import('./resolve-version.js');
  return resolveVersion(context, coordinate, signal);
}

/** The artifact alone, without its POM: for closures, which have read the POMs already. `wanted`: as in FileSubject. Errors as resolveFile and resolveVersion. */
export async function resolveArtifactAlone(context: Context, artifact: ArtifactCoordinate, signal: AbortSignal, wanted?: () => Promise<boolean>): Promise<ResolvedArtifact> {
  const { coordinate, timestampedVersion } = await versionOf(context, artifact, signal);
  const subject = subjectOf(context, coordinate, timestampedVersion);
  return present(coordinate, await resolveFile(context, wanted === undefined ? subject : { ...subject, wanted }, signal));
}

/** False when there is none. */
async function resolvePom(context: Context, coordinate: ArtifactCoordinate, signal: AbortSignal): Promise<boolean> {
  try {
    const pom = { ...coordinate, extension: 'pom', classifier: '' };
    const { timestampedVersion } = isSnapshot(pom.version) ? await versionOf(context, pom, signal) : { timestampedVersion: null };
    await resolveFile(context, subjectOf(context, pom, timestampedVersion), signal);
    return true;
  } catch (error) {
    if (!isClojarsFetchError(error) || (error.code !== 'ERR_NOT_FOUND' && error.code !== 'ERR_OFFLINE') || error.reason !== 'absent') throw error;
    return false;
  }
}

/** The artifact's error comes before its POM's. */
async function settleAll(coordinate: ArtifactCoordinate, artifact: Promise<ResolvedFile>, pom: Promise<boolean> | null): Promise<readonly [ResolvedFile, boolean]> {
  const [a, b] = await Promise.allSettled([artifact, pom]);
  if (a.status === 'rejected') throw b.status === 'fulfilled' && b.value === true ? withoutArtifact(coordinate, a.reason) : a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value ?? true];
}

/** The error of what has a POM and no such file: a parent, a BOM, an application. */
function withoutArtifact(coordinate: ArtifactCoordinate, error: unknown): unknown {
  if (!isClojarsFetchError(error) || error.reason !== 'absent' || error.code !== 'ERR_NOT_FOUND' || coordinate.extension !== 'jar' || coordinate.classifier !== '') return error;
  const { code, reason, message, attempts, cause } = error;
  const pom = formatCoordinate({ ...coordinate, extension: 'pom', classifier: '' });
  return new ClojarsFetchError(code, {
    reason, message, attempts, cause,
    coordinate: formatCoordinate(coordinate),
    hint: `Its POM is there: \`clojars-fetch ${pom}\` fetches that, and \`clojars-fetch deps ${pom}\` what it depends on.`,
  });
}

/** What a coordinate of a settled version asks the repositories for. Throws ERR_COORDINATE where it is not safe in a path. */
export function subjectOf(context: Context, coordinate: ArtifactCoordinate, timestampedVersion: string | null): FileSubject {
  const { extension } = coordinate;
  const signature = extension.endsWith('.asc') || extension === 'asc' || extension === 'sig';
  return {
    path: artifactPath(coordinate, timestampedVersion ?? undefined),
    group: coordinate.group,
    snapshot: isSnapshot(coordinate.version),
    coordinate: formatCoordinate(coordinate),
    maxBytes: extension === 'pom' ? metadataMaxBytes : signature ? signatureMaxBytes : context.artifactMaxBytes,
    checksumExempt: signature,
    signed: signature || /(?:^|\.)(?:md5|sha1|sha256|sha512)$/.test(extension) ? null : coordinate,
    ...(timestampedVersion === null ? {} : { basePath: artifactPath({ ...coordinate, version: baseVersion(coordinate.version) }) }),
  };
}

/** A file with what the public API says of it. */
export function present(coordinate: ArtifactCoordinate, file: ResolvedFile): ResolvedArtifact {
  const published = file.proofs.map((proof) => /^(?:origin|transport):(.+)$/.exec(proof)?.[1]).find((algorithm) => algorithm !== undefined);
  return {
    coordinate: formatCoordinate(coordinate),
    ...coordinate,
    path: file.file,
    size: file.size,
    sha256: file.sha256,
    repository: file.repository,
    mirror: file.mirror,
    verification: {
      level: file.level,
      proofs: file.proofs,
      checksum: published === undefined ? null : { algorithm: published, source: file.mirror ?? 'verification cache' },
      signature: file.signature ?? null,
      witnesses: file.witnesses ?? [],
    },
  };
}
