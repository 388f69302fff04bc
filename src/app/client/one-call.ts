import type { ResolvedArtifact } from '../../fetch/artifact.js';
import type { DependencyOptions, Resolution, ResolvedDescriptor } from '../../fetch/resolution/resolution.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { Coordinate, Dependency } from '../../maven/coordinate/coordinate.js';
import { createClient } from './client.js';
import type { OperationOptions } from './operation.js';

/**
 * Fetches one artifact and its POM, verifies them, and puts them into the local repository. For several artifacts,
 * create one client: its calls share connections and the health of mirrors.
 *
 * @param coordinate `org/lib 1.0.0`, `org/lib@^1.2`, `lib`, `g:a:v`, `g:a:ext:v`, `g:a:ext:classifier:v`,
 * `pkg:maven/g/a@v`, a Leiningen vector, a deps.edn entry, or a coordinate object
 * @throws {ClojarsFetchError} as {@link Client.resolveArtifact}
 */
export async function resolveArtifact(
  coordinate: string | Coordinate,
  options: ClientOptions & OperationOptions = {},
): Promise<ResolvedArtifact> {
  const { signal, ...rest } = options;
  const client = createClient(rest);
  try {
    return await client.resolveArtifact(coordinate, signal ? { signal } : {});
  } finally {
    await client.close();
  }
}

/**
 * Computes the dependencies of these artifacts, exactly as Maven does, and fetches and verifies them: every POM, and the
 * artifacts of the requested scopes. For several closures, create one client.
 *
 * @param roots text in any form of {@link parseCoordinate} (the exclusions of a Leiningen vector apply), or dependencies
 * @throws {ClojarsFetchError} as {@link Client.resolveDependencies}
 */
export async function resolveDependencies(
  roots: readonly (string | Dependency)[],
  options: ClientOptions & DependencyOptions & OperationOptions = {},
): Promise<Resolution> {
  const { managed, root, download, scopes, conflicts, systemProperties, attachments, signal, ...rest } = options;
  const client = createClient(rest);
  try {
    return await client.resolveDependencies(roots, { managed, root, download, scopes, conflicts, systemProperties, attachments, signal });
  } finally {
    await client.close();
  }
}

/**
 * Computes the effective POM of an artifact, as Maven's artifact descriptor: its direct dependencies and its dependency
 * management, with parents, profiles, properties and BOMs applied and relocations followed.
 *
 * @throws {ClojarsFetchError} as {@link Client.resolveDescriptor}
 */
export async function resolveDescriptor(
  coordinate: string | Coordinate,
  options: ClientOptions & Pick<DependencyOptions, 'systemProperties'> & OperationOptions = {},
): Promise<ResolvedDescriptor> {
  const { systemProperties, signal, ...rest } = options;
  const client = createClient(rest);
  try {
    return await client.resolveDescriptor(coordinate, { systemProperties, signal });
  } finally {
    await client.close();
  }
}
