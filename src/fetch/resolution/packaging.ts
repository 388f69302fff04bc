/**
 * Chooses the extension of a root whose coordinate names none, by the packaging in its POM.
 *
 * Maven has no rule for this: `dependency:get -Dartifact=g:a:v` asks for a jar and fails for an artifact without one. A user who types the
 * coordinate of a parent or an application wants its dependencies.
 */
import { formatLabel } from '../../maven/pom/label.js';
import type { PomModel } from '../../maven/pom/model.js';
import type { PomSource } from '../../maven/pom/pom-source.js';
import { PomProblemError } from '../../maven/pom/problem.js';
import { classifyVersion } from '../../maven/version/request.js';

/**
 * Packagings that are also the extension of the file. All others are jars: `bundle`, `maven-plugin`, `ejb`,
 * `eclipse-plugin`, and the packagings that a build's own extensions define.
 *
 * Source of the rule: the artifact handlers of Maven 3.8.7 and of the plugins that define the other packagings.
 */
const ownExtension: ReadonlySet<string> = new Set(['pom', 'war', 'ear', 'rar', 'par', 'aar', 'apk', 'hpi', 'nar', 'zip']);

/** Finds the extensions of roots, and keeps their POMs so that the graph does not read them again. */
export class RootPoms implements PomSource {
  readonly #source: PomSource;
  readonly #read = new Map<string, Promise<PomModel | null>>();

  constructor(source: PomSource) {
    this.#source = source;
  }

  /** `group:artifact:version` of the POMs read to find extensions. */
  get labels(): readonly string[] {
    return [...this.#read.keys()];
  }

  /** Returns `jar` if the POM is missing or unreadable; the graph reports that. */
  async extensionOf(group: string, artifact: string, wanted: string): Promise<string> {
    const version = await this.#rootVersion(group, artifact, wanted);
    if (version === null) return 'jar';
    const pom = this.read(group, artifact, version);
    this.#read.set(formatLabel(group, artifact, version), pom);
    const model = await usableModel(pom);
    // A relocated artifact often has only this POM left; its target keeps the former packaging.
    return model !== null && model.relocation === undefined && ownExtension.has(model.packaging) ? model.packaging : 'jar';
  }

  read(group: string, artifact: string, version: string): Promise<PomModel | null> {
    return this.#read.get(formatLabel(group, artifact, version)) ?? this.#source.read(group, artifact, version);
  }

  readNow(group: string, artifact: string, version: string): PomModel | undefined {
    if (this.#read.size > 0 && this.#read.has(formatLabel(group, artifact, version))) return undefined;
    return this.#source.readNow?.(group, artifact, version);
  }

  versions(group: string, artifact: string): Promise<readonly string[]> {
    return this.#source.versions(group, artifact);
  }

  resolveVersion(group: string, artifact: string, version: string): Promise<string | null> {
    return this.#source.resolveVersion(group, artifact, version);
  }

  async #rootVersion(group: string, artifact: string, version: string): Promise<string | null> {
    const kind = classifyVersion(version);
    if (kind === 'exact' || kind === 'snapshot') return version;
    // The version that a range will select is not known yet.
    return kind === 'RELEASE' || kind === 'LATEST' ? this.#source.resolveVersion(group, artifact, version) : null;
  }
}

/** Returns the model, or null if the POM is missing or unreadable. */
async function usableModel(pom: Promise<PomModel | null>): Promise<PomModel | null> {
  try {
    return await pom;
  } catch (error) {
    if (error instanceof PomProblemError) return null;
    throw error;
  }
}
