import type { ArtifactCoordinate } from '../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../maven/coordinate/format.js';
import { artifactPath } from '../maven/coordinate/path.js';
import { baseVersion, isSnapshot } from '../maven/version/snapshot.js';
import { metadataMaxBytes, signatureMaxBytes } from '../network/transport/contract/limits.js';
import type { Pin, Witness } from '../proof/evidence.js';
import type { Level } from '../proof/level.js';
import { policyFor } from '../proof/policy.js';
import { formatProof, type Proof } from '../proof/proof.js';
import type { SignatureStatus } from '../proof/signature-verdict.js';
import type { Parts } from './context.js';
import type { ResolvedFile, WantedFile } from './wanted-file.js';

/** The evidence for an artifact. */
export interface ArtifactVerification {
  /** The strongest proof. */
  readonly level: Level;
  /** All proofs, strongest first: `signed:FINGERPRINT`, `origin:sha1`, `transport:sha1`, `quorum:a,b`, `pinned:sha256`, `local`. */
  readonly proofs: readonly string[];
  /** The strongest published checksum that the file matches, and the mirror that published it; null if there is none. */
  readonly checksum: { readonly algorithm: string; readonly source: string } | null;
  /** The verdict on its signature; null if signatures are not checked, or no source that would know could be reached. */
  readonly signature: ArtifactSignature | null;
  /** The checksum that each operator published in this call; empty if no operator had to be asked. */
  readonly witnesses: readonly Witness[];
}

/** The verdict on a file's signature. */
export interface ArtifactSignature {
  readonly status: SignatureStatus;
  /** Fingerprint of the signer's primary key, upper-case hex; null if the key is unknown. */
  readonly fingerprint: string | null;
  /**
   * Fingerprint of the key that made it, which may be a subkey; if the key is unknown, the fingerprint or key ID that the
   * signature names. Upper-case hex; null if it names none.
   */
  readonly signingKey: string | null;
  /** The signer's primary user ID as written, NOT escaped; null if the key is unknown or has none. */
  readonly userId: string | null;
  /** The time of signing that the signature states, ISO 8601; null if there is no signature or no time in it. */
  readonly signedAt: string | null;
  /** For display: the signer and the time, or the problem. Escaped. */
  readonly sentence: string;
}

/** A verified artifact in the local repository; the fields of the `--json` document. */
export interface ResolvedArtifact {
  /** `group:artifact[:extension[:classifier]]:version`. */
  readonly coordinate: string;
  readonly group: string;
  readonly artifact: string;
  /** The resolved version; for a remote snapshot, the base version. */
  readonly version: string;
  readonly extension: string;
  readonly classifier: string;
  /** Absolute path of the file. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Id of the repository; null if another tool put the file there without a record. */
  readonly repository: string | null;
  /** Base URL of the mirror that served it in this call; null if it was already there. */
  readonly mirror: string | null;
  readonly verification: ArtifactVerification;
}

/**
 * Returns the file to ask repositories for, given an exact version.
 * @param pin default: the one in effect for its path
 * @throws ClojarsFetchError ERR_COORDINATE if the coordinate is not safe in a path
 */
export function wantedFile(
  { network, trust }: Parts<'network' | 'trust'>,
  coordinate: ArtifactCoordinate,
  timestampedVersion: string | null,
  pin?: Pin,
): WantedFile {
  const { extension } = coordinate;
  const signature = extension.endsWith('.asc') || extension === 'asc' || extension === 'sig';
  const { path, basePath } = pathsOf(coordinate, timestampedVersion);
  return {
    path,
    group: coordinate.group,
    snapshot: isSnapshot(coordinate.version),
    coordinate: formatCoordinate(coordinate),
    maxBytes: extension === 'pom' ? metadataMaxBytes : signature ? signatureMaxBytes : network.artifactMaxBytes,
    policy: policyFor(trust.policy, coordinate.group),
    pin: pin ?? trust.pinFor(path),
    checksumExempt: signature,
    signed: signature || /(?:^|\.)(?:md5|sha1|sha256|sha512)$/.test(extension) ? null : coordinate,
    basePath,
  };
}

/**
 * Returns the path of a build, and the path under the base version where Maven keeps a copy. A build whose name has no timestamp (some
 * services build from a commit) is a separate version for Maven, with its own folder.
 */
function pathsOf(coordinate: ArtifactCoordinate, build: string | null): Pick<WantedFile, 'path' | 'basePath'> {
  if (build === null) return { path: artifactPath(coordinate), basePath: undefined };
  const base = baseVersion(coordinate.version);
  if (baseVersion(build) !== base) return { path: artifactPath({ ...coordinate, version: build }), basePath: undefined };
  return { path: artifactPath(coordinate, build), basePath: artifactPath({ ...coordinate, version: base }) };
}

/** Converts a file to the form of the public API. */
export function toResolvedArtifact(coordinate: ArtifactCoordinate, file: ResolvedFile): ResolvedArtifact {
  const { group, artifact, version, extension, classifier } = coordinate;
  const published = file.proofs.find(isPublished);
  return {
    coordinate: formatCoordinate(coordinate),
    group,
    artifact,
    version,
    extension,
    classifier,
    path: file.file,
    size: file.size,
    sha256: file.sha256,
    repository: file.repository,
    mirror: file.mirror,
    verification: {
      level: file.level,
      proofs: file.proofs.map(formatProof),
      checksum: published === undefined ? null : { algorithm: published.algorithm, source: file.mirror ?? 'verification cache' },
      signature: file.signature ?? null,
      witnesses: file.witnesses ?? [],
    },
  };
}

function isPublished(proof: Proof): proof is Extract<Proof, { readonly level: 'origin' | 'transport' }> {
  return proof.level === 'origin' || proof.level === 'transport';
}
