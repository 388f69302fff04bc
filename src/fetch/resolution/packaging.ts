/**
 * The file of a root whose coordinate names no extension: what its POM says that it is packaged as.
 *
 * Maven has no rule for it: `dependency:get -Dartifact=g:a:v` asks for a jar, and fails for what has none. Who types
 * the coordinate of a parent or an application means what it depends on.
 */
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import { parsePom } from '../../maven/pom/parse.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import { PomProblemError } from '../../maven/pom/problem.js';
import { classifyVersion } from '../../maven/version/request.js';

/**
 * Packagings whose file is named after them. All others are jars: `bundle`, `maven-plugin`, `ejb`, `eclipse-plugin`,
 * and what a build's own extensions define.
 *
 * Source of the rule: the artifact handlers of Maven 3.8.7, and of the plugins that define the others.
 */
const ownExtension: ReadonlySet<string> = new Set(['pom', 'war', 'ear', 'rar', 'par', 'aar', 'apk', 'hpi', 'nar', 'zip']);

/** A source that keeps what was read of roots, so that the graph does not read it again. */
export interface RootPoms {
  readonly source: PomSource;
  /** `jar` too where there is no POM, or none that can be read: the graph says so. */
  readonly extensionOf: (group: string, artifact: string, version: string) => Promise<string>;
  /** `group:artifact:version` of the POMs that were read for it. */
  labels(): readonly string[];
}

export function createRootPoms(source: PomSource): RootPoms {
  const read = new Map<string, ReturnType<PomSource['read']>>();
  const resolveRootVersion = async (group: string, artifact: string, version: string): Promise<string | null> => {
    const kind = classifyVersion(version);
    if (kind === 'exact' || kind === 'snapshot') return version;
    // Of the versions of a range nobody knows yet which it will be.
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
      const model = modelOf(await pom, label);
      // Where it has moved, often only this POM is left of it; the artifact itself is still what it was.
      return model !== null && model.relocation === undefined && ownExtension.has(model.packaging) ? model.packaging : 'jar';
    },
  };
}

function modelOf(pom: Uint8Array | PomModel | null, label: string): PomModel | null {
  if (!(pom instanceof Uint8Array)) return pom;
  try {
    return parsePom(pom, label);
  } catch (error) {
    if (error instanceof PomProblemError) return null;
    throw error;
  }
}
