/**
 * Looks up version lists and moving versions for one graph, in the metadata of the repositories or in the lockfile. The
 * code that reads metadata is loaded for the first version that needs it.
 */
import { OnceByKey } from '../../base/async/once-by-key.js';
import { isClojarsFetchError } from '../../base/error.js';
import { isVersionName } from '../../maven/coordinate/validate.js';
import { formatLabel } from '../../maven/pom/label.js';
import { isSnapshot, parseTimestampedVersion } from '../../maven/version/snapshot.js';
import type { Context } from '../context.js';
import type { VersionList } from '../versions/list-versions.js';
import { isAbsent } from './absent.js';

/** Whether the version is a snapshot that may get new builds. */
export function isMoving(version: string): boolean {
  return isSnapshot(version) && parseTimestampedVersion(version) === null;
}

/** Caches every answer, including failures. */
export class GraphVersions {
  readonly #context: Context;
  readonly #lists = new OnceByKey<string, VersionList | null>({ keepFailures: true });
  readonly #builds = new OnceByKey<string, string | null>({ keepFailures: true });

  constructor(context: Context) {
    this.#context = context;
  }

  /** Returns every version that can be part of a file name. */
  async list(group: string, artifact: string): Promise<readonly string[]> {
    const { lock } = this.#context.run;
    const locked = lock?.versionsOf(group, artifact) ?? null;
    if (locked === null && lock?.frozen) throw lock.refusal(`a range of ${group}:${artifact}`, null);
    const known = locked ?? ((await this.#metadata(group, artifact))?.versions ?? []).filter(isVersionName);
    lock?.recorder?.versions(group, artifact, known);
    return known;
  }

  /** Resolves `RELEASE`, `LATEST` and snapshots; returns any other version unchanged. Null if the metadata does not have it. */
  async resolve(group: string, artifact: string, version: string): Promise<string | null> {
    if (version !== 'RELEASE' && version !== 'LATEST') return isMoving(version) ? this.newestBuild(group, artifact, version) : version;
    const chosen = await this.#choose(group, artifact, version);
    if (chosen === null || !isMoving(chosen)) return chosen;
    return (await this.newestBuild(group, artifact, chosen)) ?? chosen;
  }

  /** Returns the timestamped version of the newest POM of a snapshot; null if it was installed on this machine or is absent. */
  newestBuild(group: string, artifact: string, version: string): Promise<string | null> {
    return this.#builds.get(formatLabel(group, artifact, version), async () => {
      const coordinate = { group, artifact, version, extension: 'pom', classifier: '' };
      const { resolveVersion } = await import('../versions/resolve-version.js');
      return (await orNull(resolveVersion(this.#context, coordinate)))?.timestampedVersion ?? null;
    });
  }

  async #choose(group: string, artifact: string, version: 'RELEASE' | 'LATEST'): Promise<string | null> {
    const { lock } = this.#context.run;
    const requested = { group, artifact, version, extension: 'pom', classifier: '' };
    const locked = lock?.chosen(requested) ?? null;
    if (locked === null && lock?.frozen) throw lock.refusal(`${group}:${artifact}:${version}`, null);
    const known = locked === null ? await this.#metadata(group, artifact) : null;
    const chosen = locked ?? (version === 'LATEST' ? (known?.latest ?? known?.release ?? null) : (known?.release ?? null));
    if (chosen === null || !isVersionName(chosen)) return null;
    lock?.recorder?.chosen(requested, chosen);
    return chosen;
  }

  #metadata(group: string, artifact: string): Promise<VersionList | null> {
    return this.#lists.get(`${group}:${artifact}`, async () => {
      const { listVersions } = await import('../versions/list-versions.js');
      return orNull(listVersions(this.#context, group, artifact));
    });
  }
}

/** Returns null if the metadata is absent. A name that no repository can have counts as absent too. */
async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (isAbsent(error) || (isClojarsFetchError(error) && error.code === 'ERR_COORDINATE')) return null;
    throw error;
  }
}
