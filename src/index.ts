/**
 * `clojars-fetch`: Maven coordinates past dead mirrors, verified, into the local repository.
 *
 * @packageDocumentation
 */
import { createClient } from './client.js';
import type { ResolvedArtifact } from './artifact/resolve-artifact.js';
import type { Coordinate } from './coordinate/coordinate.js';
import type { OperationOptions } from './operation.js';
import type { ClientOptions } from './settings/client-options.js';

/**
 * Brings one artifact and its POM into the local repository, verified. For several artifacts make one client: it
 * shares connections and what it learns of the mirrors.
 *
 * @param coordinate `org/lib 1.0.0`, `org/lib@^1.2`, `lib`, `g:a:v`, `g:a:ext:v`, `g:a:ext:classifier:v`,
 * `pkg:maven/g/a@v`, a Leiningen vector, a deps.edn entry, or a coordinate object
 * @throws {ClojarsFetchError} as {@link Client.resolveArtifact}
 */
export async function resolveArtifact(coordinate: string | Coordinate, options: ClientOptions & OperationOptions = {}): Promise<ResolvedArtifact> {
  const { signal, ...rest } = options;
  const client = createClient(rest);
  try {
    return await client.resolveArtifact(coordinate, signal ? { signal } : {});
  } finally {
    await client.close();
  }
}

export { createClient, type Client, type MirrorStatus } from './client.js';
export type { ArtifactVerification, ResolvedArtifact } from './artifact/resolve-artifact.js';
export type { VersionList } from './artifact/list-versions.js';
export type { Diagnosis, DiagnosisCheck } from './diagnose.js';
export type { OperationOptions } from './operation.js';
export type { ArtifactCoordinate, Coordinate } from './coordinate/coordinate.js';
export { parseCoordinate } from './coordinate/parse.js';
export { formatCoordinate } from './coordinate/format.js';
export { compareVersions } from './version/order.js';
export { parseVersionRange, type VersionBound, type VersionInterval, type VersionRange } from './version/range.js';
export { ClojarsFetchError, isClojarsFetchError, type Attempt, type AttemptOutcome, type ErrorCode, type ErrorDetails } from './error.js';
export type { ClientEvent, EventLevel, EventListener } from './event.js';
export type { ChecksumPolicy, ClientOptions, TrustLevel, TrustOptions, TrustRule } from './settings/client-options.js';
export type { AuthOptions, MirrorOptions, RepositoryOptions, SecretValue } from './repository/repository-options.js';
