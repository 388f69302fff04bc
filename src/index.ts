/**
 * `clojars-fetch`: fetches and verifies Maven artifacts into the local repository, even if mirrors are down.
 *
 * @packageDocumentation
 */

export { resolveArtifact, resolveDependencies, resolveDescriptor } from './app/client/one-call.js';
export { createClient, type Client } from './app/client/client.js';
export { type MirrorLies, type MirrorStatus } from './app/client/mirror-status.js';
export type { ArtifactSignature, ArtifactVerification, ResolvedArtifact } from './fetch/artifact.js';
export type { Witness } from './proof/evidence.js';
export { parseProof, type Proof } from './proof/proof.js';
export type { VersionList } from './fetch/versions/list-versions.js';
export type { Diagnosis, DiagnosisCheck } from './app/client/diagnose.js';
export type { OperationOptions } from './app/client/operation.js';
export type { ArtifactCoordinate, Coordinate, Dependency, Exclusion } from './maven/coordinate/coordinate.js';
export type {
  DependencyExplanation,
  DependencyOptions,
  DependencyPath,
  DependencyTreeNode,
  LocalLibrary,
  Resolution,
  ResolutionProblem,
  ResolvedDependency,
  ResolvedDescriptor,
} from './fetch/resolution/resolution.js';
export type { OmissionReason } from './maven/resolver/graph/graph.js';
export type { ConflictRule } from './maven/resolver/resolve-graph.js';
export { formatClassPath, formatDependencyTree } from './fetch/resolution/text.js';
export { parseCoordinate } from './maven/coordinate/parse.js';
export { formatCoordinate } from './maven/coordinate/format.js';
export { compareVersions } from './maven/version/order.js';
export { parseVersionRange, type VersionBound, type VersionInterval, type VersionRange } from './maven/version/range.js';
export {
  ClojarsFetchError,
  isClojarsFetchError,
  type Attempt,
  type AttemptOutcome,
  type ErrorCode,
  type ErrorDetails,
} from './base/error.js';
export type { ClientEvent, EventLevel, EventListener, EventSignatureStatus } from './base/event.js';
export type {
  ChecksumPolicy,
  ClientOptions,
  TrustedAudit,
  TrustLevel,
  TrustOptions,
  TrustRule,
  WebOfTrustOptions,
} from './local/settings/client-options.js';
export type { ComparisonMode } from './network/mirrors/comparison.js';
export type { SignatureMode, TrustModelName, WeakPolicy } from './proof/signature-policy.js';
export type { SignatureStatus } from './proof/signature-verdict.js';
export type { AuthOptions, MirrorOptions, RepositoryOptions, SecretValue } from './network/mirrors/repository-options.js';
