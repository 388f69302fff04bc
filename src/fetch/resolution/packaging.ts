/**
 * Chooses the extension of a root whose coordinate names none, by the packaging in its POM.
 *
 * Maven has no rule for this: `dependency:get -Dartifact=g:a:v` asks for a jar and fails for an artifact without one. A
 * user who types the coordinate of a parent or an application wants its dependencies.
 */
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import { PomProblemError } from '../../maven/pom/problem.js';
import { classifyVersion } from '../../maven/version/request.js';

/**
 * Packagings that are also the extension of the file. All others are jars: `bundle`, `maven-plugin`, `ejb`,
 * `eclipse-plugin`, and those that a build's own extensions define.
 *
 * Source of the rule: the artifact handlers of Maven 3.8.7 and of the plugins that define the other packagings.
 */
const ownExtension: ReadonlySet<string> = new Set(['pom', 'war', 'ear', 'rar', 'par', 'aar', 'apk', 'hpi', 'nar', 'zip']);

/** A source that remembers the POMs read for roots, so that the graph does not read them again. */
export interface RootPoms {
  readonly source: PomSource;
  /** Returns `jar` if the POM is missing or unreadable; the graph reports that. */
  readonly extensionOf: (group: string, artifact: string, version: string) => Promise<string>;
  /** `group:artifact:version` of the POMs read to find extensions. */
  labels(): readonly string[];
}

export function createRootPoms(source: PomSource): RootPoms {
  const read = new Map<string, Promise<PomModel | null>>();
  const resolveRootVersion = async (group: string, artifact: string, version: string): Promise<string | null> => {
    const kind = classifyVersion(version);
    if (kind === 'exact' || kind === 'snapshot') return version;
    // The winner in a range is not known yet.
    return kind === 'RELEASE' || kind === 'LATEST' ? source.resolveVersion(group, artifact, version) : null;
  };
  return {
    labels: () => [...read.keys()],
    source: {
      read: (group, artifact, version) => read.get(formatLabel(group, artifact, version)) ?? source.read(group, artifact, version),
      versions: (group, artifact) => source.versions(group, artifact),
      resolveVersion: (group, artifact, version) => source.resolveVersion(group, artifact, version),
    },
    async extensionOf(group, artifact, wanted) {
      const version = await resolveRootVersion(group, artifact, wanted);
      if (version === null) return 'jar';
      const label = formatLabel(group, artifact, version);
      const pom = read.get(label) ?? source.read(group, artifact, version);
      read.set(label, pom);
      const model = await usableModel(pom);
      // A relocated artifact often has only this POM left; its target keeps the packaging it had.
      return model !== null && model.relocation === undefined && ownExtension.has(model.packaging) ? model.packaging : 'jar';
    },
  };
}

/** The model, or null if there is no POM or it cannot be read. */
async function usableModel(pom: Promise<PomModel | null>): Promise<PomModel | null> {
  try {
    return await pom;
  } catch (error) {
    if (error instanceof PomProblemError) return null;
    throw error;
  }
}
