/** Versions by the metadata that the proxy serves: for ranges, `RELEASE`, `LATEST` and snapshots. */
import { OnceByKey } from '../../../base/async/once-by-key.js';
import { isClojarsFetchError } from '../../../base/error.js';
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import { metadataPath, snapshotMetadataPath } from '../../../maven/coordinate/path.js';
import { isVersionName } from '../../../maven/coordinate/validate.js';
import { type Metadata, parseMetadata, timestampedVersion } from '../../../maven/metadata/metadata.js';
import { classifyVersion } from '../../../maven/version/request.js';

/** Returns the metadata of all repositories as one file; null if no repository has it. */
export type ReadMetadata = (path: string) => Promise<Uint8Array | null>;

/** Remembers every answer, so that one graph sees the same versions throughout. */
export class ServedVersions {
  readonly #read: ReadMetadata;
  readonly #known = new OnceByKey<string, Metadata | null>({ keepFailures: true });

  constructor(read: ReadMetadata) {
    this.#read = read;
  }

  /** All versions that can be part of a file name; empty without metadata. */
  async list(group: string, artifact: string): Promise<readonly string[]> {
    return ((await this.#get(() => metadataPath(group, artifact)))?.versions ?? []).filter(isVersionName);
  }

  /** As `PomSource.resolveVersion`: null if the metadata has none. */
  async resolve(group: string, artifact: string, version: string): Promise<string | null> {
    const named = version === 'RELEASE' || version === 'LATEST' ? await this.#choose(group, artifact, version) : version;
    if (named === null || classifyVersion(named) !== 'snapshot') return named;
    const build = await this.#buildOf({ group, artifact, version: named, extension: 'pom', classifier: '' });
    return build ?? (named === version ? null : named);
  }

  /** Returns the coordinate of the file to ask for: that of the newest build, if the version is a snapshot. */
  async settle(coordinate: ArtifactCoordinate): Promise<ArtifactCoordinate> {
    const { group, artifact, version } = coordinate;
    const named = version === 'RELEASE' || version === 'LATEST' ? await this.#choose(group, artifact, version) : version;
    const settled = { ...coordinate, version: named ?? version };
    return classifyVersion(settled.version) === 'snapshot'
      ? { ...settled, version: (await this.#buildOf(settled)) ?? settled.version }
      : settled;
  }

  async #choose(group: string, artifact: string, version: 'RELEASE' | 'LATEST'): Promise<string | null> {
    const metadata = await this.#get(() => metadataPath(group, artifact));
    const chosen = (version === 'LATEST' ? metadata?.latest : null) ?? metadata?.release ?? null;
    return chosen !== null && isVersionName(chosen) ? chosen : null;
  }

  async #buildOf(coordinate: ArtifactCoordinate): Promise<string | null> {
    const metadata = await this.#get(() => snapshotMetadataPath(coordinate));
    return metadata === null ? null : (timestampedVersion(metadata, coordinate)?.version ?? null);
  }

  /** @param pathOf throws for a name that no repository can have, most often because a property has no value */
  async #get(pathOf: () => string): Promise<Metadata | null> {
    const path = pathOrNull(pathOf);
    if (path === null) return null;
    return this.#known.get(path, async () => {
      const bytes = await this.#read(path);
      return bytes === null ? null : parseMetadata(bytes);
    });
  }
}

function pathOrNull(pathOf: () => string): string | null {
  try {
    return pathOf();
  } catch (error) {
    if (isClojarsFetchError(error)) return null;
    throw error;
  }
}
