/** The contract for a source of POMs. The resolver does no I/O: the client passes in a source. */
import type { PomModel } from './model.js';

/**
 * A source of POMs and version lists. Answers must not change during one resolution. Each method is called at most once
 * with the same arguments, in any order and in parallel. An invalid POM is rejected with a `PomProblemError`.
 *
 * Any other rejection means that the answer is unknown (unreachable, forged, over a limit) and fails the resolution that
 * needs it. Only `null` means absent.
 */
export interface PomSource {
  /**
   * Returns a POM, parsed, or null if the repositories do not have it. `version` is taken from the graph: a release, a
   * timestamped version, or `…-SNAPSHOT`, which stands for the newest snapshot. Never a range, `RELEASE` or `LATEST`.
   * @throws PomProblemError kind `invalid`: the POM exists but cannot be parsed
   */
  read(group: string, artifact: string, version: string): Promise<PomModel | null>;
  /**
   * Returns the POM if that takes no waiting, as for one of a local repository; otherwise undefined, also if something is wrong
   * with it: then {@link PomSource.read} is called and reports that. A source without this method is always awaited.
   */
  readNow?(group: string, artifact: string, version: string): PomModel | undefined;
  /** Returns every version in the artifact's metadata, in any order; empty if there is no metadata. */
  versions(group: string, artifact: string): Promise<readonly string[]>;
  /**
   * Returns the version that the metadata gives for `RELEASE`, `LATEST` or a `…-SNAPSHOT`, or null if it gives none:
   * then `RELEASE` and `LATEST` fail, and a snapshot keeps its version. (`LATEST` without `<latest>` is `<release>`.)
   */
  resolveVersion(group: string, artifact: string, version: string): Promise<string | null>;
}
