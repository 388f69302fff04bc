/** Where POMs come from. The resolver does no I/O of its own: the client hands in a source. */
import type { PomModel } from './model.js';

/**
 * Contract of a source of POMs and version lists. Answers must not change while one resolution runs; everything is
 * asked at most once (per method and arguments), in any order and in parallel.
 *
 * A rejection means 'could not be known' (unreachable, forged, over a limit) and fails the resolution that needs it;
 * only `null` means 'not there'.
 */
export interface PomSource {
  /**
   * The bytes of a POM, or what `parsePom` made of them; null when the repositories do not have it. `version` is what
   * the graph says: a release, a timestamped version, or `…-SNAPSHOT`, for which the newest snapshot is meant. Never a
   * range, `RELEASE` or `LATEST`.
   */
  read(group: string, artifact: string, version: string): Promise<Uint8Array | PomModel | null>;
  /** Every version in the artifact's metadata, in any order; empty where there is no metadata. */
  versions(group: string, artifact: string): Promise<readonly string[]>;
  /**
   * What `RELEASE`, `LATEST` or a `…-SNAPSHOT` stands for, from the metadata. Null when the metadata does not say: that
   * fails for `RELEASE` and `LATEST`, and leaves a snapshot as it is. (`LATEST` without `<latest>` is `<release>`.)
   */
  resolveVersion(group: string, artifact: string, version: string): Promise<string | null>;
}
