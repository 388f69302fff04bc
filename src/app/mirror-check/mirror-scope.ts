/** Tells the part of the repository that a mirror has by its own account: releases outside are not missing. */
import { matchGroupOrParent } from '../../maven/coordinate/group-pattern.js';
import { artifactPath, metadataPath } from '../../maven/coordinate/path.js';
import { parseMetadata } from '../../maven/metadata/metadata.js';
import { MetadataError } from '../../maven/metadata/metadata-error.js';
import type { TraceFilter } from '../../maven/mirror-trace/trace.js';
import { compareVersions } from '../../maven/version/order.js';
import type { CanonicalAnswers } from './canonical-answers.js';
import type { Release } from './releases.js';

type Named = Pick<Release, 'group' | 'artifact' | 'version' | 'releasedMs'>;

export class MirrorScope {
  readonly #filter: TraceFilter | null;
  readonly #canonical: CanonicalAnswers;

  /** @param filter null for a mirror of everything */
  constructor(filter: TraceFilter | null, canonical: CanonicalAnswers) {
    this.#filter = filter;
    this.#canonical = canonical;
  }

  /** Keeps the releases that the mirror surely wants to have. */
  async within<One extends Named>(releases: readonly One[]): Promise<readonly One[]> {
    const wanted = await Promise.all(releases.map((release) => this.takes(release)));
    return releases.filter((_, index) => wanted[index]);
  }

  /** Whether the mirror surely wants to have this version. Null as its date: that of its POM counts, as it does for a sync. */
  async takes({ group, artifact, version, releasedMs }: Named): Promise<boolean> {
    if (this.#filter === null) return true;
    const { groups, sinceMs, snapshots, latest } = this.#filter;
    if (groups !== null && !groups.some((pattern) => matchGroupOrParent(pattern, group) !== null)) return false;
    if (version.endsWith('-SNAPSHOT'))
      return snapshots && latest === null && (sinceMs === null || (releasedMs !== null && releasedMs >= sinceMs));
    if (sinceMs !== null) {
      const dateMs =
        releasedMs ?? (await this.#canonical.dateOf(artifactPath({ group, artifact, version, classifier: '', extension: 'pom' })));
      if (dateMs === null || dateMs < sinceMs) return false;
    }
    return latest === null || (await this.#isAmong(latest, group, artifact, version));
  }

  /** Whether a release is one of the newest of its artifact, by the metadata of the canonical operator. */
  async #isAmong(count: number, group: string, artifact: string, version: string): Promise<boolean> {
    const answer = await this.#canonical.metadata(metadataPath(group, artifact));
    const versions = answer === null ? null : versionsIn(answer);
    if (versions === null) return false;
    const newer = versions.filter((other) => !other.endsWith('-SNAPSHOT') && compareVersions(other, version) > 0);
    return newer.length < count;
  }
}

function versionsIn(bytes: Uint8Array): readonly string[] | null {
  try {
    return parseMetadata(bytes).versions;
  } catch (error) {
    if (error instanceof MetadataError) return null;
    throw error;
  }
}
