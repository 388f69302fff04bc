/** Checks whether a jar is the wanted one, by the `pom.properties` that it contains. */
import { escapeForDisplay } from '../../base/escape.js';
import { baseVersion } from '../../maven/version/snapshot.js';
import type { JarWords, PomProperties } from './pom-properties.js';

/** The wanted artifact. */
export interface WantedJar {
  readonly group: string;
  readonly artifact: string;
  /** A timestamped version counts as its base version: that is what a snapshot's `pom.properties` names. */
  readonly version: string;
}

/**
 * Describes why the jar is not the wanted one; null if it is, or if it does not name itself.
 *
 * The rule, if there is any `pom.properties` at all (source jars and jars of other build tools often have none):
 * - Those that name the wanted group and artifact must name the wanted version, each of them.
 * - One of them must name the wanted group and artifact, if the jar was made by a tool that puts its own there. Shaded
 *   jars hold those of other jars as well, and jars that Gradle makes hold only such.
 *
 * @returns the end of a sentence: 'it says that it is …', escaped
 */
export function checkJarCoordinate({ entries, hasOwn }: JarWords, wanted: WantedJar): string | null {
  const own = entries.filter((entry) => entry.group === wanted.group && entry.artifact === wanted.artifact);
  if (own.length === 0) {
    if (entries.length === 0 || !hasOwn) return null;
    const shown = entries.slice(0, 3).map((entry) => describe(entry));
    const more = entries.length > shown.length ? ` and ${entries.length - shown.length} more` : '';
    return `its pom.properties says that it is ${shown.join(', ')}${more}`;
  }
  const version = baseVersion(wanted.version);
  const other = own.find((entry) => baseVersion(entry.version) !== version);
  return other === undefined ? null : `its pom.properties says that it is ${describe(other)}`;
}

function describe(entry: PomProperties): string {
  return escapeForDisplay(`${entry.group}:${entry.artifact}:${entry.version}`);
}
